//! What a command calls `‹token›`: values that only the server can make, or that it has given out.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use super::labs::Lab;

/// The values of a lab that is open.
#[derive(Clone)]
pub struct Values {
    lab: &'static Lab,
    kept: Arc<Mutex<BTreeMap<String, String>>>,
}

/// A longer one is no ticket.
const LONGEST: usize = 1024;
/// How many values one text may have: each of them has to be made.
const VALUES: usize = 16;
/// How many names there may be for what was kept.
const NAMES: usize = 8;

impl Values {
    /// Those of a lab that begins.
    pub fn of(lab: &'static Lab) -> Values {
        let kept = Arc::default();
        Values { lab, kept }
    }

    /// Writes the value of each `‹name›` in a text that `client` says; `used` hears of each. An error names the one that there is none of.
    pub fn fill(
        &self,
        text: &str,
        client: &str,
        mut used: impl FnMut(&str, &str),
    ) -> Result<String, String> {
        let mut filled = String::new();
        let mut rest = text;
        if text.matches('‹').count() > VALUES {
            return Err(format!("at most {VALUES} values in one text"));
        }
        while let Some((before, after)) = rest.split_once('‹') {
            let Some((name, after)) = after.split_once('›') else {
                break;
            };
            let value = self.value(name, client)?;
            used(name, &value);
            filled.push_str(before);
            filled.push_str(&value);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn value(&self, name: &str, client: &str) -> Result<String, String> {
        let made = self.lab.values.iter().find(|(made, _)| *made == name);
        match made {
            Some((_, make)) => Ok(make(client)),
            None => {
                let kept = self.lock().get(name).cloned();
                kept.ok_or_else(|| format!("there is no ‹{name}› yet"))
            }
        }
    }

    /// Keeps what the server has given out under this name; whether it could be kept.
    pub fn keep(&self, name: &str, value: &str) -> bool {
        // It will stand in URLs, headers and JSON, and no server may put more into them than one word.
        let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\');
        let mut kept = self.lock();
        let good = (1..=LONGEST).contains(&value.len())
            && value.bytes().all(plain)
            && (kept.contains_key(name) || kept.len() < NAMES);
        if good {
            kept.insert(name.into(), value.into());
        }
        good
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.kept.lock().expect("nobody panics with the lock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(values: &Values, text: &str) -> Result<String, String> {
        values.fill(text, "alice", |_, _| {})
    }

    #[test]
    fn values_are_written_where_their_names_stand() {
        let values = Values::of(Lab::named("05").unwrap());
        assert!(values.keep("ticket", "12.ab"));
        assert_eq!(
            fill(&values, "?a=‹ticket›&b=‹ticket›!").unwrap(),
            "?a=12.ab&b=12.ab!"
        );
        let token = fill(&values, "Bearer ‹token›").unwrap();
        assert_eq!(token.split('.').count(), 3, "{token}");
        for plain in ["", "no value", "‹", "a › b ‹ c"] {
            assert_eq!(fill(&values, plain).unwrap(), plain);
        }
        let many = "‹token›".repeat(17);
        assert!(fill(&values, &many).unwrap_err().starts_with("at most 16"));
        assert_eq!(
            fill(&values, "‹nothing›").unwrap_err(),
            "there is no ‹nothing› yet"
        );
    }

    #[test]
    fn what_is_kept_is_one_word() {
        let values = Values::of(Lab::named("01").unwrap());
        for wrong in [
            "",
            "a b",
            "a\r\nhost: b",
            "a\"b",
            "a\\b",
            "é",
            &"a".repeat(1025),
        ] {
            assert!(!values.keep("ticket", wrong), "{wrong}");
        }
        for i in 0..100 {
            values.keep(&format!("name-{i}"), "x");
        }
        assert_eq!(values.lock().len(), NAMES);
    }
}
