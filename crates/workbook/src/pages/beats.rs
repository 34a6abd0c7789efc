//! Heartbeats of clients that nothing else happens to: a few of them are worth seeing, and hundreds are not.

use transcript::{Entry, Event, Gap, Line, Message, Received, Remark, SERVER, Sent};

/// How many rounds stay at either end.
const KEPT: usize = 3;

/// A conversation without most of the pings in which nothing else happened.
pub struct Folded {
    /// What is left of it.
    pub lines: Vec<Line>,
    /// For each line that there was, where it is now.
    places: Vec<Option<usize>>,
}

impl Folded {
    /// Where this line is now, if it is.
    pub fn place(&self, line: usize) -> Option<usize> {
        self.places.get(line).copied().flatten()
    }
}

/// Puts one line in place of the rounds in the middle of a long silence. A round is what happens at one moment.
pub fn fold(lines: &[Line]) -> Folded {
    let mut rounds: Vec<usize> = (0..lines.len())
        .filter(|&i| i == 0 || matches!(lines[i], Line::Gap(_)))
        .collect();
    rounds.push(lines.len());
    let beats: Vec<bool> = rounds
        .windows(2)
        .map(|ends| is_beat(&lines[ends[0]..ends[1]]))
        .collect();
    let mut folded = Folded {
        lines: vec![],
        places: vec![None; lines.len()],
    };
    let mut round = 0;
    while round < beats.len() {
        let silence = beats[round..].iter().take_while(|beat| **beat).count();
        if silence > 2 * KEPT + 1 {
            folded.keep(lines, rounds[round]..rounds[round + KEPT]);
            let end = round + silence - KEPT;
            folded.sum_up(&lines[rounds[round + KEPT]..rounds[end]]);
            folded.keep(lines, rounds[end]..rounds[end + KEPT]);
            round += silence;
        } else {
            let next = round + silence.max(1);
            folded.keep(lines, rounds[round]..rounds[next]);
            round = next;
        }
    }
    folded
}

impl Folded {
    fn keep(&mut self, lines: &[Line], range: std::ops::Range<usize>) {
        for i in range {
            self.places[i] = Some(self.lines.len());
            self.lines.push(lines[i].clone());
        }
    }

    fn sum_up(&mut self, lines: &[Line]) {
        let tenths = lines.iter().map(|line| match line {
            Line::Gap(gap) => gap.tenths,
            Line::Event(_) => 0,
        });
        let tenths = tenths.sum();
        let pings = lines.iter().filter(|line| is_ping(line)).count();
        let text = format!("{pings} more pings, and nothing else");
        let event = Event::Remark(Remark { text });
        self.lines.push(Line::Gap(Gap { tenths }));
        self.lines.push(Line::Event(Entry {
            name: SERVER.into(),
            event,
        }));
    }
}

/// Time, and after it pings of the server's and what clients answer.
fn is_beat(lines: &[Line]) -> bool {
    let [Line::Gap(_), events @ ..] = lines else {
        return false;
    };
    let pong = |line: &Line| {
        let Line::Event(Entry { event, .. }) = line else {
            return false;
        };
        matches!(event, Event::Sent(Sent::Message(Message::Pong { .. })))
    };
    !events.is_empty() && events.iter().all(|line| is_ping(line) || pong(line))
}

fn is_ping(line: &Line) -> bool {
    let Line::Event(Entry { event, .. }) = line else {
        return false;
    };
    matches!(
        event,
        Event::Received(Received::Message(Message::Ping { .. }))
    )
}

#[cfg(test)]
mod tests {
    use transcript::Transcript;

    use super::*;

    fn folds(text: &str) -> (String, Folded) {
        let read: Transcript = text.parse().unwrap();
        let folded = fold(&read.lines);
        let lines = folded.lines.clone();
        (Transcript { lines }.to_string(), folded)
    }

    #[test]
    fn a_long_silence_is_summed_up() {
        let begin = "alice  → GET / upgrade\nalice  ← 101 switching protocols\n";
        let round = "+5s\nalice  ← ping\nalice  → pong\n";
        let end = "+1s\nalice  → text \"hello\"\n";
        let text = format!("{begin}{}{end}", round.repeat(20));
        let (said, folded) = folds(&text);
        let three = round.repeat(3);
        let middle = "+70s\nserver · 14 more pings, and nothing else\n";
        assert_eq!(said, format!("{begin}{three}{middle}{three}{end}"));
        // The last line is where it stands, and one in the middle nowhere.
        assert_eq!(folded.place(2 + 60), Some(2 + 9 + 2 + 9));
        assert_eq!(folded.place(2 + 30), None);
    }

    #[test]
    fn whatever_else_happens_stays() {
        let round = "+5s\nalice ← ping\nalice → pong\n";
        for text in [
            String::new(),
            "alice → ping\n".into(),
            round.repeat(7),
            format!("{}alice → text \"hello\"\n", round).repeat(9),
            "+5s\nalice ← text \"tick\"\n".repeat(9),
            "+5s\nalice → ping\nalice ← pong\n".repeat(9),
            format!("{}+5s\nalice ← close 1011\n", round.repeat(6)),
        ] {
            assert_eq!(folds(&text).0, text);
        }
    }
}
