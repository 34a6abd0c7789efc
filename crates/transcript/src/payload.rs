//! A payload as a transcript shows it: whole when it is short, its beginning and a fingerprint when it is long.

use std::fmt;

use serde::Serialize;
use sha1::{Digest, Sha1};

/// The longest text, in bytes, that stands as JSON on its line.
const JSON_LIMIT: usize = 400;
/// The longest text, in characters, that is shown whole, and how much of a longer one is.
const TEXT_LIMIT: usize = 100;
const TEXT_SHOWN: usize = 60;
/// The same for bytes.
const HEX_LIMIT: usize = 24;
const HEX_SHOWN: usize = 12;

/// A payload as a transcript shows it.
///
/// ```
/// use transcript::Payload;
///
/// assert_eq!(Payload::text("hi").to_string(), r#""hi""#);
/// assert_eq!(Payload::text(r#"{"op":"add"}"#).to_string(), r#"{"op":"add"}"#);
/// assert_eq!(Payload::bytes(&[0, 255]).to_string(), "<00 ff>");
/// assert_eq!(
///     Payload::bytes(&[7; 70_000]).to_string(),
///     "<07 07 07 07 07 07 07 07 07 07 07 07> … 70000 bytes #38e80e04"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "as", rename_all = "lowercase")]
pub enum Payload {
    /// A JSON object or array, as it stood on the wire.
    Json {
        /// The text.
        text: String,
    },
    /// Any other text.
    Text {
        /// The text, or its beginning.
        text: String,
        /// What is not shown.
        #[serde(skip_serializing_if = "Option::is_none")]
        cut: Option<Cut>,
    },
    /// Bytes.
    Hex {
        /// The bytes, or the first of them, in hexadecimal with spaces between.
        #[serde(rename = "hex", serialize_with = "as_hex")]
        bytes: Vec<u8>,
        /// What is not shown.
        #[serde(skip_serializing_if = "Option::is_none")]
        cut: Option<Cut>,
    },
}

/// The length and the fingerprint of a payload of which only the beginning is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cut {
    /// The length of the whole, in bytes.
    pub bytes: usize,
    /// The first eight hexadecimal digits of the SHA-1 of the whole.
    pub sha1: String,
}

impl Payload {
    /// Shows a text.
    pub fn text(text: &str) -> Self {
        if stands_as_json(text) {
            return Payload::Json { text: text.into() };
        }
        match text.char_indices().nth(TEXT_LIMIT) {
            None => Payload::Text {
                text: text.into(),
                cut: None,
            },
            Some(_) => Payload::Text {
                text: text.chars().take(TEXT_SHOWN).collect(),
                cut: Some(Cut::of(text.as_bytes())),
            },
        }
    }

    /// Shows bytes.
    pub fn bytes(bytes: &[u8]) -> Self {
        if bytes.len() <= HEX_LIMIT {
            return Payload::Hex {
                bytes: bytes.into(),
                cut: None,
            };
        }
        Payload::Hex {
            bytes: bytes[..HEX_SHOWN].into(),
            cut: Some(Cut::of(bytes)),
        }
    }

