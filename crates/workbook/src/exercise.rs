//! An exercise: its number, its topic and where its parts lie.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

/// The number of a chapter, and so of its exercise: two digits when written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(u8);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.0)
    }
}

impl FromStr for Number {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        match text.parse() {
            Ok(number) if digits => Ok(Number(number)),
            _ => Err("an exercise is named by its number, such as 01".to_owned()),
        }
    }
}

/// One exercise of the workbook, found by the name of its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exercise {
    /// Its number.
    pub number: Number,
    /// Its topic, as in the folder's name.
    pub topic: String,
    root: PathBuf,
}

impl Exercise {
    /// Reads `NN-topic`; other names are not those of an exercise.
    pub fn from_folder(root: &Path, name: &str) -> Option<Exercise> {
        let (digits, topic) = name.split_once('-')?;
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if digits.len() != 2 || topic.is_empty() || !topic.bytes().all(plain) {
            return None;
        }
        Some(Exercise {
            number: digits.parse().ok()?,
            topic: topic.to_owned(),
            root: root.to_owned(),
        })
    }

    /// `NN-topic`.
    pub fn folder(&self) -> String {
        format!("{}-{}", self.number, self.topic)
    }

    /// The package that cargo knows it by.
    pub fn package(&self) -> String {
        format!("exercise-{}", self.number)
    }

    /// Its folder.
    pub fn dir(&self) -> PathBuf {
        self.root.join("exercises").join(self.folder())
    }

    /// What the learner edits.
    pub fn src(&self) -> PathBuf {
        self.dir().join("src")
    }

    /// Its hints.
    pub fn hints(&self) -> PathBuf {
        self.dir().join("HINTS.md")
    }

    /// The folder of its solution.
    pub fn solution(&self) -> PathBuf {
        self.root.join("solutions").join(self.folder())
    }

    /// What the learner edits as it came, kept where nobody works: see [`crate::reset`].
    pub fn stub(&self) -> PathBuf {
        self.solution().join("stub")
    }

    /// Its page in the built book.
    pub fn page(&self) -> String {
        let folder = self.root.join("book").join(self.folder());
        if folder.join("README.md").is_file() || folder.join("index.md").is_file() {
            format!("{}/index.html", self.folder())
        } else {
            format!("{}.html", self.folder())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_an_exercise_by_its_name() {
        let found = |name| Exercise::from_folder(Path::new("/w"), name).map(|e| e.folder());
        assert_eq!(found("01-lifecycle").as_deref(), Some("01-lifecycle"));
        assert_eq!(found("04-multi-worker").as_deref(), Some("04-multi-worker"));
        for other in [
            "1-x", "001-x", "01", "01-", "ab-x", "01-X", "01-a b", "+1-x",
        ] {
            assert_eq!(found(other), None, "{other}");
        }
    }

    #[test]
    fn a_number_may_be_given_without_its_zero() {
        assert_eq!("1".parse::<Number>().unwrap().to_string(), "01");
        for wrong in ["", "001", "+1", "-1", "x", "1 "] {
            assert!(wrong.parse::<Number>().is_err(), "{wrong}");
        }
    }
}
