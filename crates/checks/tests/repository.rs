//! The rules of this repository, each a test named as a sentence.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use checks::{CHAPTERS, Chapter, workspace};
use transcript::Transcript;

fn read(path: impl AsRef<Path>) -> String {
    let path = workspace().join(path);
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.replace("\r\n", "\n")
}

/// The files below a folder of the workspace whose names end so, `target` and hidden folders left out.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        let entries =
            fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for path in entries.map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_string_lossy();
            if path.is_dir() {
                if name != "target" && name != "node_modules" && !name.starts_with('.') {
                    walk(&path, ending, found);
                }
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = vec![];
    walk(&workspace().join(folder), ending, &mut found);
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(workspace())
        .unwrap_or(path)
        .display()
        .to_string()
}

/// Fails with all that was found, one a line.
fn nothing(found: Vec<String>) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn every_chapter_has_all_its_parts() {
    let mut missing = vec![];
    for chapter in CHAPTERS {
        let folder = chapter.folder();
        let wanted = [
            format!("book/{folder}.md"),
            format!("book/interview/bank/{folder}.md"),
            format!("exercises/{folder}/README.md"),
            format!("exercises/{folder}/HINTS.md"),
            format!("exercises/{folder}/src/main.rs"),
            format!("solutions/{folder}/src/lib.rs"),
            format!("solutions/{folder}/src/main.rs"),
            format!("solutions/{folder}/stub/lib.rs"),
            format!("solutions/{folder}/tests/both_directions.rs"),
        ];
        missing.extend(
            wanted
                .into_iter()
                .filter(|path| !workspace().join(path).exists()),
        );
        let variants = files(&format!("solutions/{folder}/variants"), ".rs").len() - 1;
        if chapter.mistakes.len() < 8 || variants < 2 {
            let mistakes = chapter.mistakes.len();
            missing.push(format!(
                "{folder}: {mistakes} mistakes and {variants} variants; 8 and 2 are the least"
            ));
        }
        let page = format!("]({folder}.md)");
        if !read("book/SUMMARY.md").contains(&page) {
            missing.push(format!("{folder} in book/SUMMARY.md"));
        }
        let questions = read(format!("book/interview/bank/{folder}.md"))
            .matches("<details class=\"question\"")
            .count();
        if !(5..=20).contains(&questions) {
            missing.push(format!("{folder} has {questions} questions"));
        }
    }
    nothing(missing);
}

#[test]
fn every_folder_of_a_chapter_is_known_to_the_suite() {
    let known: BTreeSet<_> = CHAPTERS.iter().map(|chapter| chapter.folder()).collect();
    for parent in ["exercises", "solutions"] {
        let folders = fs::read_dir(workspace().join(parent)).unwrap();
        let folders: BTreeSet<_> = folders
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(
            folders, known,
            "the folders of {parent}/, and the chapters of checks::CHAPTERS"
        );
    }
}

#[test]
fn exercise_and_solution_are_judged_by_the_same_line() {
    for chapter in CHAPTERS {
        let line = |kind: &str| {
            let check = read(format!("{kind}s/{}/tests/check.rs", chapter.folder()));
            let lines: Vec<_> = check
                .lines()
                .filter(|line| !line.starts_with("//!") && !line.is_empty())
                .collect();
            lines
                .join("\n")
                .replace(&format!("{kind}_{}", chapter.number), "it")
        };
        assert_eq!(line("exercise"), line("solution"), "{}", chapter.folder());
        assert_eq!(line("exercise").lines().count(), 1, "{}", chapter.folder());
    }
}

#[test]
fn transcripts_are_exactly_those_of_the_conversations_and_can_be_read() {
    for chapter in CHAPTERS {
        let names: BTreeSet<_> = chapter
            .conversations
            .iter()
            .map(|c| format!("{}.snap", c.name))
            .collect();
        let files: BTreeSet<_> = fs::read_dir(chapter.transcripts())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(files, names, "{}", chapter.folder());
        for conversation in chapter.conversations {
            let text = chapter.expected(conversation).unwrap();
            let parsed: Transcript = text
                .parse()
                .unwrap_or_else(|error| panic!("{}: {error}", conversation.name));
            assert_eq!(parsed.to_string(), text, "{}", conversation.name);
        }
        for mistake in chapter.mistakes {
            assert!(
                chapter.conversation(mistake.conversation).is_some(),
                "{}",
                mistake.name
            );
            let expected = chapter
                .conversation(mistake.conversation)
                .map(|c| chapter.expected(c).unwrap());
            let print = chapter.fingerprint(mistake, mistake.conversation);
            assert!(
                print.is_some(),
                "{} has no fingerprint of {}",
                mistake.name,
                mistake.conversation
            );
            assert_ne!(print, expected, "{}", mistake.name);
        }
    }
}

