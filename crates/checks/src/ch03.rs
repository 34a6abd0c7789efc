//! Chapter 03, the connection manager: a chat in which nobody waits for anybody.

use std::{collections::BTreeSet, time::Duration};

use transcript::{Client, Payload};

use crate::{
    chapter::{Chapter, Conversation, Mistake, conversations},
    scenes::{in_order, like_alice, talk_of_two},
    stage::Stage,
};

/// The suite of chapter 03.
pub static CHAPTER: Chapter = Chapter {
    number: "03",
    topic: "connection-manager",
    conversations: conversations![
        1 nobody_is_in "nobody is in",
        2 a_newcomer_is_announced "a newcomer is announced, to itself as well",
        2 members_are_listed_by_name "members are listed by name",
        2 a_name_that_is_taken_is_refused "a name that is taken is refused",
        2 of_eight_who_want_a_name_one_gets_it "of eight who want a name, one gets it",
        3 everyone_hears_what_is_said "everyone hears what is said, the speaker as well",
        3 only_text_is_said "only text is said",
        3 all_hear_the_same_order "all hear the same order",
        3 a_crowd_hears_a_message_once "a crowd hears a message once",
        4 a_clean_leaving_is_announced "a clean leaving is announced",
        4 a_reset_is_announced "a reset is announced",
        4 a_silent_end_is_announced "a silent end is announced",
        4 a_name_is_free_again "a name is free again",
        4 a_death_in_mid_message_costs_nobody_else "a death in mid-message costs nobody else anything",
        4 thirty_who_leave_at_once_leave_once_each "thirty who leave at once leave once each",
        5 who_falls_behind_can_catch_up "who falls behind can catch up",
        5 who_stops_reading_delays_nobody "who stops reading delays nobody",
        5 who_was_put_out_is_not_heard "who was put out is not heard",
        5 who_was_put_out_is_cut_off "who was put out is cut off",
        5 who_was_put_out_and_reads_again_is_cut_off "who was put out and reads again is cut off as well",
        5 who_was_put_out_leaves_once "who was put out leaves once, and takes no namesake along",
        6 a_burst_puts_nobody_out "a burst puts nobody out",
    ],
    only_here: &[],
    not_played: &[
        "each call of `app()` has a room of its own: is anything in yours a `static`?",
        "a message for a thousand members is encoded once: how often does yours make its text?",
        "several threads: what promises the order of messages, and the turn of every writer, when there are more than one?",
    ],
    mistakes: MISTAKES,
};

/// The same as `a_crowd_hears_a_message_once`, with a thousand members. Half a million notices of arrivals take longer in a debug build than a
/// learner should wait for, so the solution's own tests play it.
pub static A_THOUSAND: Conversation = Conversation {
    name: "a_thousand_hear_a_message_once",
    title: "a thousand hear a message once",
    step: 3,
    script: |stage| Box::pin(crowd_of(stage, 1000)),
};

/// After this whoever was put out has no connection any more: the exercise promises ten seconds.
const GRACE: Duration = Duration::from_secs(11);
/// How many may come at once: their notices have to fit into a queue of 64, for a server that has not learned to give way.
const PARTY: usize = 30;

async fn nobody_is_in(stage: &Stage) {
    let probe = stage.client("probe");
    probe.get("/members").await;
}

