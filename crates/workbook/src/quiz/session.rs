//! A session as data: who is asked next, what was answered, and what is to be done about it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    bank::Question,
    boxes::{Card, Grade, State},
    text::{self, Link},
};

/// What is still to be asked, and what went before.
#[derive(Debug, Default)]
pub struct Session {
    queue: VecDeque<String>,
    before: Vec<Answered>,
}

/// An answer, with what it takes to take it back.
#[derive(Debug)]
struct Answered {
    id: String,
    grade: Grade,
    card: Option<Card>,
    queue: VecDeque<String>,
}

impl Session {
    /// Asks these, in this order.
    pub fn new(queue: impl IntoIterator<Item = String>) -> Session {
        Session {
            queue: queue.into_iter().collect(),
            before: Vec::new(),
        }
    }

    /// The question to ask.
    pub fn current(&self) -> Option<&str> {
        self.queue.front().map(String::as_str)
    }

    /// How many are still to be asked.
    pub fn to_go(&self) -> usize {
        self.queue.len()
    }

    /// Whether there is something to take back.
    pub fn can_undo(&self) -> bool {
        !self.before.is_empty()
    }

    /// Notes how well the current one was known. What was not known comes once more, after the others.
    pub fn grade(&mut self, state: &mut State, grade: Grade, today: &str) {
        let queue = self.queue.clone();
        let Some(id) = self.queue.pop_front() else {
            return;
        };
        let card = state.card(&id).cloned();
        state.grade(&id, grade, today);
        if grade == Grade::Not {
            self.queue.push_back(id.clone());
        }
        self.before.push(Answered {
            id,
            grade,
            card,
            queue,
        });
    }

    /// Takes the last grade back.
    pub fn undo(&mut self, state: &mut State) {
        if let Some(Answered {
            id, card, queue, ..
        }) = self.before.pop()
        {
            state.put(&id, card);
            self.queue = queue;
        }
    }

    /// The first grade of each question that was answered: a second one has seen the answer.
    pub fn results(&self) -> Vec<(&str, Grade)> {
        let mut results: Vec<(&str, Grade)> = Vec::new();
        for Answered { id, grade, .. } in &self.before {
            if !results.iter().any(|(known, _)| known == id) {
                results.push((id, *grade));
            }
        }
        results
    }
}

/// What is to be read and done again.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Again {
    /// Where the answers that were missed lead to in the book, each place once.
    pub reread: Vec<Link>,
    /// Chapters of which more was not known than was: their exercises are worth doing again.
    pub redo: BTreeSet<String>,
}

/// What follows from the results.
pub fn again(results: &[(&str, Grade)], questions: &[&Question]) -> Again {
    let mut again = Again::default();
    let mut known: BTreeMap<&str, isize> = BTreeMap::new();
    for (id, grade) in results {
        let Some(question) = questions.iter().find(|question| question.id == *id) else {
            continue;
        };
        *known.entry(&question.chapter).or_default() += match grade {
            Grade::Not => -1,
            // What was almost known is a matter of reading.
            Grade::Almost => 0,
            Grade::Knew => 1,
        };
        if *grade == Grade::Knew {
            continue;
        }
        for link in text::links(question.body()) {
            let known = |other: &Link| other.address() == link.address();
            if link.in_book().is_some() && !again.reread.iter().any(known) {
                again.reread.push(link);
            }
        }
    }
    let weak = known.into_iter().filter(|(_, sum)| *sum < 0);
    again.redo = weak.map(|(chapter, _)| chapter.to_owned()).collect();
    again
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quiz::bank::tests::{a_question, parsed};

    const TODAY: &str = "2026-02-27";

    fn session(ids: &[&str]) -> Session {
        Session::new(ids.iter().map(|id| (*id).to_owned()))
    }

    #[test]
    fn what_is_not_known_comes_once_more_after_the_others() {
        let (mut session, mut state) = (session(&["a", "b"]), State::default());
        session.grade(&mut state, Grade::Not, TODAY);
        assert_eq!((session.current(), session.to_go()), (Some("b"), 2));
        session.grade(&mut state, Grade::Knew, TODAY);
        session.grade(&mut state, Grade::Knew, TODAY);
        assert_eq!(session.current(), None);
        assert_eq!(
            session.results(),
            [("a", Grade::Not), ("b", Grade::Knew)],
            "the second answer to a does not count"
        );
    }

    #[test]
    fn a_grade_can_be_taken_back() {
        let (mut session, mut state) = (session(&["a", "b"]), State::default());
        state.grade("b", Grade::Knew, "2026-02-01");
        let before = state.clone();
        session.grade(&mut state, Grade::Not, TODAY);
        session.grade(&mut state, Grade::Not, TODAY);
        session.undo(&mut state);
        assert_eq!(session.current(), Some("b"));
        session.undo(&mut state);
        assert_eq!((session.current(), session.to_go()), (Some("a"), 2));
        assert!(!session.can_undo());
        assert_eq!(state, before);
        session.undo(&mut state);
        assert_eq!(state, before);
    }

    #[test]
    fn what_was_missed_is_reread_and_where_less_was_known_than_not_the_exercise_is_done_again() {
        let texts = [
            a_question("q-a", "01", "senior"),
            a_question("q-b", "02", "senior").replace("01-one.html#proof", "02-two.md#here"),
            a_question("q-c", "03", "senior").replace("01-one.html#proof", "03-three.html#there"),
            a_question("q-d", "01", "senior").replace("01-one.html#proof", "01-one.html"),
            a_question("q-e", "03", "senior").replace("01-one.html#proof", "03-three.html#there"),
        ];
        let questions: Vec<_> = texts.iter().map(|text| parsed(text)).collect();
        let questions: Vec<_> = questions.iter().collect();
        let results = [
            ("q-a", Grade::Not),
            ("q-b", Grade::Almost),
            ("q-c", Grade::Knew),
            ("q-d", Grade::Not),
            ("q-e", Grade::Not),
            ("q-gone", Grade::Not),
        ];
        let link = |href: &str| Link {
            text: "A page".to_owned(),
            href: href.to_owned(),
        };
        assert_eq!(
            again(&results, &questions),
            Again {
                reread: vec![
                    link("01-one.html#proof"),
                    link("02-two.md#here"),
                    link("01-one.html"),
                    link("03-three.html#there"),
                ],
                redo: ["01".to_owned()].into(),
            }
        );
    }
}