#[test]
fn steps_follow_each_other_and_have_hints() {
    for chapter in CHAPTERS {
        let hints = checks::hints::parse(&read(format!("exercises/{}/HINTS.md", chapter.folder())));
        let hints = hints.unwrap_or_else(|error| panic!("{}: {error:?}", chapter.folder()));
        let numbers: BTreeSet<_> = hints.iter().map(|step| step.number).collect();
        let steps: Vec<_> = chapter.conversations.iter().map(|c| c.step).collect();
        assert!(
            steps.is_sorted(),
            "{}: conversations stand in the order of their steps",
            chapter.folder()
        );
        assert_eq!(
            steps.into_iter().collect::<BTreeSet<_>>(),
            numbers,
            "{}",
            chapter.folder()
        );
        assert!(
            (3..=6).contains(&numbers.len()),
            "{} has {} steps",
            chapter.folder(),
            numbers.len()
        );
    }
}

#[test]
fn no_hint_but_the_last_of_a_step_holds_a_line_of_the_solution() {
    let mut found = vec![];
    for chapter in CHAPTERS {
        let solution = read(format!("solutions/{}/src/lib.rs", chapter.folder()));
        let stub = read(format!("solutions/{}/stub/lib.rs", chapter.folder()));
        let code = solution
            .lines()
            .map(str::trim)
            .filter(|line| line.len() > 15 && !line.starts_with("//"));
        let code: Vec<_> = code.filter(|line| !stub.contains(line)).collect();
        for step in
            checks::hints::parse(&read(format!("exercises/{}/HINTS.md", chapter.folder()))).unwrap()
        {
            for hint in &step.hints[..2] {
                let lines = code.iter().filter(|line| hint.contains(**line));
                found.extend(
                    lines.map(|line| format!("{} step {}: {line}", chapter.folder(), step.number)),
                );
            }
        }
    }
    nothing(found);
}

/// The public items of a source file, each with its doc comment.
fn public(source: &str) -> BTreeMap<String, String> {
    let mut items = BTreeMap::new();
    let mut doc = String::new();
    for line in source.lines() {
        let line = line.trim();
        if let Some(text) = line.strip_prefix("///") {
            doc.push_str(text);
        } else if [
            "pub fn",
            "pub async fn",
            "pub struct",
            "pub enum",
            "pub trait",
            "pub const",
            "pub type",
        ]
        .iter()
        .any(|start| line.starts_with(start))
        {
            let signature = line.trim_end_matches(['{', ' ', ';']).to_owned();
            items.insert(signature, std::mem::take(&mut doc));
        } else if !line.starts_with("#[") {
            doc.clear();
        }
    }
    items
}

#[test]
fn stub_and_solution_share_signatures_and_doc_comments() {
    for chapter in CHAPTERS {
        let stub = public(&read(format!("solutions/{}/stub/lib.rs", chapter.folder())));
        let solution = public(&read(format!("solutions/{}/src/lib.rs", chapter.folder())));
        assert!(!stub.is_empty(), "{}", chapter.folder());
        for (signature, doc) in stub {
            let same = solution.get(&signature);
            assert_eq!(same, Some(&doc), "{}: {signature}", chapter.folder());
        }
    }
}

#[test]
fn exercises_are_pristine_where_nobody_learns() {
    for chapter in CHAPTERS {
        let stub = checks::verdict::sources(&chapter.solution().join("stub")).unwrap();
        // What only the program needs is given, and no part of the stub.
        let is_given = |file: &String| {
            let ours = fs::read(chapter.exercise().join("src").join(file)).ok();
            ours == fs::read(chapter.solution().join("src").join(file)).ok()
                && !chapter.solution().join("stub").join(file).exists()
        };
        let mut files = vec![];
        for file in files_of(&chapter.exercise().join("src")) {
            if file != "main.rs" && !is_given(&file) {
                files.push(file);
            }
        }
        let same = files.iter().all(|file| {
            let ours = chapter.exercise().join("src").join(file);
            let theirs = chapter.solution().join("stub").join(file);
            fs::read_to_string(ours).ok() == fs::read_to_string(theirs).ok()
        });
        if same {
            continue;
        }
        // On a laptop that is a learner at work. In CI it is a mistake of ours.
        assert!(
            std::env::var_os("CI").is_none(),
            "exercises/{0}/src is not solutions/{0}/stub ({stub})",
            chapter.folder()
        );
        println!(
            "exercise {} is not pristine: somebody learns here",
            chapter.number
        );
    }
}

