//! Spaced repetition in five boxes: the rules of `book/labs/boxes.js`, to the letter, and the file that both read and write.
//!
//! `book/labs/corpus-cards.json` holds what the two agree on, and both are tested with it.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
    ser::{SerializeMap, SerializeStruct},
};
use serde_json::{Value, ser::PrettyFormatter};

/// How many days a card of each box waits; box 1 is for today.
const WAIT: [u64; 5] = [0, 1, 2, 4, 8];

/// How many cards may be new on one day.
pub const NEW_A_DAY: usize = 15;

/// How well an answer was known, as the person who gave it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// Back into the first box, for today.
    Not,
    /// The same box, tomorrow.
    Almost,
    /// One box up.
    Knew,
}

impl Grade {
    /// In the order of their keys, 1 to 3.
    pub const ALL: [Grade; 3] = [Grade::Not, Grade::Almost, Grade::Knew];

    /// What the page writes on its button.
    pub fn label(self) -> &'static str {
        match self {
            Grade::Not => "not yet",
            Grade::Almost => "almost",
            Grade::Knew => "knew it",
        }
    }
}

/// Where a card is, and since when. Days are text, as `2026-11-24`, and compare as such.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Card {
    /// From 1 to 5.
    #[serde(rename = "box")]
    pub number: usize,
    /// The day on which it was new.
    pub first: String,
    /// The day from which on it is asked.
    pub due: String,
    /// The day of the last answer.
    pub last: String,
}

/// All cards that were ever answered, in the order in which they were first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    cards: Vec<(String, Card)>,
}

/// Why a text is no state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// No JSON at all.
    NoJson,
    /// Something else's JSON.
    Foreign,
    /// One card is damaged; its id.
    Damaged(String),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::NoJson => write!(f, "this is not a file of cards: it holds no JSON"),
            Unreadable::Foreign => write!(f, "this is JSON, but no file of cards of this book"),
            Unreadable::Damaged(id) => write!(f, "the card {id} in this file is damaged"),
        }
    }
}

impl State {
    /// The card of a question, if it was ever answered.
    pub fn card(&self, id: &str) -> Option<&Card> {
        let (_, card) = self.cards.iter().find(|(known, _)| known == id)?;
        Some(card)
    }

    /// How many cards there are.
    pub fn len(&self) -> usize {
        self.cards.len()
    }

    /// Whether nothing was ever answered.
    pub fn is_empty(&self) -> bool {
        self.cards.is_empty()
    }

    /// The cards to ask today: what is due, lowest box first, then new ones up to the day's number; or, `ahead`, all.
    pub fn session(&self, ids: &[&str], today: &str, ahead: Ahead) -> Vec<String> {
        let all = ahead == Ahead::Yes;
        let (seen, new): (Vec<&str>, Vec<&str>) =
            ids.iter().copied().partition(|id| self.card(id).is_some());
        let mut due: Vec<_> = seen
            .iter()
            .filter_map(|id| Some((self.card(id)?, *id)))
            .filter(|(card, _)| all || *card.due <= *today)
            .collect();
        // Equals stay in the order of the book.
        due.sort_by(|(a, _), (b, _)| (a.number, &a.due).cmp(&(b.number, &b.due)));
        let begun = self.cards.iter().filter(|(_, card)| card.first == today);
        let room = match ahead {
            Ahead::Yes => usize::MAX,
            Ahead::No => NEW_A_DAY.saturating_sub(begun.count()),
        };
        let due = due.into_iter().map(|(_, id)| id);
        due.chain(new.into_iter().take(room))
            .map(str::to_owned)
            .collect()
    }

    /// Notes an answer.
    pub fn grade(&mut self, id: &str, grade: Grade, today: &str) {
        let (number, first) = match self.card(id) {
            Some(card) => (card.number, card.first.clone()),
            None => (1, today.to_owned()),
        };
        let number = match grade {
            Grade::Knew => (number + 1).min(WAIT.len()),
            Grade::Almost => number,
            Grade::Not => 1,
        };
        let days = match grade {
            Grade::Almost => 1,
            Grade::Knew | Grade::Not => WAIT[number - 1],
        };
        let card = Card {
            number,
            first,
            due: later(today, days),
            last: today.to_owned(),
        };
        self.put(id, Some(card));
    }

    /// Sets a card, or takes it away.
    pub fn put(&mut self, id: &str, card: Option<Card>) {
        let place = self.cards.iter().position(|(known, _)| known == id);
        match (place, card) {
            (Some(place), Some(card)) => self.cards[place].1 = card,
            (Some(place), None) => drop(self.cards.remove(place)),
            (None, Some(card)) => self.cards.push((id.to_owned(), card)),
            (None, None) => {}
        }
    }

    /// Takes over what another state knows better: of each card, the one that was answered last.
    pub fn merge(&mut self, theirs: &State) {
        for (id, card) in &theirs.cards {
            if self.card(id).is_none_or(|mine| card.last > mine.last) {
                self.put(id, Some(card.clone()));
            }
        }
    }

    /// Reads a file of cards, of the page or of ours.
    pub fn parse(text: &str) -> Result<State, Unreadable> {
        // Some editors open a file with this mark; a browser takes it off as well.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let json: Value = serde_json::from_str(text).map_err(|_| Unreadable::NoJson)?;
        if json["format"].as_f64() != Some(1.0) || !json["cards"].is_object() {
            return Err(Unreadable::Foreign);
        }
        let file: File = serde_json::from_str(text).map_err(|_| Unreadable::Foreign)?;
        let mut state = State::default();
        for (id, card) in file.cards.entries {
            let card = card_of(&card).ok_or_else(|| Unreadable::Damaged(id.clone()))?;
            state.put(&id, Some(card));
        }
        Ok(state)
    }
}

