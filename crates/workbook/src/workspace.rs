//! The workbook on disk: where it is, and which exercises it has.

use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};

use crate::exercise::{Exercise, Number};

/// A workbook and the folder that cargo builds it in.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The folder of the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// Where cargo builds, and where verdicts lie.
    pub target: PathBuf,
}

impl Workspace {
    /// Takes the named folder, or the nearest workbook at or above the current one.
    pub fn find(named: Option<&Path>) -> Result<Workspace> {
        let here = env::current_dir().context("could not find out the current folder")?;
        let root = match named {
            Some(named) => {
                let root = here.join(named);
                if !is_workbook(&root) {
                    bail!(
                        "{} is not the folder of the workbook: that one has a Cargo.toml with [workspace], and exercises/",
                        named.display()
                    );
                }
                root
            }
            None => here
                .ancestors()
                .find(|folder| is_workbook(folder))
                .ok_or_else(|| {
                    anyhow!(
                        "no workbook here or above: go to its folder (with Cargo.toml and exercises/), or name it with --root"
                    )
                })?
                .to_owned(),
        };
        // Cargo reads this variable relative to its own current folder, which for a learner is ours.
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(target) if !target.is_empty() => here.join(target),
            _ => root.join("target"),
        };
        Ok(Workspace { root, target })
    }

    /// What `exercises/` holds.
    pub fn survey(&self) -> Result<Survey> {
        let exercises = folders(&self.root, "exercises")?;
        // Every exercise has a solution of the same name, so solutions tell which exercises should be there.
        let solutions = folders(&self.root, "solutions").unwrap_or_default();
        Ok(Survey::new(exercises, &solutions))
    }

    /// The exercise with this number, if it is there and whole.
    pub fn exercise(&self, number: Number) -> Result<Exercise> {
        let survey = self.survey()?;
        if let Some(problem) = survey.problems.iter().find(|p| p.number() == number) {
            bail!("{problem}");
        }
        let Some(exercise) = survey.exercises.iter().find(|e| e.number == number) else {
            let there: Vec<_> = survey
                .exercises
                .iter()
                .map(|e| e.number.to_string())
                .collect();
            if there.is_empty() {
                bail!("there is no exercise {number}: exercises/ has none at all");
            }
            bail!(
                "there is no exercise {number}; there are {}",
                there.join(", ")
            );
        };
        exercise_is_whole(&self.root, exercise)?;
        Ok(exercise.clone())
    }

    /// A path as a person would write it: relative to the workbook, with `/`.
    pub fn shown(&self, path: &Path) -> String {
        let short = path.strip_prefix(&self.root).unwrap_or(path);
        short.display().to_string().replace('\\', "/")
    }
}

/// The exercises that were found, and what is wrong with their folders.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// All that have a folder, by number.
    pub exercises: Vec<Exercise>,
    /// Folders that are missing, renamed or there twice.
    pub problems: Vec<Problem>,
}

/// What can be wrong with the folder of an exercise.
#[derive(Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is a solution and no exercise.
    Missing(Exercise),
    /// The exercise has another name than its solution.
    Renamed {
        /// As it is called.
        found: Exercise,
        /// As it should be called.
        expected: Exercise,
    },
    /// Two folders have the same number.
    Twice(Exercise, Exercise),
}

impl Problem {
    /// The exercise that it is about.
    pub fn number(&self) -> Number {
        match self {
            Problem::Missing(e) | Problem::Renamed { found: e, .. } | Problem::Twice(e, _) => {
                e.number
            }
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Missing(e) => write!(
                f,
                "the folder exercises/{0} is missing: move it back if you moved it; \
                 otherwise `git checkout -- exercises/{0}` brings it back, or a copy from a fresh download of the workbook",
                e.folder()
            ),
            Problem::Renamed { found, expected } => write!(
                f,
                "the folder exercises/{} was renamed: call it exercises/{} again",
                found.folder(),
                expected.folder()
            ),
            Problem::Twice(a, b) => write!(
                f,
                "exercise {} is there twice, as exercises/{} and exercises/{}: move one of them out of exercises/",
                a.number,
                a.folder(),
                b.folder()
            ),
        }
    }
}

impl Survey {
    fn new(mut exercises: Vec<Exercise>, solutions: &[Exercise]) -> Survey {
        exercises.sort_by_key(|e| e.folder());
        let mut problems = Vec::new();
        for pair in exercises.windows(2) {
            if pair[0].number == pair[1].number {
                problems.push(Problem::Twice(pair[0].clone(), pair[1].clone()));
            }
        }
        for expected in solutions {
            let mut found = exercises.iter().filter(|e| e.number == expected.number);
            match (found.next(), found.next()) {
                (None, _) => problems.push(Problem::Missing(expected.clone())),
                (Some(found), None) if found.topic != expected.topic => {
                    problems.push(Problem::Renamed {
                        found: found.clone(),
                        expected: expected.clone(),
                    });
                }
                _ => {}
            }
        }
        problems.sort_by_key(Problem::number);
        exercises.dedup_by_key(|e| e.number);
        Survey {
            exercises,
            problems,
        }
    }
}

fn is_workbook(folder: &Path) -> bool {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    manifest.lines().any(|line| line.trim() == "[workspace]") && folder.join("exercises").is_dir()
}

fn folders(root: &Path, name: &str) -> Result<Vec<Exercise>> {
    let dir = root.join(name);
    let entries = fs::read_dir(&dir).with_context(|| format!("could not list {name}/"))?;
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("could not list {name}/"))?;
        if !entry.path().is_dir() {
            continue;
        }
        if let Some(name) = entry.file_name().to_str() {
            found.extend(Exercise::from_folder(root, name));
        }
    }
    Ok(found)
}

/// A folder can be there and lack what the check needs.
fn exercise_is_whole(root: &Path, exercise: &Exercise) -> Result<()> {
    let needed = ["Cargo.toml", "tests/check.rs"];
    for name in needed {
        let path = exercise.dir().join(name);
        if !path.is_file() {
            let shown = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .display()
                .to_string();
            bail!(
                "{shown} is missing: `git checkout -- {shown}` brings it back, or a copy from a fresh download of the workbook"
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exercises(names: &[&str]) -> Vec<Exercise> {
        let read = |name: &&str| Exercise::from_folder(Path::new("/w"), name).unwrap();
        names.iter().map(read).collect()
    }

    fn problems(there: &[&str], solutions: &[&str]) -> Vec<String> {
        let survey = Survey::new(exercises(there), &exercises(solutions));
        survey.problems.iter().map(Problem::to_string).collect()
    }

    #[test]
    fn a_whole_workbook_has_no_problems() {
        let all = ["02-messages", "01-lifecycle"];
        assert!(problems(&all, &all).is_empty());
    }

    #[test]
    fn a_renamed_folder_is_told_its_name() {
        let said = problems(&["01-cycle"], &["01-lifecycle"]);
        assert_eq!(
            said,
            ["the folder exercises/01-cycle was renamed: call it exercises/01-lifecycle again"]
        );
    }

    #[test]
    fn a_missing_folder_is_named() {
        let said = problems(&["02-messages"], &["01-lifecycle", "02-messages"]);
        assert_eq!(said.len(), 1);
        assert!(said[0].contains("exercises/01-lifecycle is missing"));
    }

    #[test]
    fn a_copy_beside_the_exercise_is_one_problem_and_not_two() {
        let said = problems(&["01-lifecycle", "01-lifecycle-old"], &["01-lifecycle"]);
        assert_eq!(said.len(), 1);
        assert!(said[0].contains("there twice"));
    }
}