fn files_of(folder: &Path) -> Vec<String> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn an_exercise_never_names_a_solution() {
    let mut found = vec![];
    for chapter in CHAPTERS {
        let folder = format!("exercises/{}", chapter.folder());
        for path in [files(&folder, ".rs"), files(&folder, ".toml")].concat() {
            if fs::read_to_string(&path).unwrap().contains("solution") {
                found.push(shown(&path));
            }
        }
    }
    nothing(found);
}

#[test]
fn imports_run_one_way() {
    let depends = |krate: &str, on: &str| {
        let manifest = read(format!("crates/{krate}/Cargo.toml"));
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        let dependencies = dependencies.split("\n[").next().unwrap_or_default();
        dependencies
            .lines()
            .any(|line| line.split(['.', ' ', '=']).next() == Some(on))
    };
    for outside in ["axum", "insta", "checks", "workbook"] {
        assert!(
            !depends("transcript", outside),
            "transcript depends on {outside}"
        );
    }
    assert!(depends("checks", "transcript") && !depends("checks", "workbook"));
    for chapter in CHAPTERS {
        let suite = read(format!("crates/checks/src/ch{}.rs", chapter.number));
        assert!(
            !suite.contains("solution_") && !suite.contains("exercise_"),
            "{}",
            chapter.folder()
        );
    }
}

#[test]
fn there_is_one_tungstenite() {
    // Two of them compile side by side, and downcasting axum's errors then fails without a word.
    let lock = read("Cargo.lock");
    assert_eq!(lock.matches("name = \"tungstenite\"").count(), 1);
    assert_eq!(lock.matches("name = \"tokio-tungstenite\"").count(), 1);
}

#[test]
fn every_rust_file_opens_with_what_it_is_for() {
    let silent = |path: &PathBuf| !fs::read_to_string(path).unwrap().starts_with("//! ");
    let found = ["crates", "exercises", "solutions"]
        .iter()
        .flat_map(|folder| files(folder, ".rs"));
    nothing(found.filter(silent).map(|path| shown(&path)).collect());
}

#[test]
fn nothing_names_the_machine_that_it_was_written_on() {
    let words = [
        "/home/",
        "/root/",
        "/tmp/",
        "C:\\Users",
        "static.crates.io",
        "index.crates.io",
        "registry.npmjs",
    ];
    let mut found = vec![];
    for ending in [".rs", ".md", ".toml", ".js", ".css", ".snap", ".yml"] {
        for path in files("", ending) {
            // This file has to name them.
            if path.ends_with("crates/checks/tests/repository.rs") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap_or_default();
            found.extend(
                words
                    .iter()
                    .filter(|w| text.contains(**w))
                    .map(|w| format!("{}: {w}", shown(&path))),
            );
        }
    }
    nothing(found);
}

#[test]
fn every_rust_listing_of_the_book_comes_from_a_compiled_file() {
    let mut found = vec![];
    for path in files("book", ".md") {
        let text = fs::read_to_string(&path).unwrap();
        let mut inside = false;
        for (index, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("```") {
                inside = !inside && line.contains("```rust");
            } else if inside && !line.trim().is_empty() && !line.contains("{{#include") {
                found.push(format!("{}:{}: {line}", shown(&path), index + 1));
            }
        }
    }
    nothing(found);
}

/// Who has not done an exercise yet reads its page, and may want to think for itself.
#[test]
fn no_page_gives_an_answer_away_before_its_exercise() {
    let mut found = vec![];
    for chapter in CHAPTERS {
        let page = format!("book/{}-{}.md", chapter.number, chapter.topic);
        let text = read(&page);
        let mut folded = false;
        for line in text.lines().take_while(|line| *line != "## Exercise") {
            folded = match line {
                "<details class=\"answer\">" => true,
                "</details>" => false,
                _ => folded,
            };
            let Some((_, include)) = line.split_once("/src/") else {
                continue;
            };
            let include = include.trim_end_matches("}}");
            let (file, anchor) = include.split_once(':').unwrap_or((include, ""));
            if folded || !line.starts_with("{{#include ../solutions/") {
                continue;
            }
            // What the exercise has as well is given.
            let source = fs::read_to_string(chapter.solution().join("src").join(file)).unwrap();
            let stub = fs::read_to_string(chapter.solution().join("stub").join(file));
            let stub = stub.unwrap_or_default();
            let is_given = |line: &&str| stub.lines().any(|given| given == *line);
            let shown = source
                .lines()
                .skip_while(|line| !line.ends_with(&format!("ANCHOR: {anchor}")))
                .skip(1)
                .take_while(|line| !line.ends_with(&format!("ANCHOR_END: {anchor}")))
                .filter(|line| !line.trim().is_empty() && !line.trim().starts_with("//"));
            let own: Vec<_> = shown.filter(|line| !is_given(line)).collect();
            // A file that no exercise has is no answer to one.
            if own.len() > 2 && chapter.solution().join("stub").join(file).exists() {
                found.push(format!(
                    "{page}: {include} is an answer: fold it, as {own:?}"
                ));
            }
        }
    }
    nothing(found);
}