    /// Shows bytes as the text that they are, or as bytes where they are none.
    pub fn guess(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::text(text),
            Err(_) => Self::bytes(bytes),
        }
    }

    /// The same, or `None` where there is nothing to show.
    pub(crate) fn some(bytes: &[u8]) -> Option<Self> {
        (!bytes.is_empty()).then(|| Self::guess(bytes))
    }

    /// Sorts the keys and removes white space, where it is JSON.
    pub(crate) fn normalize_json(&mut self) {
        if let Payload::Json { text } = self
            && let Ok(mut value) = serde_json::from_str::<serde_json::Value>(text)
        {
            // Sorted already, unless somebody enables serde_json's `preserve_order`.
            value.sort_all_objects();
            *text = value.to_string();
        }
    }

    /// Shows a name in the place of a value that is the whole of what was cut.
    pub(crate) fn rename(&mut self, value: &str, name: &str) {
        if matches!(self, Payload::Text { cut: Some(_), .. }) && *self == Payload::text(value) {
            *self = Payload::text(name);
        }
    }

    pub(crate) fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        if let Payload::Json { text } | Payload::Text { text, .. } = self {
            change(text);
        }
    }

    /// Reads what [`Display`](fmt::Display) wrote.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with(['{', '[']) {
            return if stands_as_json(text) {
                Ok(Payload::Json { text: text.into() })
            } else {
                Err("a JSON object or array that cannot be read".into())
            };
        }
        if let Some(rest) = text.strip_prefix('<') {
            let (inside, rest) = rest.split_once('>').ok_or("bytes without a closing '>'")?;
            let bytes = inside
                .split_terminator(' ')
                .map(|byte| match u8::from_str_radix(byte, 16) {
                    Ok(value) if format!("{value:02x}") == byte => Ok(value),
                    _ => Err(format!("'{byte}' is not a byte in hexadecimal")),
                })
                .collect::<Result<_, _>>()?;
            let cut = Cut::parse(rest)?;
            return Ok(Payload::Hex { bytes, cut });
        }
        let (string, rest) = split_string(text)?;
        let cut = Cut::parse(rest)?;
        if cut.is_none() && stands_as_json(&string) {
            return Err("a JSON object or array in quotes".into());
        }
        Ok(Payload::Text { text: string, cut })
    }
}

impl Cut {
    fn of(whole: &[u8]) -> Self {
        let digest = Sha1::digest(whole);
        Cut {
            bytes: whole.len(),
            sha1: digest[..4].iter().map(|b| format!("{b:02x}")).collect(),
        }
    }

    fn parse(text: &str) -> Result<Option<Self>, String> {
        if text.is_empty() {
            return Ok(None);
        }
        let cut = || {
            let (bytes, sha1) = text.strip_prefix(" … ")?.split_once(" bytes #")?;
            let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
            let digits = !bytes.is_empty() && bytes.bytes().all(|b| b.is_ascii_digit());
            (digits && sha1.len() == 8 && sha1.chars().all(hex)).then_some(Cut {
                bytes: bytes.parse().ok()?,
                sha1: sha1.into(),
            })
        };
        cut()
            .map(Some)
            .ok_or_else(|| format!("'{text}' is not a length and a fingerprint"))
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cut = match self {
            Payload::Json { text } => return f.write_str(text),
            Payload::Text { text, cut } => {
                write_string(f, text)?;
                cut
            }
            Payload::Hex { bytes, cut } => {
                write!(f, "<{}>", hex(bytes))?;
                cut
            }
        };
        match cut {
            None => Ok(()),
            Some(Cut { bytes, sha1 }) => write!(f, " … {bytes} bytes #{sha1}"),
        }
    }
}

/// Bytes in hexadecimal, with a space between two.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits: Vec<_> = bytes.iter().map(|b| format!("{b:02x}")).collect();
    digits.join(" ")
}

fn as_hex<S: serde::Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&hex(bytes))
}

/// Writes a JSON string in which no character is invisible or moves the others about.
pub(crate) fn write_string(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if hidden(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(f, "\\u{unit:04x}")?;
                }
            }
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}

/// Splits a JSON string from what follows it.
pub(crate) fn split_string(text: &str) -> Result<(String, &str), String> {
    if !text.starts_with('"') {
        return Err(format!("'{text}' does not begin with a string"));
    }
    let mut strings = serde_json::Deserializer::from_str(text).into_iter::<String>();
    match strings.next() {
        Some(Ok(string)) => Ok((string, &text[strings.byte_offset()..])),
        _ => Err(format!(
            "'{text}' begins with a string that does not end well"
        )),
    }
}

/// Control characters, line separators, and characters that only format: a reader cannot see them.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn stands_as_json(text: &str) -> bool {
    text.len() <= JSON_LIMIT
        && text.starts_with(['{', '['])
        && text.ends_with(['}', ']'])
        && !text.contains(hidden)
        && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}
