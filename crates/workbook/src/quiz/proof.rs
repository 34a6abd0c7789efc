//! What a proof rests on: something that this repository runs, something that the book works out, or somebody else's word.

use std::{fs, path::Path};

use super::{bank::Question, text};

/// What stands behind an answer, from the strongest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// A conversation that a suite plays, a test, or a command that measures.
    Run,
    /// A figure, a table or an argument of the book.
    Book,
    /// Specifications and documentation alone.
    Source,
}

/// The strongest that a question's proof points to.
pub fn ground(root: &Path, question: &Question) -> Ground {
    let proof = question.proof();
    let links = text::links(proof);
    let pages: Vec<_> = links.iter().filter_map(text::Link::in_book).collect();
    let sections: Vec<_> = pages.iter().map(|page| section(root, page)).collect();
    if runs(root, proof) || sections.iter().any(|section| is_run(root, section)) {
        Ground::Run
    } else if !pages.is_empty() {
        Ground::Book
    } else {
        Ground::Source
    }
}

/// Whether a section shows what was run, or says what the claim was refuted by, and that was run.
fn is_run(root: &Path, section: &str) -> bool {
    let refuted = section
        .split_once("**Refuted by**")
        .map(|(_, by)| text::links(by))
        .unwrap_or_default();
    let pages = refuted.iter().filter_map(text::Link::in_book);
    let mut sections = pages.map(|page| self::section(root, &page));
    runs(root, section) || sections.any(|section| runs(root, &section))
}

/// Whether a text includes a transcript or names a test of this repository, or a command that measures.
fn runs(root: &Path, text: &str) -> bool {
    let includes = text.contains("{{#include ../exercises/")
        || text.contains("{{#include ../solutions/")
        || text.contains("{{#include labs/recorded/");
    // Every second piece stands between backticks.
    let mut code = text.split('`').skip(1).step_by(2);
    includes
        || code.any(|code| {
            let is_test = code.contains("/tests/") && root.join(code).is_file();
            is_test || code.starts_with("load ") || code.starts_with("cargo run ")
        })
        || text.contains("\ncargo run ")
}

/// The part of a page that an anchor names: up to the next heading of its rank, or the end of a folded part.
fn section(root: &Path, page: &str) -> String {
    let (file, anchor) = page.split_once('#').unwrap_or((page, ""));
    let file = root.join("book").join(file.replace(".html", ".md"));
    let page = fs::read_to_string(file).unwrap_or_default();
    if anchor.is_empty() {
        return String::new();
    }
    let folded = format!("<details id=\"{anchor}\">");
    if let Some((_, rest)) = page.split_once(&folded) {
        return rest.split("</details>").next().unwrap_or(rest).to_owned();
    }
    let mut rank = None;
    let mut listing = false;
    let mut found = String::new();
    for line in page.lines() {
        listing ^= line.starts_with("```");
        let hashes = line.bytes().take_while(|b| *b == b'#').count();
        if hashes > 0 && !listing {
            match rank {
                None if anchor_of(line) == anchor => rank = Some(hashes),
                Some(rank) if hashes <= rank => break,
                _ => {}
            }
        }
        if rank.is_some() {
            found.push_str(line);
            found.push('\n');
        }
    }
    found
}

/// What mdBook makes of a heading.
fn anchor_of(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim();
    if let Some((_, id)) = heading.split_once("{#") {
        return id.trim_end_matches('}').trim().to_owned();
    }
    heading
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            c if c.is_alphanumeric() || c == '_' || c == '-' => Some(c),
            c if c.is_whitespace() => Some('-'),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quiz::bank::tests::{a_question, parsed};

    #[test]
    fn a_proof_is_as_strong_as_what_it_points_to() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            "book/01-one.md",
            "# One\n\n## The `first`\n\nWords.\n\n```sh\n# no heading\n```\n\n### A mistake\n\n```transcript\n{{#include ../exercises/01-one/transcripts/a.snap:5:}}\n```\n\n\
             ## Figures {#sums}\n\n2 + 2\n\n## Measured\n\n```sh\ncargo run --release -p load -- idle\n```\n\n\
             <details id=\"heard\">\n{{#include ../exercises/01-one/transcripts/b.snap:5:}}\n</details>\n\n## Bare\n\n<details id=\"folded\">words</details>\n",
        );
        write(
            "book/false.md",
            "# F\n\n## Claim\n\n**Refuted by** [it](01-one.md#heard).\n\n## Other\n\n**Refuted by** [sums](01-one.md#sums).\n",
        );
        write("solutions/01-one/tests/browser.rs", "");
        let ground = |proof: &str| {
            let text = a_question("q", "01", "senior").replace(
                "[A page](01-one.html#proof), [RFC](https://example.org/rfc).",
                proof,
            );
            super::ground(root.path(), &parsed(&text))
        };
        assert_eq!(
            ground("[x](01-one.html#heard), [RFC](https://e.org)."),
            Ground::Run
        );
        assert_eq!(
            ground("[x](01-one.md#the-first)."),
            Ground::Run,
            "a subsection is part of it"
        );
        assert_eq!(ground("[x](01-one.md#a-mistake)."), Ground::Run);
        assert_eq!(ground("[x](01-one.html#measured)."), Ground::Run);
        assert_eq!(ground("[x](01-one.html#sums)."), Ground::Book);
        assert_eq!(ground("[x](01-one.html#folded)."), Ground::Book);
        assert_eq!(
            ground("[x](01-one.html)."),
            Ground::Book,
            "a whole page proves nothing"
        );
        assert_eq!(ground("[x](false.html#claim)."), Ground::Run);
        assert_eq!(ground("[x](false.html#other)."), Ground::Book);
        assert_eq!(ground("`solutions/01-one/tests/browser.rs`."), Ground::Run);
        assert_eq!(
            ground("`solutions/01-one/tests/other.rs`, [x](https://e.org)."),
            Ground::Source
        );
        assert_eq!(ground("`load idle` measures it."), Ground::Run);
        assert_eq!(ground("[RFC](https://e.org)."), Ground::Source);
    }
}