#[test]
fn every_include_of_the_book_is_there() {
    let mut found = vec![];
    for path in files("book", ".md") {
        // It shows what an include looks like, and is no page.
        if path.ends_with("labs/README.md") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for include in text.split("{{#include ").skip(1) {
            let include = include.split("}}").next().unwrap().trim();
            let (file, part) = include.split_once(':').unwrap_or((include, ""));
            let target = path.parent().unwrap().join(file);
            let Ok(source) = fs::read_to_string(&target) else {
                found.push(format!("{}: {file} is missing", shown(&path)));
                continue;
            };
            let anchor = part.chars().next().is_some_and(char::is_alphabetic);
            let there = |word: &str| {
                source
                    .lines()
                    .any(|line| line.trim_end().ends_with(&format!("{word}: {part}")))
            };
            if anchor && !(there("ANCHOR") && there("ANCHOR_END")) {
                found.push(format!("{}: {file} has no anchor {part}", shown(&path)));
            }
            if file.ends_with(".snap") && source.lines().nth(3) != Some("---") {
                found.push(format!(
                    "{}: {file} does not begin with four lines of its own",
                    shown(&path)
                ));
            }
        }
    }
    nothing(found);
}

/// What mdBook makes of a heading: its anchor.
fn anchor(heading: &str) -> String {
    let heading = heading.trim().replace(['`', '*'], "").to_lowercase();
    let kept = heading.chars().filter_map(|c| match c {
        c if c.is_alphanumeric() || c == '_' || c == '-' => Some(c),
        c if c.is_whitespace() => Some('-'),
        _ => None,
    });
    kept.collect()
}

/// The anchors of a page, those of what it includes among them.
fn anchors(page: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(page).unwrap_or_default();
    let mut found = BTreeSet::new();
    let mut inside = false;
    for line in text.lines() {
        inside ^= line.starts_with("```");
        if let Some(heading) = line.strip_prefix('#').filter(|_| !inside) {
            let heading = heading.trim_start_matches('#');
            match heading.split_once("{#") {
                Some((_, id)) => found.insert(id.trim_end_matches('}').trim().to_owned()),
                None => found.insert(anchor(heading)),
            };
        }
        found.extend(
            line.split(" id=\"")
                .skip(1)
                .filter_map(|rest| Some(rest.split('"').next()?.to_owned())),
        );
        if let Some(include) = line
            .trim()
            .strip_prefix("{{#include ")
            .and_then(|rest| rest.strip_suffix("}}"))
            && include.ends_with(".md")
        {
            found.extend(anchors(&page.parent().unwrap().join(include)));
        }
    }
    found
}

/// Whether a link from a page leads somewhere; `None` for one that leaves the repository.
fn leads_somewhere(page: &Path, link: &str) -> Option<bool> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, id) = link.split_once('#').unwrap_or((link, ""));
    let target = match file {
        "" => page.to_owned(),
        file => page.parent().unwrap().join(file.replace(".html", ".md")),
    };
    Some(target.exists() && (id.is_empty() || anchors(&target).contains(id)))
}

#[test]
fn every_link_leads_somewhere() {
    let mut found = vec![];
    let mut seen = 0;
    for path in files("", ".md") {
        let text = fs::read_to_string(&path).unwrap();
        // The questions are included by pages of book/, and their links are seen from there.
        let bank = path.parent().unwrap().ends_with("interview/bank");
        let base = if bank {
            workspace().join("book").join(path.file_name().unwrap())
        } else {
            path.clone()
        };
        let mut inside = false;
        for line in text.lines() {
            inside ^= line.trim_start().starts_with("```");
            if inside {
                continue;
            }
            for link in line
                .split("](")
                .skip(1)
                .filter_map(|rest| rest.split(')').next())
            {
                seen += 1;
                if leads_somewhere(&base, link.trim_start_matches('<').trim_end_matches('>'))
                    == Some(false)
                {
                    found.push(format!("{}: {link}", shown(&path)));
                }
            }
        }
    }
    nothing(found);
    assert!(seen > 50, "only {seen} links were found");
}