/// Whether cards are asked that are not due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ahead {
    /// All of them.
    Yes,
    /// Only what is due.
    No,
}

/// What "Export" of the page gives, to the byte.
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::new();
        let mut out =
            serde_json::Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b" "));
        self.serialize(&mut out).map_err(|_| fmt::Error)?;
        writeln!(f, "{}", String::from_utf8_lossy(&bytes))
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Cards<'a>(&'a [(String, Card)]);
        impl Serialize for Cards<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(Some(self.0.len()))?;
                for (id, card) in self.0 {
                    map.serialize_entry(id, card)?;
                }
                map.end()
            }
        }
        let mut file = serializer.serialize_struct("State", 2)?;
        file.serialize_field("format", &1)?;
        file.serialize_field("cards", &Cards(&self.cards))?;
        file.end()
    }
}

#[derive(Deserialize)]
struct File {
    cards: Ordered<Value>,
}

/// An object's entries in the order in which they are written.
struct Ordered<T> {
    entries: Vec<(String, T)>,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Ordered<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Ordered { entries })
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

fn card_of(json: &Value) -> Option<Card> {
    let day = |name: &str| json[name].as_str().filter(|text| is_day(text));
    let number = json["box"]
        .as_f64()
        .filter(|number| number.fract() == 0.0)?;
    // The range is checked before the fraction's absence lets it be a whole number.
    let number = (1..=WAIT.len()).find(|whole| *whole as f64 == number)?;
    Some(Card {
        number,
        first: day("first")?.to_owned(),
        due: day("due")?.to_owned(),
        last: day("last")?.to_owned(),
    })
}

/// The shape of a day; whether the calendar has it is of no importance, since days are only compared.
fn is_day(text: &str) -> bool {
    let shape = |(index, byte): (usize, u8)| match index {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    text.len() == 10 && text.bytes().enumerate().all(shape)
}

/// So many days after a day of the calendar.
fn later(today: &str, days: u64) -> String {
    let date = today.parse::<chrono::NaiveDate>().ok();
    date.and_then(|date| date.checked_add_days(chrono::Days::new(days)))
        .map_or_else(|| today.to_owned(), |date| date.to_string())
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    fn corpus(part: &str) -> Vec<Value> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/labs/corpus-cards.json");
        let text = fs::read_to_string(path).expect("the corpus lies in book/labs");
        let corpus: Value = serde_json::from_str(&text).unwrap();
        let cases = corpus[part].as_array().unwrap().clone();
        assert!(cases.len() >= 4, "only {} of {part}", cases.len());
        cases
    }

    fn text(case: &Value, field: &str) -> String {
        case[field].as_str().unwrap().to_owned()
    }

    /// By way of text, since `Value` does not keep the order of cards; nor does it matter but for `written`.
    fn state(case: &Value, field: &str) -> State {
        State::parse(&case[field].to_string()).unwrap()
    }

    /// The same cards, whatever their order.
    fn same(got: &State, expected: &State, case: &Value) {
        let mut sorted = [got.clone(), expected.clone()];
        for state in &mut sorted {
            state.cards.sort_by(|(a, _), (b, _)| a.cmp(b));
        }
        assert_eq!(sorted[0], sorted[1], "{}", case["name"]);
    }

    #[test]
    fn answers_lead_where_the_page_puts_them() {
        for case in corpus("answers") {
            let mut got = state(&case, "state");
            let grade = serde_json::from_value(case["grade"].clone()).unwrap();
            got.grade(&text(&case, "id"), grade, &text(&case, "today"));
            same(&got, &state(&case, "expected"), &case);
        }
    }

    #[test]
    fn a_session_asks_what_the_page_asks() {
        for case in corpus("sessions") {
            let strings = |field: &str| -> Vec<String> {
                serde_json::from_value(case[field].clone()).unwrap()
            };
            let questions = strings("questions");
            let ids: Vec<_> = questions.iter().map(String::as_str).collect();
            let ahead = match case["ahead"].as_bool() {
                Some(true) => Ahead::Yes,
                _ => Ahead::No,
            };
            let got = state(&case, "state").session(&ids, &text(&case, "today"), ahead);
            assert_eq!(got, strings("expected"), "{}", case["name"]);
        }
    }

    #[test]
    fn two_states_become_one_as_on_the_page() {
        for case in corpus("merges") {
            let mut got = state(&case, "mine");
            got.merge(&state(&case, "theirs"));
            same(&got, &state(&case, "expected"), &case);
        }
    }

    #[test]
    fn a_file_is_read_refused_and_written_as_by_the_page() {
        for case in corpus("files") {
            let file = text(&case, "text");
            let got = State::parse(&file);
            let Some(refused) = case["refused"].as_str() else {
                let got = got.unwrap();
                same(&got, &state(&case, "expected"), &case);
                if case["written"] == true {
                    assert_eq!(got.to_string(), file, "{}", case["name"]);
                }
                continue;
            };
            let why = match refused {
                "no JSON" => Unreadable::NoJson,
                "foreign" => Unreadable::Foreign,
                _ => Unreadable::Damaged("q-bad".to_owned()),
            };
            assert_eq!(got, Err(why), "{}", case["name"]);
        }
    }

    #[test]
    fn a_mark_in_front_of_a_file_is_no_part_of_it() {
        assert_eq!(
            State::parse("\u{feff}{\"format\":1,\"cards\":{}}"),
            Ok(State::default())
        );
    }
}
