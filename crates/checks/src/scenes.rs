//! What the conversations of several chapters begin with, and how they sum up who heard what.

use transcript::{Client, Payload};

use crate::stage::Stage;

impl Stage {
    /// Clients of these names.
    pub(crate) fn people<const N: usize>(&self, names: [&str; N]) -> [Client; N] {
        names.map(|name| self.client(name))
    }

    /// Many clients who are not in the transcript.
    pub(crate) fn crowd(&self, size: usize) -> Vec<Client> {
        let clients: Vec<_> = (0..size)
            .map(|n| self.client(&format!("guest-{n}")))
            .collect();
        clients.iter().for_each(Client::hide);
        clients
    }

    /// Alice says a1 to a20 and bob says b1 to b20, at once.
    pub(crate) async fn two_talk(&self, alice: &Client, bob: &Client) {
        self.at_once(async || {
            alice.burst((1..=20).map(|n| format!("a{n}"))).await;
            bob.burst((1..=20).map(|n| format!("b{n}"))).await;
        })
        .await;
    }
}

/// The two who talk at once, and what everybody should hear of each.
pub(crate) fn talk_of_two() -> [(&'static str, Vec<Payload>); 2] {
    [("alice", 'a'), ("bob", 'b')].map(|(who, letter)| {
        let said = (1..=20).map(|n| Payload::text(&format!("{who}: {letter}{n}")));
        (who, said.collect())
    })
}

/// Whether somebody heard all of both, each speaker's in order. Whose came first is open.
pub(crate) fn in_order(heard: &[Payload]) -> bool {
    talk_of_two().iter().all(|(who, said)| {
        let of_them = heard.iter().filter(|text| text.to_string().contains(who));
        of_them.eq(said)
    })
}

/// Whether it was the order in which alice heard it, in words.
pub(crate) fn like_alice(heard: &[Payload], alice: &[Payload]) -> &'static str {
    match heard == alice {
        true => "as alice heard them",
        false => "in another order than alice",
    }
}