#[test]
fn every_mistake_leads_to_a_section_about_it() {
    let mut found = vec![];
    let page = |chapter: &&Chapter| {
        workspace()
            .join("book")
            .join(chapter.folder())
            .with_extension("md")
    };
    for chapter in CHAPTERS {
        let text = fs::read_to_string(page(chapter)).unwrap();
        for mistake in chapter.mistakes {
            if leads_somewhere(&page(chapter), mistake.read) != Some(true) {
                found.push(format!("{}: {}", mistake.name, mistake.read));
            }
            if !text.contains(&format!(
                "fingerprints/{}/{}/",
                chapter.number, mistake.name
            )) {
                found.push(format!("{}: its ladder is not in the page", mistake.name));
            }
        }
        for conversation in chapter.conversations {
            if !text.contains(&format!("transcripts/{}.snap", conversation.name)) {
                found.push(format!(
                    "{}: its ladder is not in the page",
                    conversation.name
                ));
            }
        }
    }
    nothing(found);
}

#[test]
fn in_a_table_with_sources_every_cell_names_one_of_a_date() {
    let mut found = vec![];
    for path in files("book", ".md") {
        let text = fs::read_to_string(&path).unwrap();
        let notes: BTreeMap<_, _> = text
            .lines()
            .filter_map(|line| line.strip_prefix("[^")?.split_once("]: "))
            .collect();
        let year = |note: &str| {
            note.split(|c: char| !c.is_ascii_digit())
                .any(|word| word.len() == 4 && word.starts_with("20"))
        };
        for (name, note) in &notes {
            if !year(note) || !(note.contains("](") || note.contains("Run here")) {
                found.push(format!(
                    "{}: note {name} has no date, or no source",
                    shown(&path)
                ));
            }
        }
        let mut used = BTreeSet::new();
        for table in text.split("\n\n").filter(|part| part.starts_with('|')) {
            if !table.contains("[^") {
                continue;
            }
            // Behind the heads and the line below them; the first cell of a row says what the row is about.
            for cell in table.lines().skip(2).flat_map(|row| {
                let cells = row.trim_matches(['|', ' ']).split('|');
                cells.skip(1).collect::<Vec<_>>()
            }) {
                let names: Vec<_> = cell
                    .split("[^")
                    .skip(1)
                    .filter_map(|rest| rest.split(']').next())
                    .collect();
                if names.is_empty() || !names.iter().all(|name| notes.contains_key(name)) {
                    found.push(format!("{}: no source for: {}", shown(&path), cell.trim()));
                }
                used.extend(names);
            }
        }
        found.extend(
            notes
                .keys()
                .filter(|name| !used.contains(**name))
                .map(|name| format!("{}: note {name} is of no cell", shown(&path))),
        );
    }
    nothing(found);
}

#[test]
fn every_question_has_an_answer_a_trap_and_a_proof() {
    let mut found = vec![];
    let mut titles = BTreeMap::new();
    for path in files("book/interview/bank", ".md") {
        let text = fs::read_to_string(&path).unwrap();
        for question in text.split("<details ").skip(1) {
            let id = question
                .split("id=\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next())
                .unwrap_or("?");
            let name = format!("{}: {id}", shown(&path));
            let summary = question
                .split("<summary>")
                .nth(1)
                .and_then(|rest| rest.split("</summary>").next());
            let title = summary.unwrap_or_default().trim().to_lowercase();
            let body = question
                .split("</summary>")
                .nth(1)
                .and_then(|rest| rest.split("</details>").next());
            let body = body.unwrap_or_default();
            let (answer, rest) = body.split_once("**Trap.**").unwrap_or((body, ""));
            let (trap, proof) = rest.split_once("**Proof.**").unwrap_or((rest, ""));
            let grade = question
                .split("data-grade=\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            let words = answer.split_whitespace().count();
            let wrong = [
                (title.is_empty(), "no question"),
                (words < 5, "no answer"),
                (words > 90, "an answer of more than 90 words"),
                (trap.trim().is_empty(), "no trap"),
                (!proof.contains("]("), "no proof"),
                (
                    !matches!(grade, Some("warm-up" | "working" | "senior" | "design")),
                    "no grade",
                ),
            ];
            found.extend(
                wrong
                    .iter()
                    .filter(|(is, _)| *is)
                    .map(|(_, what)| format!("{name}: {what}")),
            );
            if let Some(other) = titles.insert(title, name.clone()) {
                found.push(format!("{name} asks what {other} asks"));
            }
        }
    }
    nothing(found);
}
