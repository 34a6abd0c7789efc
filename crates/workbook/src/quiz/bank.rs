//! The questions of the book, read from the files that its pages include: `<details class="question">` is their only source.

use std::{fmt, fs, io, ops::Range, str::FromStr};

use anyhow::{Context, Result, anyhow, bail};

use crate::workspace::Workspace;

/// Whom a question is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Everybody is asked these.
    WarmUp,
    /// Who has built one.
    Working,
    /// Who has operated one.
    Senior,
    /// Who may draw.
    Design,
}

impl Level {
    /// From the easiest on.
    pub const ALL: [Level; 4] = [Level::WarmUp, Level::Working, Level::Senior, Level::Design];

    /// As the bank writes it.
    pub fn name(self) -> &'static str {
        match self {
            Level::WarmUp => "warm-up",
            Level::Working => "working",
            Level::Senior => "senior",
            Level::Design => "design",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Level::ALL.into_iter().find(|level| level.name() == text);
        found.ok_or_else(|| "the grades are warm-up, working, senior and design".to_owned())
    }
}

/// One question with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Its name, which never changes: cards are known by it.
    pub id: String,
    /// The chapter's number, or `general`.
    pub chapter: String,
    /// Whom it is for.
    pub level: Level,
    /// The question itself, in HTML.
    pub ask: String,
    /// Answer, trap and proof, in Markdown.
    body: String,
    trap: usize,
    proof: usize,
}

impl Question {
    /// What you would say.
    pub fn answer(&self) -> &str {
        self.part(0..self.trap)
    }

    /// Where people get caught.
    pub fn trap(&self) -> &str {
        self.part(self.trap..self.proof)
    }

    /// How one can know.
    pub fn proof(&self) -> &str {
        self.part(self.proof..self.body.len())
    }

    /// The three, one after the other.
    pub fn body(&self) -> &str {
        self.body.trim()
    }

    fn part(&self, range: Range<usize>) -> &str {
        self.body[range].trim()
    }
}

/// How a chapter is called: `general` is across all of them.
pub fn chapter_name(chapter: &str) -> String {
    match chapter {
        "general" => "across chapters".to_owned(),
        chapter => format!("chapter {chapter}"),
    }
}

/// All questions in the order of the book.
pub fn read(ws: &Workspace) -> Result<Vec<Question>> {
    let all = "book/interview/all.md";
    let list = text_of(ws, all)?;
    let includes = list.lines().filter_map(|line| {
        let line = line.trim().strip_prefix("{{#include ")?;
        line.strip_suffix("}}")
    });
    let mut questions: Vec<Question> = Vec::new();
    for include in includes {
        let file = format!("book/interview/{}", include.trim());
        for question in parse(&text_of(ws, &file)?).map_err(|what| anyhow!("{file}:{what}"))? {
            if questions.iter().any(|other| other.id == question.id) {
                bail!("{file}: there are two questions {}", question.id);
            }
            questions.push(question);
        }
    }
    if questions.is_empty() {
        bail!("{all} includes no questions: `git checkout -- book/interview` brings them back");
    }
    Ok(questions)
}

fn text_of(ws: &Workspace, name: &str) -> Result<String> {
    match fs::read_to_string(ws.root.join(name)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => bail!(
            "{name} is missing: `git checkout -- {name}` brings it back, or a copy from a fresh download of the workbook"
        ),
        other => Ok(other
            .with_context(|| format!("could not read {name}"))?
            .replace("\r\n", "\n")),
    }
}

/// The questions of one file, or the number of a line and what is wrong from there on.
fn parse(text: &str) -> Result<Vec<Question>, String> {
    const OPEN: &str = "<details class=\"question\"";
    let mut questions = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(OPEN).map(|found| at + found) {
        let rest = &text[start..];
        let end = rest.find("</details>").unwrap_or(rest.len());
        let question = question(&rest[..end]).map_err(|what| {
            let line = text[..start].matches('\n').count() + 1;
            format!("{line}: {what}")
        })?;
        questions.push(question);
        at = start + end;
    }
    Ok(questions)
}

fn question(text: &str) -> Result<Question, String> {
    let (tag, rest) = text.split_once('>').ok_or("this tag does not end")?;
    let attribute = |name: &str| {
        let (_, value) = tag.split_once(&format!(" {name}=\""))?;
        value.split_once('"').map(|(value, _)| value.to_owned())
    };
    let missing = |name: &str| format!("this question has no {name}");
    let id = attribute("id").ok_or_else(|| missing("id"))?;
    let level = attribute("data-grade").ok_or_else(|| missing("data-grade"))?;
    let summary = rest.split_once("<summary>").map(|(_, rest)| rest);
    let (ask, body) = summary
        .and_then(|rest| rest.split_once("</summary>"))
        .ok_or_else(|| missing("<summary>"))?;
    let place = |label: &str| {
        let found = body.find(&format!("\n**{label}.**"));
        found.ok_or_else(|| format!("{id} has no {}", label.to_lowercase()))
    };
    let (trap, proof) = (place("Trap")?, place("Proof")?);
    if proof < trap {
        return Err(format!("the proof of {id} comes before its trap"));
    }
    Ok(Question {
        chapter: attribute("data-chapter").ok_or_else(|| missing("data-chapter"))?,
        level: level.parse()?,
        ask: ask.trim().to_owned(),
        body: body.to_owned(),
        trap,
        proof,
        id,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A question as the bank writes it.
    pub(crate) fn a_question(id: &str, chapter: &str, level: &str) -> String {
        format!(
            "<details class=\"question\" id=\"{id}\" data-grade=\"{level}\" data-chapter=\"{chapter}\">\n\
             <summary>What is {id}?</summary>\n\nThe answer\nof {id}.\n\n**Trap.** \"It is not.\"\n\n\
             **Proof.** [A page](01-one.html#proof), [RFC](https://example.org/rfc).\n\n</details>\n"
        )
    }

    /// The first question of a text.
    pub(crate) fn parsed(text: &str) -> Question {
        parse(text).unwrap().remove(0)
    }

    #[test]
    fn a_question_has_three_parts() {
        let text = format!(
            "<!-- a comment -->\n\n{}\n{}",
            a_question("q-a", "01", "warm-up"),
            a_question("q-b", "general", "design")
        );
        let questions = parse(&text).unwrap();
        let [a, b] = &questions[..] else {
            panic!("{questions:?}")
        };
        assert_eq!((a.id.as_str(), a.level), ("q-a", Level::WarmUp));
        assert_eq!(a.ask, "What is q-a?");
        assert_eq!(a.answer(), "The answer\nof q-a.");
        assert_eq!(a.trap(), "**Trap.** \"It is not.\"");
        assert!(a.proof().starts_with("**Proof.** [A page]"));
        assert_eq!((b.chapter.as_str(), b.level), ("general", Level::Design));
    }

    #[test]
    fn what_is_wrong_with_a_question_is_said_with_its_line() {
        let good = a_question("q-a", "01", "warm-up");
        let wrong = |from: &str, to: &str| parse(&format!("\n\n{}", good.replace(from, to)));
        assert_eq!(
            wrong("**Proof.**", "Proof:").unwrap_err(),
            "3: q-a has no proof"
        );
        assert_eq!(
            wrong(" data-grade=\"warm-up\"", "").unwrap_err(),
            "3: this question has no data-grade"
        );
        assert_eq!(
            wrong("warm-up", "easy").unwrap_err(),
            "3: the grades are warm-up, working, senior and design"
        );
    }
}
