//! The hints of an exercise: three for every step, from `HINTS.md`.

/// The names of the three hints of a step, from the least to the most that is said.
pub const LEVELS: [&str; 3] = ["Nudge", "Rule", "Shape"];

/// The hints for one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The step's number, as in the exercise's README.
    pub number: u8,
    /// What it is about.
    pub title: String,
    /// The hints, in the order of [`LEVELS`], as Markdown.
    pub hints: [String; 3],
}

/// What is wrong with a file of hints, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, as the rest of a sentence.
    pub what: String,
}

/// Reads `## Step N: title` sections with `### Nudge`, `### Rule` and `### Shape` in each.
pub fn parse(text: &str) -> Result<Vec<Step>, Malformed> {
    let mut steps: Vec<Step> = Vec::new();
    // The headings of the current step that were seen, and where the step and the last heading stand.
    let mut seen = 0;
    let mut step_line = 0;
    let mut level_line = 0;
    let mut fence: Option<&str> = None;
    for (index, line) in text.lines().enumerate() {
        let malformed = |what: String| {
            Err(Malformed {
                line: index + 1,
                what,
            })
        };
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|m| line.trim_start().starts_with(m));
        match (fence, mark) {
            (None, Some(_)) => fence = mark,
            (Some(open), Some(close)) if open == close => fence = None,
            _ => {}
        }
        // A `#` inside a listing is not a heading.
        let heading = |marks| match (fence, mark) {
            (None, None) => line.strip_prefix(marks),
            _ => None,
        };
        if let Some(title) = heading("## ") {
            close_step(steps.last(), seen, step_line, level_line)?;
            let expected = steps.len() + 1;
            let Some((number, title)) = step_heading(title) else {
                return malformed(format!(
                    "expected \"## Step {expected}: title\", found \"{}\"",
                    line.trim_end()
                ));
            };
            if usize::from(number) != expected {
                return malformed(format!(
                    "expected step {expected} here, found step {number}"
                ));
            }
            steps.push(Step {
                number,
                title: title.to_owned(),
                hints: Default::default(),
            });
            (seen, step_line, level_line) = (0, index + 1, index + 1);
        } else if let Some(name) = heading("### ") {
            let Some(step) = steps.last() else {
                return malformed("a hint stands before the first \"## Step 1: title\"".to_owned());
            };
            let wanted = LEVELS.get(seen).copied();
            if wanted != Some(name.trim()) {
                return malformed(match wanted {
                    Some(wanted) => format!(
                        "expected \"### {wanted}\" in step {}, found \"{}\"",
                        step.number,
                        line.trim_end()
                    ),
                    None => format!("step {} has more than three hints", step.number),
                });
            }
            close_level(steps.last(), seen, level_line)?;
            seen += 1;
            level_line = index + 1;
        } else if let Some(step) = steps.last_mut() {
            match seen {
                0 if line.trim().is_empty() => {}
                0 => {
                    return malformed(format!(
                        "text before \"### Nudge\" of step {} belongs to no hint",
                        step.number
                    ));
                }
                _ => {
                    step.hints[seen - 1].push_str(line.trim_end());
                    step.hints[seen - 1].push('\n');
                }
            }
        }
    }
    if fence.is_some() {
        return Err(Malformed {
            line: text.lines().count(),
            what: "a listing is not closed".to_owned(),
        });
    }
    if steps.is_empty() {
        return Err(Malformed {
            line: 1,
            what: "there is no \"## Step 1: title\"".to_owned(),
        });
    }
    close_step(steps.last(), seen, step_line, level_line)?;
    for hint in steps.iter_mut().flat_map(|step| &mut step.hints) {
        *hint = hint.trim_matches('\n').to_owned();
    }
    Ok(steps)
}

fn step_heading(text: &str) -> Option<(u8, &str)> {
    let (number, title) = text.strip_prefix("Step ")?.split_once(':')?;
    let title = title.trim();
    (!title.is_empty()).then_some((number.parse().ok()?, title))
}

fn close_step(
    step: Option<&Step>,
    seen: usize,
    step_line: usize,
    level_line: usize,
) -> Result<(), Malformed> {
    let Some(open) = step else { return Ok(()) };
    if let Some(missing) = LEVELS.get(seen) {
        return Err(Malformed {
            line: step_line,
            what: format!("step {} has no \"### {missing}\"", open.number),
        });
    }
    close_level(step, seen, level_line)
}

fn close_level(step: Option<&Step>, seen: usize, line: usize) -> Result<(), Malformed> {
    match step {
        Some(step) if seen > 0 && step.hints[seen - 1].trim().is_empty() => Err(Malformed {
            line,
            what: format!(
                "\"### {}\" of step {} is empty",
                LEVELS[seen - 1],
                step.number
            ),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
# Hints

Read one at a time.

## Step 1: route it

### Nudge
Look at `Router`.

### Rule
```rust
## Step 9: not a heading
```

### Shape
```text
### neither is this
```

## Step 2: accept
### Nudge
a
### Rule
b
### Shape
c
";

    #[test]
    fn steps_and_their_hints_are_read() {
        let steps = parse(GOOD).unwrap();
        assert_eq!(steps.len(), 2);
        assert_eq!(steps[0].title, "route it");
        assert_eq!(steps[0].hints[0], "Look at `Router`.");
        assert_eq!(steps[0].hints[1], "```rust\n## Step 9: not a heading\n```");
        assert_eq!(steps[1].hints, ["a", "b", "c"].map(str::to_owned));
        assert_eq!(parse(&GOOD.replace('\n', "\r\n")).unwrap(), steps);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let said = |text: &str| {
            let Malformed { line, what } = parse(text).unwrap_err();
            format!("{line}: {what}")
        };
        let step = "## Step 1: a\n### Nudge\na\n### Rule\nb\n### Shape\nc\n";
        assert_eq!(said(""), "1: there is no \"## Step 1: title\"");
        assert_eq!(
            said("\n## Schritt 1: a\n"),
            "2: expected \"## Step 1: title\", found \"## Schritt 1: a\""
        );
        assert_eq!(
            said(&format!("{step}## Step 3: b\n")),
            "8: expected step 2 here, found step 3"
        );
        assert_eq!(
            said(&step.replace("Rule", "Rules")),
            "4: expected \"### Rule\" in step 1, found \"### Rules\""
        );
        assert_eq!(
            said(&step.replace("b\n", "")),
            "4: \"### Rule\" of step 1 is empty"
        );
        assert_eq!(
            said(&step.replace("### Shape\nc\n", "")),
            "1: step 1 has no \"### Shape\""
        );
        assert_eq!(
            said(&format!("{step}### More\n")),
            "8: step 1 has more than three hints"
        );
        assert_eq!(
            said("### Nudge\na\n"),
            "1: a hint stands before the first \"## Step 1: title\""
        );
        assert_eq!(
            said(&step.replace("## Step 1: a\n", "## Step 1: a\nprose\n")),
            "2: text before \"### Nudge\" of step 1 belongs to no hint"
        );
        assert_eq!(said(&format!("{step}```\n")), "8: a listing is not closed");
    }
}
