//! Markdown as a terminal shows it: flowing text of the terminal's width, and links as numbers with their addresses below.

use std::fmt::Write;

use console::{measure_text_width, style};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Where the pages are while `cargo workbook` runs.
pub const BOOK: &str = "http://127.0.0.1:3000/";

/// A link: what is written there, and where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// As it stands in the text.
    pub text: String,
    /// As it stands in the source: relative to the book, or an address.
    pub href: String,
}

impl Link {
    /// The page and anchor in the built book, for a link that does not leave it.
    pub fn in_book(&self) -> Option<String> {
        let outside = self.href.contains(':') || self.href.starts_with("..");
        (!outside).then(|| html(&self.href))
    }

    /// What can be typed into a browser, or opened in an editor.
    pub fn address(&self) -> String {
        match (self.in_book(), self.href.strip_prefix("../")) {
            (Some(page), _) => format!("{BOOK}{page}"),
            (None, Some(file)) => file.to_owned(),
            (None, None) => self.href.clone(),
        }
    }
}

/// mdBook makes the same of a link to a source file.
fn html(href: &str) -> String {
    let (page, anchor) = href.split_once('#').unwrap_or((href, ""));
    let page = page
        .strip_suffix(".md")
        .map_or_else(|| page.to_owned(), |page| format!("{page}.html"));
    match anchor {
        "" => page,
        anchor => format!("{page}#{anchor}"),
    }
}

/// The links of a text, in their order.
pub fn links(markdown: &str) -> Vec<Link> {
    let mut links = Vec::new();
    spans(markdown, &mut links);
    links
}

/// Paragraphs of this width; links are numbered behind those that are there already, and added to them.
pub fn flow(markdown: &str, width: usize, links: &mut Vec<Link>) -> String {
    let paragraphs = spans(markdown, links);
    let shown: Vec<_> = paragraphs.iter().map(|spans| fill(spans, width)).collect();
    shown.join("\n\n")
}

/// A question, which is HTML: nothing in it but code has to be told apart.
pub fn flow_html(html: &str, width: usize) -> String {
    let mut spans = Vec::new();
    let mut look = Look::Strong;
    let mut rest = html;
    while let Some((text, (tag, after))) = rest
        .split_once('<')
        .and_then(|(text, tag)| Some((text, tag.split_once('>')?)))
    {
        push(&mut spans, &entities(text), look);
        look = match tag {
            "code" => Look::Code,
            "/code" => Look::Strong,
            _ => look,
        };
        rest = after;
    }
    push(&mut spans, &entities(rest), look);
    fill(&spans, width)
}

/// The entities that HTML cannot do without.
pub fn entities(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Plain,
    Strong,
    Emphasis,
    Code,
    Reference,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    text: String,
    look: Look,
}

fn push(spans: &mut Vec<Span>, text: &str, look: Look) {
    // Without colours, backticks are what tells code from words.
    let text = match look {
        Look::Code if !text.is_empty() => format!("`{text}`"),
        _ => text.to_owned(),
    };
    spans.push(Span { text, look });
}

/// The paragraphs of a text. List items are paragraphs with a dash, listings paragraphs of code.
fn spans(markdown: &str, links: &mut Vec<Link>) -> Vec<Vec<Span>> {
    let mut paragraphs: Vec<Vec<Span>> = Vec::new();
    let mut current = Vec::new();
    let mut looks = vec![Look::Plain];
    let mut link: Option<Link> = None;
    let mut end = |current: &mut Vec<Span>| {
        if !current.is_empty() {
            paragraphs.push(std::mem::take(current));
        }
    };
    for event in Parser::new_ext(markdown, Options::empty()) {
        let look = *looks.last().unwrap_or(&Look::Plain);
        match event {
            Event::Start(Tag::Strong) => looks.push(Look::Strong),
            Event::Start(Tag::Emphasis) => looks.push(Look::Emphasis),
            Event::End(TagEnd::Strong | TagEnd::Emphasis) => drop(looks.pop()),
            Event::Start(Tag::Link { dest_url, .. }) => {
                link = Some(Link {
                    text: String::new(),
                    href: dest_url.to_string(),
                });
            }
            Event::End(TagEnd::Link) => {
                links.extend(link.take());
                push(
                    &mut current,
                    &format!(" [{}]", links.len()),
                    Look::Reference,
                );
            }
            Event::Start(Tag::Item) => push(&mut current, "- ", Look::Plain),
            Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::CodeBlock) => end(&mut current),
            Event::Text(text) => {
                if let Some(link) = &mut link {
                    link.text.push_str(&text);
                }
                push(&mut current, &text, look);
            }
            Event::Code(text) => {
                if let Some(link) = &mut link {
                    link.text.push_str(&text);
                }
                push(&mut current, &text, Look::Code);
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some(link) = &mut link {
                    link.text.push(' ');
                }
                push(&mut current, " ", look);
            }
            _ => {}
        }
    }
    end(&mut current);
    paragraphs
}