async fn a_newcomer_is_announced(stage: &Stage) {
    let [alice, bob] = stage.people(["alice", "bob"]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
}

async fn members_are_listed_by_name(stage: &Stage) {
    let [probe] = stage.people(["probe"]);
    // So many that no other order is this one by accident.
    let names = [
        "dora", "alice", "hugo", "bob", "emil", "gina", "carol", "frank",
    ];
    probe.remark("eight come in, in no order of their names");
    for (one, name) in stage.crowd(names.len()).iter().zip(names) {
        enter(one, name).await;
    }
    probe.get("/members").await;
}

async fn a_name_that_is_taken_is_refused(stage: &Stage) {
    let [alice, other, probe] = stage.people(["alice", "other", "probe"]);
    enter(&alice, "alice").await;
    // Nobody should close here; what comes after a Close differs from server to server, and is not the point.
    other.hang_up_at_close();
    enter(&other, "alice").await;
    probe.get("/members").await;
}

async fn of_eight_who_want_a_name_one_gets_it(stage: &Stage) {
    let [alice, probe] = stage.people(["alice", "probe"]);
    enter(&alice, "alice").await;
    let eight = stage.crowd(8);
    probe.remark("eight ask for the name bob at once");
    stage
        .at_once(async || {
            for one in &eight {
                enter(one, "bob").await;
            }
        })
        .await;
    // Which of them was the fastest is nobody's promise.
    let with = |status| {
        eight
            .iter()
            .filter(|one| one.last_status() == Some(status))
            .count()
    };
    probe.remark(&format!(
        "{} of them got in, {} were refused with 409",
        with(101),
        with(409)
    ));
    probe.get("/members").await;
}

async fn everyone_hears_what_is_said(stage: &Stage) {
    let [alice, bob, carol] = stage.people(["alice", "bob", "carol"]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    enter(&carol, "carol").await;
    alice.text("hello").await;
    // As it was said, and also when that is nothing.
    carol.text("  hello, alice ").await;
    bob.text("").await;
}

async fn only_text_is_said(stage: &Stage) {
    let [alice, bob] = stage.people(["alice", "bob"]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    alice.binary(*b"hello").await;
    alice.ping("hello?").await;
    alice.text("hello!").await;
}

async fn all_hear_the_same_order(stage: &Stage) {
    let [alice, bob, carol] = stage.people(["alice", "bob", "carol"]);
    let all = [&alice, &bob, &carol];
    for (one, name) in all.iter().zip(["alice", "bob", "carol"]) {
        enter(one, name).await;
    }
    for one in all {
        one.gather();
        // What becomes of somebody who is put out is open, and nobody should be.
        one.hide();
    }
    alice.remark("says a1 to a20, and bob says b1 to b20, at once");
    stage.two_talk(&alice, &bob).await;
    // That everyone has them in one order is not open.
    let heard = all.map(|one| one.take_gathered());
    for (one, its) in all.iter().zip(&heard) {
        let heard_all = || {
            let mut said = talk_of_two().into_iter().flat_map(|(_, said)| said);
            said.all(|text| its.contains(&text))
        };
        let what = if in_order(its) {
            "all 40 messages, each speaker's in order"
        } else if heard_all() {
            "all 40 messages, not each speaker's in order"
        } else {
            "only some of the 40 messages"
        };
        let like = like_alice(its, &heard[0]);
        one.remark(&format!("heard {what}, {like}"));
    }
}

async fn a_crowd_hears_a_message_once(stage: &Stage) {
    crowd_of(stage, 100).await;
}

async fn crowd_of(stage: &Stage, size: usize) {
    let [alice, probe] = stage.people(["alice", "probe"]);
    let crowd = stage.crowd(size - 1);
    probe.remark("a crowd comes in");
    for (number, party) in crowd.chunks(PARTY).enumerate() {
        stage
            .at_once(async || {
                for (seat, one) in party.iter().enumerate() {
                    enter(one, &format!("guest-{number}-{seat}")).await;
                }
            })
            .await;
    }
    enter(&alice, "alice").await;
    crowd.iter().for_each(Client::gather);
    alice.text("hello, all of you").await;
    let hello = [Payload::text("alice: hello, all of you")];
    let deaf = crowd
        .iter()
        .filter(|one| one.take_gathered() != hello)
        .count();
    probe.remark(&match deaf {
        0 => "each of the crowd heard it once".into(),
        deaf => format!(
            "{deaf} of {} in the crowd heard something else",
            crowd.len()
        ),
    });
}

async fn a_clean_leaving_is_announced(stage: &Stage) {
    let [alice, bob, probe] = stage.people(["alice", "bob", "probe"]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    bob.close(1000, "").await;
    probe.get("/members").await;
}

async fn a_reset_is_announced(stage: &Stage) {
    let [alice, bob, probe] = stage.people(["alice", "bob", "probe"]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    bob.reset().await;
    probe.get("/members").await;
}

async fn a_silent_end_is_announced(stage: &Stage) {
    let [alice, bob, probe] = stage.people(["alice", "bob", "probe"]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    bob.vanish().await;
    probe.get("/members").await;
}

async fn a_name_is_free_again(stage: &Stage) {
    let [alice, bob, probe] = stage.people(["alice", "bob", "probe"]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    bob.vanish().await;
    enter(&bob, "bob").await;
    bob.text("I am back").await;
    probe.get("/members").await;
}

async fn a_death_in_mid_message_costs_nobody_else(stage: &Stage) {
    let [alice, bob, carol] = stage.people(["alice", "bob", "carol"]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    enter(&carol, "carol").await;
    alice.gather();
    carol.gather();
    stage
        .at_once(async || {
            alice.text("is everybody there?").await;
            bob.reset().await;
        })
        .await;
    // Which of the two came first is open.
    alice.remark(&whatever_the_order(&alice));
    carol.remark(&whatever_the_order(&carol));
}

async fn thirty_who_leave_at_once_leave_once_each(stage: &Stage) {
    let [alice, probe] = stage.people(["alice", "probe"]);
    enter(&alice, "alice").await;
    let thirty = stage.crowd(PARTY);
    alice.gather();
    probe.remark("thirty come, and leave all at once");
    stage
        .at_once(async || {
            for (seat, one) in thirty.iter().enumerate() {
                enter(one, &format!("guest-{seat}")).await;
            }
        })
        .await;
    alice.take_gathered();
    alice.gather();
    stage
        .at_once(async || {
            for one in &thirty {
                one.reset().await;
            }
        })
        .await;
    let heard = alice.take_gathered();
    let each: BTreeSet<_> = heard.iter().map(Payload::to_string).collect();
    alice.remark(&format!(
        "heard {} notices, of {} who left",
        heard.len(),
        each.len()
    ));
    probe.get("/members").await;
    alice.text("so quiet").await;
}

async fn who_falls_behind_can_catch_up(stage: &Stage) {
    let [alice, bob] = stage.people(["alice", "bob"]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    alice.gather();
    bob.gather();
    bob.stop_reading().await;
    // In memory the connection takes the first, and the second is in the hands of the writer, or waits as the first of 64.
    let mut said = speech(2, 40_000);
    said.extend((1..=63).map(|n| n.to_string()));
    alice.remark("says two long messages and 63 short ones, with pauses");
    alice.hide();
    let (long, short) = said.split_at(2);
    for part in long.chunks(1).chain(short.chunks(PARTY)) {
        alice.burst(part).await;
    }
    alice.show_itself();
    account(&alice, "alice", &said);
    // What becomes of somebody who is put out is open, and he should not be.
    bob.remark("reads again");
    bob.hide();
    bob.read_again().await;
    bob.show_itself();
    account(&bob, "alice", &said);
    bob.text("here I am").await;
}

async fn who_stops_reading_delays_nobody(stage: &Stage) {
    let [alice, bob, carol, probe] = stage.people(["alice", "bob", "carol", "probe"]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    enter(&carol, "carol").await;
    alice.gather();
    carol.gather();
    bob.stop_reading().await;
    let said = talk_on(stage, &alice).await;
    account(&alice, "alice", &said);
    account(&carol, "alice", &said);
    carol.text("I heard every word").await;
    probe.get("/members").await;
}

async fn who_was_put_out_is_not_heard(stage: &Stage) {
    let [alice, bob] = stage.people(["alice", "bob"]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    alice.gather();
    bob.stop_reading().await;
    let said = talk_on(stage, &alice).await;
    account(&alice, "alice", &said);
    bob.text("can you hear me?").await;
    alice.text("he is gone").await;
}

async fn who_was_put_out_is_cut_off(stage: &Stage) {
    let [alice, bob] = stage.people(["alice", "bob"]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    alice.gather();
    bob.stop_reading().await;
    let said = talk_on(stage, &alice).await;
    account(&alice, "alice", &said);
    stage.advance(GRACE).await;
    // How much of it he still gets to read, and whether a Close is behind it, is open.
    bob.remark("reads again");
    bob.hide();
    bob.gather();
    bob.read_again().await;
    // Where the connection was over, no more comes out of it than it takes in memory: one of the long messages, and a part of the next.
    let waited = stage.is_here() && bob.take_gathered().len() > 2;
    bob.remark(match bob.is_connected() {
        true => "is still connected",
        false if waited => "is sent all the rest: his connection had waited for him",
        false => "finds his connection closed",
    });
}

async fn who_was_put_out_and_reads_again_is_cut_off(stage: &Stage) {
    let [alice, bob, probe] = stage.people(["alice", "bob", "probe"]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    alice.gather();
    bob.stop_reading().await;
    let said = talk_on(stage, &alice).await;
    account(&alice, "alice", &said);
    bob.remark("reads again, and answers no Close");
    bob.hide();
    bob.gather();
    bob.read_again().await;
    stage.advance(GRACE).await;
    bob.remark(match bob.is_connected() {
        true => "is still connected",
        false => "finds his connection closed",
    });
    probe.get("/members").await;
}

async fn who_was_put_out_leaves_once(stage: &Stage) {
    let [alice, bob, namesake, probe] = stage.people(["alice", "bob", "namesake", "probe"]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    alice.gather();
    bob.stop_reading().await;
    let said = talk_on(stage, &alice).await;
    account(&alice, "alice", &said);
    enter(&namesake, "bob").await;
    bob.reset().await;
    stage.advance(GRACE).await;
    namesake.text("I am another bob").await;
    probe.get("/members").await;
}

async fn a_burst_puts_nobody_out(stage: &Stage) {
    let [alice, bob, carol, probe] = stage.people(["alice", "bob", "carol", "probe"]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    enter(&carol, "carol").await;
    let said: Vec<_> = (1..=500).map(|n| n.to_string()).collect();
    alice.remark("says 500 short messages at once");
    for one in [&alice, &bob, &carol] {
        one.gather();
        // What becomes of somebody who is put out is open, and nobody should be.
        one.hide();
    }
    alice.burst(&said).await;
    for one in [&alice, &bob, &carol] {
        account(one, "alice", &said);
    }
    probe.get("/members").await;
}

async fn enter(client: &Client, name: &str) {
    client.connect(&format!("/ws/chat/{name}")).await;
}

/// Texts of this length that are all different.
fn speech(count: usize, length: usize) -> Vec<String> {
    (1..=count).map(|n| format!("{n:.<length$}")).collect()
}

/// Says more than a connection without a reader and a queue of 64 can hold, with pauses in which everybody who reads can keep up.
async fn talk_on(stage: &Stage, speaker: &Client) -> Vec<String> {
    // First what fills the connection. In memory it takes 64 KiB on the way, and twice as much in buffers of the server's.
    let long = if stage.is_here() { 4 } else { 200 };
    let mut said = speech(long, 60_000);
    // Then what fills a queue of 64, and the hands of a writer that took as many out of it; and then some.
    said.extend((1..=200).map(|n| n.to_string()));
    speaker.remark("says far more than fits into a queue, with pauses");
    speaker.hide();
    for part in said.chunks(PARTY) {
        speaker.burst(part).await;
    }
    speaker.show_itself();
    said
}

/// Says in one line which of these messages a client has heard since it gathers, and what else.
///
/// Where they break off depends on sizes of buffers and on who comes before whom, so that is not said.
fn account(client: &Client, speaker: &str, said: &[String]) {
    let heard = client.take_gathered();
    let said: Vec<_> = said
        .iter()
        .map(|text| Payload::text(&format!("{speaker}: {text}")))
        .collect();
    let theirs = |text: &Payload| text.to_string().starts_with(&format!("\"{speaker}: "));
    let (messages, others): (Vec<_>, Vec<_>) = heard.into_iter().partition(theirs);
    let mut rest = said.iter();
    let messages = if messages == said {
        "heard every message, in order"
    } else if messages.is_empty() {
        "heard no message"
    } else if said.starts_with(&messages) {
        "heard only the beginning"
    } else if messages.iter().all(|text| rest.any(|next| next == text)) {
        "heard some messages, with gaps between them"
    } else {
        "heard messages twice, or out of order"
    };
    let others: Vec<_> = others.iter().map(Payload::to_string).collect();
    let others = match others.is_empty() {
        true => "nothing else".into(),
        false => others.join(", "),
    };
    client.remark(&format!("{messages}, and {others}"));
}

/// What a client has heard since it gathers, sorted.
fn whatever_the_order(client: &Client) -> String {
    let mut heard: Vec<_> = client
        .take_gathered()
        .iter()
        .map(Payload::to_string)
        .collect();
    heard.sort();
    format!("heard, in whatever order: {}", heard.join(", "))
}

const MISTAKES: &[Mistake] = &[
    Mistake {
        name: "never_flushes",
        title: "never flushing",
        conversation: "a_newcomer_is_announced",
        why: "The handshake succeeds, and then nothing is heard: what you write stays in a buffer, because `feed` only puts it there, or nobody \
              takes it out of the queue. `flush` after the last `feed`, or use `send`, which does both.",
        read: "03-connection-manager.html#never-flushing",
        tell: &[],
    },
    Mistake {
        name: "announces_before_inserting",
        title: "announcing before inserting",
        conversation: "a_newcomer_is_announced",
        why: "You tell everyone of the newcomer, and put it into the room afterwards: it misses its own arrival, and whatever is said between the two steps. \
              Insert first, then announce, under one lock.",
        read: "03-connection-manager.html#announcing-before-inserting",
        tell: &[],
    },
    Mistake {
        name: "overwrites_a_place",
        title: "putting somebody in another's place",
        conversation: "a_name_that_is_taken_is_refused",
        why: "The name was taken, and the second one who asks for it is let in: `insert` into a map puts one in the other's place without a \
              word. Look whether the name is there and insert under one lock, and answer 409 when it is.",
        read: "03-connection-manager.html#putting-somebody-in-anothers-place",
        tell: &[],
    },
    Mistake {
        name: "refuses_after_the_upgrade",
        title: "refusing after the upgrade",
        conversation: "a_name_that_is_taken_is_refused",
        why: "Whoever comes under a name that is taken gets `101` first, and is sent away after that, because the name is looked at, or taken, only in the callback: the client saw `open`, and believes that it is in. \
              Until the handshake is answered you are in HTTP: return `StatusCode::CONFLICT` instead of `on_upgrade(…)`.",
        read: "03-connection-manager.html#refusing-after-the-upgrade",
        tell: &[],
    },
    Mistake {
        name: "checks_then_inserts",
        title: "checking first, and inserting later",
        conversation: "of_eight_who_want_a_name_one_gets_it",
        why: "More than one got the name: you ask whether it is free in one step and take it in another, in the callback perhaps, and whoever asks in \
              between gets the same answer. Check and insert under one lock, before `on_upgrade`.",
        read: "03-connection-manager.html#checking-first-and-inserting-later",
        tell: &[],
    },
    Mistake {
        name: "text_only_loop",
        title: "a loop that only takes text",
        conversation: "only_text_is_said",
        why: "A message that is no text ends the conversation: your loop is `while let Some(Ok(Message::Text(…)))`, or an arm for the rest \
              leaves it. Pings, pongs, Closes and binary come out of the same stream. Go on until `None` or an error, and match on the kind \
              inside.",
        read: "03-connection-manager.html#a-loop-that-only-takes-text",
        tell: &[],
    },
    Mistake {
        name: "speaks_binary",
        title: "speaking binary",
        conversation: "only_text_is_said",
        why: "Binary was passed on as if it had been said: `into_text` makes text of every kind of message whose bytes happen to be UTF-8. The \
              sender chose the kind; match on `Message::Text`, and let the others be.",
        read: "03-connection-manager.html#speaking-binary",
        tell: &[],
    },
    Mistake {
        name: "echoes_to_itself_first",
        title: "echoing to oneself first",
        conversation: "all_hear_the_same_order",
        why: "The speaker gets its own words at once, the others get them by another way: when two speak at the same time, each sees its own message first, \
              and no two screens agree. Send the speaker its copy from the same place and in the same turn as all the others.",
        read: "03-connection-manager.html#echoing-to-oneself-first",
        tell: &[],
    },
    Mistake {
        name: "leaves_at_close",
        title: "leaving at Close",
        conversation: "a_clean_leaving_is_announced",
        why: "You leave at the Close that you receive. The answer to it is made by the library, and goes out when you read on, so that nobody \
              sends it, and the client sees 1006. Do nothing at a Close, and go on until `None` (chapter 01).",
        read: "03-connection-manager.html#leaving-at-close",
        tell: &[],
    },
    Mistake {
        name: "leaves_only_at_close",
        title: "leaving only at Close",
        conversation: "a_reset_is_announced",
        why: "You say `left` when a Close arrives, and most members leave without one: a reset, a phone in a tunnel, a killed tab. They stay on the list, and \
              their names are taken for ever. Leave in the `Drop` of a guard that the connection's task owns.",
        read: "03-connection-manager.html#leaving-only-at-close",
        tell: &[],
    },
    Mistake {
        name: "removes_by_name",
        title: "removing by name",
        conversation: "who_was_put_out_leaves_once",
        why: "A connection that ends late removes whoever has its name by then: the member who came back. A name says who somebody is called, not which connection \
              it is. Give each connection an identity of its own, and remove only when the place still holds it.",
        read: "03-connection-manager.html#removing-by-name",
        tell: &["remove(&self.name).is_some()"],
    },
    Mistake {
        name: "leaves_twice",
        title: "leaving twice",
        conversation: "who_was_put_out_leaves_once",
        why: "Somebody who was put out is announced as leaving, and once more when its connection ends. Two places can find out that a member is gone, so \
              leaving has to be idempotent: announce it only when there was a place to remove, and that place was its own.",
        read: "03-connection-manager.html#leaving-twice",
        tell: &[],
    },
    Mistake {
        name: "left_at_close_and_again",
        title: "leaving twice",
        conversation: "a_clean_leaving_is_announced",
        why: "Somebody who closed is announced as leaving, and once more when its connection ends: at the Close and in a `Drop`, or in two \
              tasks. Leaving has to be idempotent: announce it only when there was a place to remove, and that place was its own.",
        read: "03-connection-manager.html#leaving-twice",
        tell: &[],
    },
    Mistake {
        name: "stops_at_the_first_dead",
        title: "stopping at the first dead member",
        conversation: "who_stops_reading_delays_nobody",
        why: "A failed send leaves your loop over the members, by a `?`, a `return` or a `break`: everybody behind the one who failed hears nothing any more. \
              A failure is about one member: note it, finish the loop, then put that member out.",
        read: "03-connection-manager.html#stopping-at-the-first-dead-member",
        tell: &[],
    },
    Mistake {
        name: "breaks_at_the_first_dead",
        title: "stopping at the first dead member",
        conversation: "who_stops_reading_delays_nobody",
        why: "The one who failed is put out, and everybody behind it has missed that message: a `break` or a `return` ends your loop over the \
              members at the first failure. A failure is about one member: note it, finish the loop, then put that member out.",
        read: "03-connection-manager.html#stopping-at-the-first-dead-member",
        tell: &[],
    },
    Mistake {
        name: "lock_across_await",
        title: "holding the lock across an await",
        conversation: "who_stops_reading_delays_nobody",
        why: "You hold the room's lock while you send. A send to a peer that does not read never returns, so neither does the lock: nobody speaks, enters, leaves, or \
              is listed any more. Under the lock only put messages into queues, which never waits; let a task of each member's own do the sending.",
        read: "03-connection-manager.html#holding-the-lock-across-an-await",
        tell: &[],
    },
    Mistake {
        name: "awaits_each_member",
        title: "awaiting one member after the other",
        conversation: "who_stops_reading_delays_nobody",
        why: "You await each member's send before the next one's. The first peer that does not read holds up everybody behind it, and the speaker with them. \
              Put the message into a bounded queue of each member with `try_send`; let a task of each member's own do the sending.",
        read: "03-connection-manager.html#awaiting-one-member-after-the-other",
        tell: &[],
    },
    Mistake {
        name: "a_full_queue_is_ignored",
        title: "not there yet: a full queue has no consequences",
        conversation: "who_stops_reading_delays_nobody",
        why: "Somebody who does not read stays a member: `try_send` says that there is no room, and nobody looks (`let _ = …`), or the queue is \
              so long that it never says so. Whoever has 64 messages waiting and gets one more is put out: collect those for whom `try_send` \
              fails, take them out after the loop, and announce it.",
        read: "03-connection-manager.html#a-full-queue-that-is-ignored",
        tell: &[],
    },
    Mistake {
        name: "task_per_send",
        title: "a task for every send",
        conversation: "who_stops_reading_delays_nobody",
        why: "You spawn a task for every message to every member. Nobody waits, but behind a peer that does not read the tasks pile up without a limit, and on more \
              than one thread they overtake each other. One task and one bounded queue for each member keep both order and memory.",
        read: "03-connection-manager.html#a-task-for-every-send",
        tell: &["tokio::spawn(asyncmove{sink"],
    },
    Mistake {
        name: "unbounded_queue",
        title: "a queue without a bound",
        conversation: "who_stops_reading_delays_nobody",
        why: "Your queue always has room, so a peer that does not read is never found out: it is sent everything for ever, and your memory pays. \
              Use `mpsc::channel(64)` and `try_send`, and decide what becomes of somebody whose queue is full.",
        read: "03-connection-manager.html#a-queue-without-a-bound",
        tell: &["unbounded_channel("],
    },
    Mistake {
        name: "queue_of_8",
        title: "a queue that is too short",
        conversation: "who_falls_behind_can_catch_up",
        why: "Your queue holds fewer messages than may come before its writer has a turn: members who read are put out with those who do not. The bound has to \
              absorb a moment of bad luck; here 64 messages may wait.",
        read: "03-connection-manager.html#a-queue-that-is-too-short",
        tell: &[],
    },
    Mistake {
        name: "queue_of_48",
        title: "a queue that is too short",
        conversation: "who_falls_behind_can_catch_up",
        why: "Somebody for whom less than 64 messages waited was put out, or lost some of them: your queue is shorter than the README promises. \
              `mpsc::channel(QUEUE)`, and nothing in front of it that counts as well.",
        read: "03-connection-manager.html#a-queue-that-is-too-short",
        tell: &[],
    },
    Mistake {
        name: "put_out_and_still_heard",
        title: "putting out, and going on listening",
        conversation: "who_was_put_out_is_not_heard",
        why: "You took the queue of somebody who was put out, and its connection still listens: it speaks in a room that has announced its leaving. \
              Ask whether the speaker is still a member, by identity, under the lock under which you publish.",
        read: "03-connection-manager.html#putting-out-and-going-on-listening",
        tell: &[],
    },
    Mistake {
        name: "never_cuts_off",
        title: "putting out without cutting off",
        conversation: "who_was_put_out_is_cut_off",
        why: "Whoever was put out is no member any more, and its socket is open for ever: your writer waits for a peer that does not read, your reader for one that \
              does not speak. Tell the connection's task that it was put out, give it a few seconds, then abort the writer and drop both halves.",
        read: "03-connection-manager.html#putting-out-without-cutting-off",
        tell: &[],
    },
    Mistake {
        name: "leaves_the_writer_behind",
        title: "leaving the writer behind",
        conversation: "who_was_put_out_is_cut_off",
        why: "Your connection's task ended, and its writer did not: it still waits in a flush for a peer that does not read, and keeps its half \
              of the socket open for as long. A socket is closed when both halves are gone: keep the handle of the writer's task, and `abort` \
              it.",
        read: "03-connection-manager.html#leaving-the-writer-behind",
        tell: &[],
    },
    Mistake {
        name: "never_gives_way",
        title: "never giving way",
        conversation: "a_burst_puts_nobody_out",
        why: "`try_send` never waits, so a burst is published in one turn of the speaker's task: every queue overflows before its writer runs, and everybody \
              who reads is put out. Let the others have a turn now and then, with `tokio::task::yield_now().await`.",
        read: "03-connection-manager.html#never-giving-way",
        tell: &[],
    },
    Mistake {
        name: "lagged_ends_the_loop",
        title: "taking Lagged for the end",
        conversation: "a_burst_puts_nobody_out",
        why: "`while let Ok(…) = receiver.recv().await` ends at `Lagged`, which is no end: the receiver was overtaken, and would have gone on. Now it is deaf. \
              Match on the error; and since a `broadcast` cannot tell you who is slow, think of a queue for each member.",
        read: "03-connection-manager.html#taking-lagged-for-the-end",
        tell: &[],
    },
    Mistake {
        name: "skips_what_it_missed",
        title: "skipping what was missed",
        conversation: "a_burst_puts_nobody_out",
        why: "At `Lagged(n)` you go on, and n messages are gone for this member, without a word to anyone. A `broadcast` overwrites what the slowest has not read. \
              For a chat that is loss: use a bounded queue for each member, so that a full one is noticed where the message is sent.",
        read: "03-connection-manager.html#skipping-what-was-missed",
        tell: &[],
    },
];
