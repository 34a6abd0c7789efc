//! The questions as text that Anki imports: what "For Anki" on the page gives, to the byte.
//!
//! The page takes what a browser has parsed, so this writes HTML as browsers do.

use std::fmt::Write;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{bank::Question, text::entities};

/// One note a line; the first lines tell Anki how to read them.
pub fn write(questions: &[&Question]) -> String {
    let mut text = HEAD.to_owned();
    for question in questions {
        let fields = [
            format!("ws-workbook-{}", question.id),
            ask(&question.ask),
            html(question.body()),
            format!("websocket chapter-{} {}", question.chapter, question.level),
        ];
        text.push_str(&fields.map(|field| quoted(&field)).join("\t"));
        text.push('\n');
    }
    text
}

/// How a file of ours begins, so that it is told from others.
pub const HEAD: &str = "\
#separator:tab
#html:true
#notetype:Basic
#deck:The WebSocket workbook
#guid column:1
#tags column:4
";

/// A field is one line.
fn quoted(field: &str) -> String {
    let pieces = field.split(['\t', '\r', '\n']);
    let mut line = String::new();
    for (index, piece) in pieces.enumerate() {
        // Several breaks in a row are one space.
        if index > 0 && !line.ends_with('\n') {
            line.push('\n');
        }
        line.push_str(piece);
    }
    format!("\"{}\"", line.replace('\n', " ").replace('"', "\"\""))
}

/// A question is HTML already; its entities become those that a browser writes.
fn ask(html: &str) -> String {
    let mut written = String::new();
    let mut rest = html;
    while let Some((text, (tag, after))) = rest
        .split_once('<')
        .and_then(|(text, tag)| Some((text, tag.split_once('>')?)))
    {
        let _ = write!(written, "{}<{tag}>", escaped(&entities(text)));
        rest = after;
    }
    written + &escaped(&entities(rest))
}

/// Markdown as mdBook renders it and a browser writes it again, without the links into the book, which lead nowhere in Anki.
fn html(markdown: &str) -> String {
    let mut html = String::new();
    let mut leaves_the_book = false;
    for event in Parser::new_ext(markdown, as_mdbook_does()) {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => {
                leaves_the_book = dest_url.starts_with("http:") || dest_url.starts_with("https:");
                if leaves_the_book {
                    let address = escaped(&dest_url).replace('"', "&quot;");
                    let _ = write!(html, "<a href=\"{address}\">");
                }
            }
            Event::End(TagEnd::Link) if leaves_the_book => html.push_str("</a>"),
            Event::Start(tag) => html.extend(name(tag.to_end()).map(|name| format!("<{name}>"))),
            Event::End(tag) => html.extend(name(tag).map(|name| format!("</{name}>"))),
            Event::Text(text) => html.push_str(&escaped(&text)),
            Event::Code(text) => {
                let _ = write!(html, "<code>{}</code>", escaped(&text));
            }
            Event::SoftBreak => html.push('\n'),
            Event::HardBreak => html.push_str("<br>\n"),
            Event::InlineHtml(raw) | Event::Html(raw) => html.push_str(&raw),
            _ => {}
        }
    }
    html
}

fn name(tag: TagEnd) -> Option<&'static str> {
    Some(match tag {
        TagEnd::Paragraph => "p",
        TagEnd::Strong => "strong",
        TagEnd::Emphasis => "em",
        TagEnd::List(true) => "ol",
        TagEnd::List(false) => "ul",
        TagEnd::Item => "li",
        TagEnd::CodeBlock => "pre",
        _ => return None,
    })
}

fn as_mdbook_does() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_SMART_PUNCTUATION
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\u{a0}', "&nbsp;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quiz::bank::tests::{a_question, parsed};

    #[test]
    fn a_note_is_one_line_with_quotes_doubled_and_links_into_the_book_as_words() {
        let text = a_question("q-a", "01", "senior").replace(
            "What is q-a?",
            "Why \"<code>Vec&lt;u8&gt;</code>\" &amp; &quot;so&quot;?",
        );
        let question = parsed(&text);
        let written = write(&[&question]);
        assert!(written.starts_with(HEAD));
        let notes: Vec<_> = written[HEAD.len()..].lines().collect();
        assert_eq!(
            notes,
            ["\"ws-workbook-q-a\"\t\
              \"Why \"\"<code>Vec&lt;u8&gt;</code>\"\" &amp; \"\"so\"\"?\"\t\
              \"<p>The answer of q-a.</p><p><strong>Trap.</strong> “It is not.”</p>\
              <p><strong>Proof.</strong> A page, <a href=\"\"https://example.org/rfc\"\">RFC</a>.</p>\"\t\
              \"websocket chapter-01 senior\""]
        );
    }

    #[test]
    fn breaks_in_a_row_are_one_space() {
        assert_eq!(quoted("a\r\n\tb\nc"), "\"a b c\"");
    }

    #[test]
    fn the_bank_holds_nothing_that_a_page_would_write_otherwise() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let ws = crate::workspace::Workspace::find(Some(&root)).unwrap();
        let questions = crate::quiz::bank::read(&ws).unwrap();
        assert!(questions.len() >= 100, "only {}", questions.len());
        for question in &questions {
            for event in Parser::new_ext(question.body(), as_mdbook_does()) {
                let known = match &event {
                    Event::Start(Tag::Link { .. }) => true,
                    Event::Start(tag) => {
                        matches!(tag, Tag::Paragraph | Tag::Strong | Tag::Emphasis)
                    }
                    Event::End(_) | Event::Text(_) | Event::Code(_) | Event::SoftBreak => true,
                    _ => false,
                };
                // Lists and listings are possible; then the page and this have to be compared in the browser's test.
                assert!(known, "{}: {event:?}", question.id);
            }
        }
    }
}