/// Breaks a paragraph into lines. A word may change its look in the middle; one that is too long gets a line of its own.
fn fill(spans: &[Span], width: usize) -> String {
    let mut words: Vec<Vec<Span>> = Vec::new();
    let mut inside = false;
    for span in spans {
        for (index, piece) in span.text.split(char::is_whitespace).enumerate() {
            inside &= index == 0;
            if piece.is_empty() {
                continue;
            }
            if !inside {
                words.push(Vec::new());
            }
            inside = true;
            let piece = Span {
                text: piece.to_owned(),
                look: span.look,
            };
            words.last_mut().expect("one was begun").push(piece);
        }
        inside &= !span.text.ends_with(char::is_whitespace);
    }
    let mut text = String::new();
    let mut column = 0;
    for word in &words {
        let size: usize = word.iter().map(|s| measure_text_width(&s.text)).sum();
        if column > 0 && column + 1 + size > width {
            text.push('\n');
            column = 0;
        }
        if column > 0 {
            text.push(' ');
            column += 1;
        }
        column += size;
        for Span { text: piece, look } in word {
            let styled = match look {
                Look::Plain => style(piece),
                Look::Strong => style(piece).bold(),
                Look::Emphasis => style(piece).italic(),
                Look::Code => style(piece).cyan(),
                Look::Reference => style(piece).dim(),
            };
            let _ = write!(text, "{styled}");
        }
    }
    text
}

/// What a terminal that is not said to show UTF-8 is given.
pub fn ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '“' | '”' => plain.push('"'),
            '‘' | '’' => plain.push('\''),
            '–' | '−' => plain.push('-'),
            '×' => plain.push('x'),
            '÷' => plain.push('/'),
            '≥' => plain.push_str(">="),
            '≤' => plain.push_str("<="),
            'µ' => plain.push('u'),
            'ⁿ' => plain.push_str("^n"),
            '⁷' => plain.push_str("^7"),
            '⁴' => plain.push_str("^4"),
            c => plain.push(c),
        }
    }
    transcript::ascii(&plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_a_number_and_an_address() {
        let mut links = Vec::new();
        let text = flow(
            "**Proof.** [`get` needs\n`any`](01-one.md#get-and-any), [RFC](https://example.org/r#s); [map](../ARCHITECTURE.md).",
            60,
            &mut links,
        );
        assert_eq!(text, "Proof. `get` needs `any` [1], RFC [2]; map [3].");
        let addresses: Vec<_> = links.iter().map(Link::address).collect();
        assert_eq!(
            addresses,
            [
                "http://127.0.0.1:3000/01-one.html#get-and-any",
                "https://example.org/r#s",
                "ARCHITECTURE.md"
            ]
        );
        assert_eq!(links[0].text, "get needs any");
        assert_eq!(
            links[0].in_book().as_deref(),
            Some("01-one.html#get-and-any")
        );
        assert_eq!(links[1].in_book(), None);
    }

    #[test]
    fn lines_are_as_wide_as_asked_and_words_stay_whole() {
        let text = flow(
            "One two *three*, four\nfive.\n\nSix `a_word_that_is_longer_than_the_line`, seven.",
            12,
            &mut Vec::new(),
        );
        assert_eq!(
            text,
            "One two\nthree, four\nfive.\n\nSix\n`a_word_that_is_longer_than_the_line`,\nseven."
        );
        // A character may take two columns, or none.
        let wide = flow("日本語 日本語 a\u{301}b", 13, &mut Vec::new());
        assert_eq!(wide, "日本語 日本語\na\u{301}b");
    }

    #[test]
    fn a_question_loses_its_tags_and_keeps_its_code() {
        assert_eq!(
            flow_html(
                "Why <code>Vec&lt;u8&gt;</code>, and <em>not</em> &quot;R&amp;D&quot;?",
                80
            ),
            "Why `Vec<u8>`, and not \"R&D\"?"
        );
    }

    #[test]
    fn nothing_of_the_text_is_lost_in_lists() {
        let text = flow("Two:\n\n- one\n- [two](a.html)\n", 80, &mut Vec::new());
        assert_eq!(text, "Two:\n\n- one\n\n- two [1]");
    }
}
