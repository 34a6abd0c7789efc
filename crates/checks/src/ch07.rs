//! Chapter 07, production: a feed with limits, a heartbeat, slow readers, and an end in order.

use std::time::Duration;

use transcript::{Client, Http, Payload};

use crate::{
    chapter::{Chapter, Mistake, conversations},
    stage::Stage,
};

/// The suite of chapter 07.
pub static CHAPTER: Chapter = Chapter {
    number: "07",
    topic: "production",
    conversations: conversations![
        1 a_text_comes_back "a text comes back to who sent it",
        1 who_leaves_makes_room "who leaves makes room, however it leaves",
        1 a_full_house_refuses "a full house refuses, until somebody leaves",
        1 of_110_who_come_at_once_100_get_in "of 110 who come at once, 100 get in",
        2 a_long_message_is_sent_away "a message that is too long is sent away",
        2 many_pieces_are_one_message "many pieces are one message",
        2 an_announcement_is_enough "an announcement of too much is enough",
        2 who_talks_too_fast_is_sent_away "who talks too fast is sent away",
        2 who_talks_on_is_cut_off "who was sent away and talks on is cut off",
        2 what_was_not_said_is_not_saved_up "what was not said is not saved up",
        2 who_keeps_to_the_rate_stays "who keeps to the rate stays",
        2 everybody_has_a_rate_of_its_own "everybody has a rate of its own",
        3 what_is_published_is_heard "what is published is heard by everyone",
        3 a_burst_puts_nobody_out "a burst puts nobody out",
        3 who_falls_behind_loses_nothing "who falls behind loses nothing, and gets nothing twice",
        3 who_stops_reading_is_put_out "who stops reading is put out, and nobody waits for it",
        3 who_never_reads_again_is_cut_off "who never reads again is cut off",
        4 silence_is_asked_after "silence is asked after, and an answer is enough",
        4 what_it_says_is_a_sign_of_life "whatever a client says is a sign of life",
        4 an_answer_need_not_be_a_pong "an answer need not be a pong",
        4 what_it_is_told_is_none "what a client is told is no sign of life",
        4 who_does_not_answer_is_sent_away "who does not answer a ping is sent away",
        4 a_dead_peer_makes_room "a dead peer makes room",
        4 who_talks_and_never_reads_makes_room "who talks and never reads makes room",
        4 a_pause_costs_nobody_its_place "a pause of the machine costs nobody its place",
        5 an_empty_house_closes_at_once "an empty house closes at once",
        5 everybody_is_told "everybody is told, and nobody gets in any more",
        5 nobody_sees_a_reset "nobody sees a reset, whatever is under way",
        5 a_late_answer_is_waited_for "a late answer is waited for",
        5 the_dead_are_not_waited_for "the dead are not waited for",
    ],
    only_here: &[
        "a_pause_costs_nobody_its_place",
        "an_empty_house_closes_at_once",
        "everybody_is_told",
        "nobody_sees_a_reset",
        "a_late_answer_is_waited_for",
        "the_dead_are_not_waited_for",
    ],
    not_played: &[
        "memory: `cargo run --release -p load -- idle` says what an idle connection of yours costs, once it is built",
        "the signal: does `kill -TERM` of your server end it with exit code 0, and in time?",
    ],
    mistakes: MISTAKES,
};

const PATH: &str = "/ws/feed";
/// How many connections there may be.
const HOUSE: usize = 100;
/// The longest message.
const LONGEST: usize = 16 * 1024;
/// How many messages a client may send in a second.
const RATE: usize = 20;
/// How many lines are published at once, where a queue of 64 has to be enough for a server that has not learned to give way.
const PARTY: usize = 30;
/// After this whoever had to go has no connection any more: the exercise promises ten seconds.
const GRACE: Duration = Duration::from_secs(11);

async fn a_text_comes_back(stage: &Stage) {
    let [alice, bob] = people(stage, ["alice", "bob"]).await;
    alice.text("are you there?").await;
    bob.close(1000, "").await;
}

async fn who_leaves_makes_room(stage: &Stage) {
    let [alice, bob, carol] = people(stage, ["alice", "bob", "carol"]).await;
    let probe = stage.client("probe");
    probe.get("/connections").await;
    alice.close(1000, "").await;
    bob.reset().await;
    carol.vanish().await;
    probe.get("/connections").await;
}

async fn a_full_house_refuses(stage: &Stage) {
    let [alice, probe] = ["alice", "probe"].map(|name| stage.client(name));
    let crowd = stage.crowd(HOUSE);
    probe.remark("a hundred come in");
    for party in crowd.chunks(PARTY) {
        come_at_once(stage, party).await;
    }
    probe.get("/connections").await;
    // How somebody who was let in all the same is got rid of is open.
    alice.hang_up_at_close();
    alice.open(Http::get(PATH).hide_refusal()).await;
    crowd[0].reset().await;
    alice.connect(PATH).await;
    probe.get("/connections").await;
}

async fn of_110_who_come_at_once_100_get_in(stage: &Stage) {
    let probe = stage.client("probe");
    let crowd = stage.crowd(HOUSE + 10);
    probe.remark("110 come at once");
    come_at_once(stage, &crowd).await;
    let with = |status| {
        crowd
            .iter()
            .filter(|one| one.last_status() == Some(status))
            .count()
    };
    // Which of them were the faster is nobody's promise.
    let (inside, refused) = (with(101), with(503));
    probe.remark(&format!(
        "{inside} of them got in, {refused} were refused with 503"
    ));
    probe.get("/connections").await;
}

async fn a_long_message_is_sent_away(stage: &Stage) {
    let [alice, bob] = people(stage, ["alice", "bob"]).await;
    alice.text("a".repeat(LONGEST)).await;
    alice.hang_up_at_close();
    alice.text("a".repeat(LONGEST + 1)).await;
    bob.text("what was that?").await;
}

async fn many_pieces_are_one_message(stage: &Stage) {
    let [alice, bob] = people(stage, ["alice", "bob"]).await;
    let part = "a".repeat(LONGEST / 2);
    alice.first(&part).await;
    alice.last(&part).await;
    bob.hang_up_at_close();
    bob.first(&part).await;
    bob.more(&part).await;
    // One byte too much.
    bob.last("a").await;
}

async fn an_announcement_is_enough(stage: &Stage) {
    let [alice] = people(stage, ["alice"]).await;
    alice.hang_up_at_close();
    alice.remark("announces a frame of a megabyte, and sends none of it");
    // Final, text, masked; the length in eight bytes; a mask.
    let mut header = vec![0x81, 0xff];
    header.extend((1u64 << 20).to_be_bytes());
    header.extend([1, 2, 3, 4]);
    alice.bytes(&header).await;
}

async fn who_talks_too_fast_is_sent_away(stage: &Stage) {
    let [alice, bob] = people(stage, ["alice", "bob"]).await;
    talk_too_fast(&alice).await;
    bob.text("I did not say much").await;
}

async fn who_talks_on_is_cut_off(stage: &Stage) {
    let [alice] = people(stage, ["alice"]).await;
    let probe = stage.client("probe");
    alice.gather();
    alice.burst(numbers(3 * RATE)).await;
    alice.remark("talks on, and answers no Close");
    // Whether her connection ends by a reset depends on what is unread.
    alice.hide();
    for _ in 0..2 {
        stage.advance(Duration::from_secs(4)).await;
        alice.text("and another thing").await;
    }
    stage.advance(GRACE - Duration::from_secs(8)).await;
    probe.get("/connections").await;
}

async fn what_was_not_said_is_not_saved_up(stage: &Stage) {
    let [alice] = people(stage, ["alice"]).await;
    stage.advance(Duration::from_secs(10)).await;
    talk_too_fast(&alice).await;
}

/// Says three times as much as anybody may.
async fn talk_too_fast(client: &Client) {
    client.hang_up_at_close();
    client.gather();
    client.burst(numbers(3 * RATE)).await;
    // Whether the Close lets the answers go first is open.
    let answers = client.take_gathered().len();
    client.remark(match answers <= RATE {
        true => "heard no more than 20 answers",
        false => "heard more than 20 answers",
    });
}

async fn who_keeps_to_the_rate_stays(stage: &Stage) {
    let [alice] = people(stage, ["alice"]).await;
    for _ in 0..2 {
        alice.gather();
        alice.burst(numbers(RATE)).await;
        alice.sum_up();
        // Neither text nor binary.
        alice.ping("a ping").await;
        stage.advance(Duration::from_millis(2500)).await;
    }
    // What a tenth of a second brings is less than a second's worth, and not nothing.
    alice.remark("says something ten times a second");
    alice.hide();
    alice.gather();
    for number in numbers(2 * RATE) {
        alice.text(number).await;
        stage.advance(Duration::from_millis(100)).await;
    }
    alice.sum_up();
}

async fn everybody_has_a_rate_of_its_own(stage: &Stage) {
    let everybody = people(stage, ["alice", "bob", "carol"]).await;
    everybody.iter().for_each(Client::gather);
    stage
        .at_once(async || {
            for one in &everybody {
                one.burst(numbers(RATE)).await;
            }
        })
        .await;
    everybody.iter().for_each(Client::sum_up);
}

async fn what_is_published_is_heard(stage: &Stage) {
    let [alice, bob] = people(stage, ["alice", "bob"]).await;
    let editor = stage.client("editor");
    publish(&editor, "good morning\nit is Monday").await;
    alice.close(1000, "").await;
    bob.reset().await;
    publish(&editor, "is anybody there?").await;
}

async fn a_burst_puts_nobody_out(stage: &Stage) {
    let both = people(stage, ["alice", "bob"]).await;
    let editor = stage.client("editor");
    let news = numbers(500);
    editor.remark("publishes 500 lines at once");
    for one in &both {
        one.gather();
        // What becomes of somebody who is put out is open, and nobody should be.
        one.hide();
    }
    editor.hide();
    publish(&editor, &news.join("\n")).await;
    let news = payloads(&news);
    both.iter().for_each(|one| account(one, &news));
}

async fn who_falls_behind_loses_nothing(stage: &Stage) {
    let [alice, bob] = people(stage, ["alice", "bob"]).await;
    let editor = stage.client("editor");
    alice.gather();
    bob.gather();
    bob.stop_reading().await;
    // Far more bytes than a connection and its buffers take in memory: more than half a queue is left, and with what bob says less than 64 messages.
    let news = speech(50, LONGEST - 1024);
    editor.remark("publishes 50 long lines");
    editor.hide();
    for part in news.chunks(PARTY) {
        publish(&editor, &part.join("\n")).await;
    }
    let news = payloads(&news);
    account(&alice, &news);
    bob.remark("talks for twelve seconds, and reads nothing");
    bob.hide();
    for second in 1..=12 {
        bob.text(format!("{second}")).await;
        stage.advance(Duration::from_secs(1)).await;
    }
    bob.show_itself();
    bob.read_again().await;
    account(&bob, &news);
}

async fn who_stops_reading_is_put_out(stage: &Stage) {
    let [alice, bob, carol] = people(stage, ["alice", "bob", "carol"]).await;
    let editor = stage.client("editor");
    alice.gather();
    carol.gather();
    bob.stop_reading().await;
    let mut news = flood(stage, &editor, &[&alice, &carol]).await;
    account(&alice, &news);
    account(&carol, &news);
    carol.text("I heard every word").await;
    // If they had to wait for bob, what comes now is no news.
    [&alice, &carol].into_iter().for_each(Client::hide);
    bob.gather();
    bob.hang_up_at_close();
    bob.read_again().await;
    // Who is still told what comes now has a gap before it.
    editor.remark("publishes one line more");
    publish(&editor, "and one line more").await;
    news.push(Payload::text("and one line more"));
    let heard = bob.take_gathered();
    // How much a connection takes depends on sizes of buffers; that it is not everything is the point.
    bob.remark(&format!(
        "{}, and {}",
        beginning(&heard, &news),
        match heard.len() <= news.len() / 2 {
            true => "less than the half",
            false => "more than the half",
        }
    ));
}

async fn who_never_reads_again_is_cut_off(stage: &Stage) {
    let [bob] = people(stage, ["bob"]).await;
    let [editor, probe] = ["editor", "probe"].map(|name| stage.client(name));
    bob.stop_reading().await;
    flood(stage, &editor, &[]).await;
    stage.advance(GRACE).await;
    probe.get("/connections").await;
}

async fn silence_is_asked_after(stage: &Stage) {
    let _alice = people(stage, ["alice"]).await;
    stage.advance(Duration::from_secs(45)).await;
}

async fn what_it_says_is_a_sign_of_life(stage: &Stage) {
    let everybody = ["alice", "bob", "carol", "dave"].map(|name| stage.client(name));
    let [alice, bob, carol, dave] = &everybody;
    come_at_once(stage, &everybody).await;
    stage.advance(Duration::from_secs(15)).await;
    stage
        .at_once(async || {
            alice.text("a text").await;
            bob.ping("a ping").await;
            carol.pong("a pong that nobody asked for").await;
            dave.binary([0]).await;
        })
        .await;
    stage.advance(Duration::from_secs(22)).await;
}

async fn an_answer_need_not_be_a_pong(stage: &Stage) {
    let [alice] = people(stage, ["alice"]).await;
    alice.ignore_pings().await;
    stage.advance(Duration::from_secs(25)).await;
    alice.text("here I am").await;
    stage.advance(Duration::from_secs(22)).await;
}

async fn what_it_is_told_is_none(stage: &Stage) {
    let _alice = people(stage, ["alice"]).await;
    let editor = stage.client("editor");
    for n in 1..=2 {
        stage.advance(Duration::from_secs(12)).await;
        publish(&editor, &format!("news {n}")).await;
    }
}

async fn who_does_not_answer_is_sent_away(stage: &Stage) {
    let [alice] = people(stage, ["alice"]).await;
    let probe = stage.client("probe");
    alice.ignore_pings().await;
    alice.hang_up_at_close();
    stage.advance(Duration::from_secs(45)).await;
    probe.get("/connections").await;
}

async fn a_dead_peer_makes_room(stage: &Stage) {
    let [alice] = people(stage, ["alice"]).await;
    let probe = stage.client("probe");
    alice.stop_reading().await;
    stage.advance(Duration::from_secs(38)).await;
    probe.get("/connections").await;
    stage.advance(Duration::from_secs(2) + GRACE).await;
    probe.get("/connections").await;
}

async fn who_talks_and_never_reads_makes_room(stage: &Stage) {
    let [bob] = people(stage, ["bob"]).await;
    let probe = stage.client("probe");
    bob.stop_reading().await;
    bob.remark("says 120 long texts within his rate, and reads nothing");
    // What becomes of him is open: too slow, or dead, to a server that listens no more while it writes.
    bob.hide();
    // More than a connection, its buffers and a queue hold.
    for part in speech(6 * RATE, LONGEST - 1024).chunks(RATE) {
        bob.burst(part).await;
        stage.advance(Duration::from_secs(2)).await;
    }
    stage.advance(Duration::from_secs(40) + GRACE).await;
    probe.get("/connections").await;
}

async fn a_pause_costs_nobody_its_place(stage: &Stage) {
    let [alice] = people(stage, ["alice"]).await;
    stage.advance(Duration::from_secs(5)).await;
    stage.stall(Duration::from_secs(70)).await;
    stage.advance(Duration::from_secs(25)).await;
    alice.text("good morning").await;
}

async fn an_empty_house_closes_at_once(stage: &Stage) {
    let probe = stage.client("probe");
    probe.get("/connections").await;
    stage.shut_down().await;
}

async fn everybody_is_told(stage: &Stage) {
    let [alice, bob] = people(stage, ["alice", "bob"]).await;
    let carol = stage.client("carol");
    stage.shut_down().await;
    carol.connect(PATH).await;
    alice.answer_close().await;
    bob.answer_close().await;
}

async fn nobody_sees_a_reset(stage: &Stage) {
    let [alice, bob] = people(stage, ["alice", "bob"]).await;
    alice.gather();
    // Who was the faster is open, so what comes back is not shown.
    stage
        .at_once(async || {
            alice.burst(numbers(10)).await;
            stage.shut_down().await;
        })
        .await;
    alice.take_gathered();
    alice.gather();
    alice.burst(numbers(5)).await;
    alice.sum_up();
    bob.text("one more question").await;
    alice.answer_close().await;
    bob.answer_close().await;
}

async fn a_late_answer_is_waited_for(stage: &Stage) {
    let [alice, bob] = people(stage, ["alice", "bob"]).await;
    stage.shut_down().await;
    alice.answer_close().await;
    stage.advance(Duration::from_secs(8)).await;
    bob.answer_close().await;
}

async fn the_dead_are_not_waited_for(stage: &Stage) {
    let [alice, bob, carol] = people(stage, ["alice", "bob", "carol"]).await;
    let editor = stage.client("editor");
    carol.stop_reading().await;
    alice.gather();
    bob.gather();
    let news = speech(30, 8 * 1024);
    editor.remark("publishes more than fits into a connection");
    editor.hide();
    publish(&editor, &news.join("\n")).await;
    let news = payloads(&news);
    account(&alice, &news);
    account(&bob, &news);
    let dave = stage.client("dave");
    dave.remark("publishes, and never comes to the end");
    dave.hide();
    let endless = Http::post("/publish").without("content-length");
    let endless = endless.header("content-length", "1000").body("to be");
    dave.request(endless).await;
    stage.shut_down().await;
    alice.answer_close().await;
    // How the connections of the two who are dead end is the kernel's business as much as the server's.
    bob.remark("does not answer");
    bob.hide();
    carol.hide();
    stage.advance(Duration::from_secs(15)).await;
}

/// Clients with a connection.
async fn people<const N: usize>(stage: &Stage, names: [&str; N]) -> [Client; N] {
    let clients = stage.people(names);
    for client in &clients {
        client.connect(PATH).await;
    }
    clients
}

/// Each of these gets a connection, and nobody waits for the one before.
async fn come_at_once(stage: &Stage, party: &[Client]) {
    stage
        .at_once(async || {
            for one in party {
                one.connect(PATH).await;
            }
        })
        .await;
}

async fn publish(editor: &Client, lines: &str) {
    editor.request(Http::post("/publish").body(lines)).await;
}

fn numbers(count: usize) -> Vec<String> {
    (1..=count).map(|n| n.to_string()).collect()
}

/// Texts of this length that are all different.
fn speech(count: usize, length: usize) -> Vec<String> {
    (1..=count).map(|n| format!("{n:.<length$}")).collect()
}

/// What a client sees of these.
fn payloads(texts: &[String]) -> Vec<Payload> {
    texts.iter().map(|text| Payload::text(text)).collect()
}

/// Publishes more than a connection without a reader and a queue of 64 can hold, with pauses in which everybody who reads can keep up.
async fn flood(stage: &Stage, editor: &Client, listeners: &[&Client]) -> Vec<Payload> {
    // In memory a connection takes 64 KiB on the way, and up to twice as much in buffers of the server's; over TCP it takes megabytes.
    let news = match stage.is_here() {
        true => speech(400, 2 * 1024),
        false => speech(700, LONGEST),
    };
    editor.remark("publishes far more than fits into a queue, with pauses");
    editor.hide();
    // Over TCP this takes its time, and less of it when the pauses are as short as somebody who reads needs them. Still it may be so long
    // that whoever listens is asked whether it is there.
    let quiet = stage.set_quiet(Duration::from_millis(20));
    let aside = if quiet.is_some() { listeners } else { &[] };
    aside.iter().for_each(|one| one.hide());
    for part in news.chunks(PARTY) {
        publish(editor, &part.join("\n")).await;
    }
    aside.iter().for_each(|one| one.show_itself());
    quiet.map(|quiet| stage.set_quiet(quiet));
    payloads(&news)
}

/// Says in one line which of these lines a client has heard since it gathers, and what else.
fn account(client: &Client, news: &[Payload]) {
    let heard = client.take_gathered();
    let (lines, others): (Vec<_>, Vec<_>) = heard.into_iter().partition(|text| news.contains(text));
    let lines = match lines == news {
        true => "heard every line, once and in order",
        false => beginning(&lines, news),
    };
    client.remark(&match others.len() {
        0 => lines.into(),
        others => format!("{lines}, and {others} answers"),
    });
}

/// Says how what was heard stands to what was published.
fn beginning(heard: &[Payload], news: &[Payload]) -> &'static str {
    let mut rest = news.iter();
    if heard.is_empty() {
        "heard nothing"
    } else if news.starts_with(heard) {
        "heard the lines from the first on, without a gap"
    } else if heard.iter().all(|text| rest.any(|next| next == text)) {
        "heard some of the lines, with gaps between them"
    } else {
        "heard lines twice, or out of order"
    }
}

const MISTAKES: &[Mistake] = &[
    Mistake {
        name: "write_buffer_too_small",
        title: "a write buffer that is too small for itself",
        conversation: "a_text_comes_back",
        why: "The client sees `101`, and then its connection is gone: `max_write_buffer_size` has to be larger than `write_buffer_size`, which is 128 KiB unless you \
              lower it, and tungstenite panics in the task behind the upgrade. Set both.",
        read: "07-production.html#a-write-buffer-that-is-too-small-for-itself",
        tell: &[],
    },
    Mistake {
        name: "never_flushes",
        title: "never flushing",
        conversation: "a_text_comes_back",
        why: "The handshake succeeds, and then nothing is heard: `feed` only puts a message into the buffer. `flush` behind the last `feed`, or use `send`, which does \
              both.",
        read: "07-production.html#never-flushing",
        tell: &[],
    },
    Mistake {
        name: "leaves_at_close",
        title: "leaving at Close",
        conversation: "a_text_comes_back",
        why: "Whoever says goodbye is told 1006: you take its Close for the end, and drop the socket before the answer has left, which it does at the next poll. \
              Read on until `None`; that is what chapter 01 is about.",
        read: "07-production.html#leaving-at-close",
        tell: &[],
    },
    Mistake {
        name: "permit_ends_with_the_handler",
        title: "a permit that ends with the handler",
        conversation: "who_leaves_makes_room",
        why: "Nobody is ever counted: you take no permit, or take one in the handler, and the handler returns before the conversation begins. Take it with \
              `try_acquire_owned`, and move it into the callback of `on_upgrade`, which keeps it until the connection ends.",
        read: "07-production.html#a-permit-that-ends-with-the-handler",
        tell: &[],
    },
    Mistake {
        name: "counts_only_goodbyes",
        title: "counting only goodbyes",
        conversation: "who_leaves_makes_room",
        why: "Whoever leaves without a Close is still counted: you give a place back at one kind of end, and most connections end by another, a reset, a timeout, a \
              panic. Let a value own the place, and the connection's task own the value: dropping it is the only way out.",
        read: "07-production.html#counting-only-goodbyes",
        tell: &[],
    },
    Mistake {
        name: "waits_for_a_place",
        title: "waiting for a place",
        conversation: "a_full_house_refuses",
        why: "Whoever comes too many hears nothing at all: you await a permit, and the request waits with you, a connection like any other, of which there is no \
              limit now. `try_acquire_owned` says at once that there is none; answer 503.",
        read: "07-production.html#waiting-for-a-place",
        tell: &[],
    },
    Mistake {
        name: "refuses_after_the_upgrade",
        title: "refusing after the upgrade",
        conversation: "a_full_house_refuses",
        why: "You accept the WebSocket, and then close it because there are too many: the client saw `101`, and you paid for a socket, a task and its buffers, which \
              is what you had too many of. Ask for a place in the handler, and return 503 instead of `on_upgrade(…)`.",
        read: "07-production.html#refusing-after-the-upgrade",
        tell: &[],
    },
    Mistake {
        name: "checks_then_counts",
        title: "looking first, and counting later",
        conversation: "of_110_who_come_at_once_100_get_in",
        why: "More get in than there are places: you look in the handler, and count in the callback or in another step, and everybody who asks in between gets the \
              same answer. To ask and to take has to be one step, as `try_acquire_owned` is.",
        read: "07-production.html#looking-first-and-counting-later",
        tell: &[],
    },
    Mistake {
        name: "default_limits",
        title: "limits as they come",
        conversation: "a_long_message_is_sent_away",
        why: "A message of more than 16 KiB is taken: unless you say otherwise it may have 64 MiB, and every client may send one. Set `max_message_size` and \
              `max_frame_size` to what your protocol needs.",
        read: "07-production.html#limits-as-they-come",
        tell: &[],
    },
    Mistake {
        name: "too_big_without_a_word",
        title: "an end without a word",
        conversation: "a_long_message_is_sent_away",
        why: "After a message that is too long your connection ends without a Close, and the client reports 1006: it will come back, and send the same again. `recv` \
              yields an error and the stream is over, but you can still send: a Close 1009.",
        read: "07-production.html#an-end-without-a-word",
        tell: &[],
    },
    Mistake {
        name: "message_limit_only",
        title: "a limit for the message, and none for the frame",
        conversation: "an_announcement_is_enough",
        why: "You wait for a frame that announces more than you would ever take: `max_message_size` is looked at when the frame is there, and until then as much \
              memory is set aside as its header asks for, up to 16 MiB. Set `max_frame_size`, too.",
        read: "07-production.html#a-limit-for-the-message-and-none-for-the-frame",
        tell: &[],
    },
    Mistake {
        name: "no_rate",
        title: "no limit on the rate",
        conversation: "who_talks_too_fast_is_sent_away",
        why: "Everything that a client sends is taken, as fast as it comes. Count text and binary messages of each connection, and send whoever exceeds the rate \
              away with 1008.",
        read: "07-production.html#no-limit-on-the-rate",
        tell: &[],
    },
    Mistake {
        name: "tolerates_the_loud",
        title: "no Close for whoever is too fast",
        conversation: "who_talks_too_fast_is_sent_away",
        why: "Whoever exceeds the rate stays: what it says above it you drop, or take later, and it does not learn that it did anything wrong. Dropped texts look like \
              a loss on the network, and delayed ones wait in your memory and in the kernel's. End the conversation with 1008.",
        read: "07-production.html#no-close-for-whoever-is-too-fast",
        tell: &[],
    },
    Mistake {
        name: "patience_begins_anew",
        title: "a patience that begins anew",
        conversation: "who_talks_on_is_cut_off",
        why: "Somebody who was sent away and talks on keeps its place: your limit of time is around each message behind the Close, and begins anew with every one. \
              Put one `timeout` around the Close and the whole loop that waits for the answer.",
        read: "07-production.html#a-patience-that-begins-anew",
        tell: &[],
    },
    Mistake {
        name: "bucket_without_a_brim",
        title: "a bucket without a brim",
        conversation: "what_was_not_said_is_not_saved_up",
        why: "Somebody who was quiet for a while may then say everything at once: you add what the time has brought, and forget that no more fits than a second's \
              worth. Cut it off with `.min(rate)`.",
        read: "07-production.html#a-bucket-without-a-brim",
        tell: &[],
    },
    Mistake {
        name: "counts_for_ever",
        title: "a count that never begins anew",
        conversation: "who_keeps_to_the_rate_stays",
        why: "Somebody who keeps to the rate is sent away: you count messages, and nothing takes them off the count again, or only whole seconds do, \
              or a clock that is not tokio's. Fill a bucket by the time that has \
              passed, or begin a new window each second.",
        read: "07-production.html#a-count-that-never-begins-anew",
        tell: &[],
    },
    Mistake {
        name: "std_clock",
        title: "a clock that the check does not move",
        conversation: "who_keeps_to_the_rate_stays",
        why: "Somebody who keeps to the rate is sent away: you measure time with `std::time`, and the check's time is tokio's, so that for your bucket none has passed. \
              Use `tokio::time::Instant`, which outside of a test is the same clock.",
        read: "07-production.html#a-clock-that-the-check-does-not-move",
        tell: &[
            "std::time::Instant",
            "std::time::{Duration,Instant}",
            // At the end of a `use std::{…}`: what is used of tokio is not there.
            "time::{Duration,Instant},};",
            "SystemTime",
        ],
    },
    Mistake {
        name: "rate_per_process",
        title: "one rate for everybody",
        conversation: "everybody_has_a_rate_of_its_own",
        why: "Clients are sent away who said no more than they may: they share one counter, so the loudest uses up what belongs to all. Make the bucket a local \
              variable of the connection's task.",
        read: "07-production.html#one-rate-for-everybody",
        tell: &[],
    },
    Mistake {
        name: "never_gives_way",
        title: "never giving way",
        conversation: "a_burst_puts_nobody_out",
        why: "A burst puts out people who read: all lines are published in one turn of the publisher's task, and no writer runs in between. Give way while a queue \
              is more than half full: `give_way` does it, and looks at `crowded`, which `Feed::publish` has to set.",
        read: "07-production.html#never-giving-way",
        tell: &[],
    },
    Mistake {
        name: "sends_in_select",
        title: "a send that is cancelled",
        conversation: "who_falls_behind_loses_nothing",
        why: "Messages are missing after somebody talked while it did not read: your `select!` has a send in one arm, and what arrives in another drops it half-way, \
              with the message in it. Wait in the arms, and send in the body; or select over whole loops, which are dropped only once.",
        read: "07-production.html#a-send-that-is-cancelled",
        tell: &[],
    },
    Mistake {
        name: "retries_after_a_timeout",
        title: "sending again after a timeout",
        conversation: "who_falls_behind_loses_nothing",
        why: "Messages arrive twice: a send that timed out had put its message into the buffer, and was only not flushed, and you send it again. A timed-out send is \
              not a lost message: close the connection, or let it take its time.",
        read: "07-production.html#sending-again-after-a-timeout",
        tell: &[],
    },
    Mistake {
        name: "unbounded_queue",
        title: "a queue without a bound",
        conversation: "who_stops_reading_is_put_out",
        why: "Nobody is ever too slow: somebody who does not read is sent everything, later, and until then it lies in your memory. Give the queue its bound of 64, \
              and send whoever finds it full away with 1013.",
        read: "07-production.html#a-queue-without-a-bound",
        tell: &[],
    },
    Mistake {
        name: "drops_what_is_too_much",
        title: "dropping what is too much",
        conversation: "who_stops_reading_is_put_out",
        why: "Somebody who was slow has a gap, and does not know it: a full queue makes `try_send` fail, and you ignore that. For prices it could be a policy; here \
              the promise is that a client hears everything, or is told to come back, with 1013.",
        read: "07-production.html#dropping-what-is-too-much",
        tell: &[],
    },
    Mistake {
        name: "puts_out_in_silence",
        title: "putting out, and telling nobody",
        conversation: "who_stops_reading_is_put_out",
        why: "Somebody who was too slow is followed no more, and still connected: it hears what its queue held, then nothing for ever, and no 1013. You remove it from \
              the feed, and its connection does not hear of that: `put_out.notify_one()`, and somebody who waits for it, in the `select!` of a loop of your own, too.",
        read: "07-production.html#putting-out-and-telling-nobody",
        tell: &[],
    },
    Mistake {
        name: "never_says_that_it_waits",
        title: "a writer that does not say that it waits",
        conversation: "who_falls_behind_loses_nothing",
        why: "The publisher spins: `give_way` gives turns to writers that have not had one, and knows those that wait for their peers by `outbox.waits`. A writer of your \
              own has to keep that up to date: wrap whatever awaits the socket in `noting(&outbox.waits, …)`, or give way in another manner.",
        read: "07-production.html#a-writer-that-does-not-say-that-it-waits",
        tell: &[],
    },
    Mistake {
        name: "awaits_each",
        title: "waiting for the slowest",
        conversation: "who_stops_reading_is_put_out",
        why: "One who does not read stops the feed for everybody: the publisher awaits room in its queue, or writes to its socket itself. A publisher only ever \
              tries: `try_send`.",
        read: "07-production.html#waiting-for-the-slowest",
        tell: &[],
    },
    Mistake {
        name: "cuts_off_without_a_word",
        title: "cutting off without a word",
        conversation: "who_stops_reading_is_put_out",
        why: "Whoever was too slow loses its connection without a Close, and reports 1006, as after a lost network: it comes back at once, and is too slow again. \
              Send the Close 1013 behind what is on its way, with a limit of time for both.",
        read: "07-production.html#cutting-off-without-a-word",
        tell: &[],
    },
    Mistake {
        name: "sends_unwatched",
        title: "a send that nothing ends",
        conversation: "who_never_reads_again_is_cut_off",
        why: "A peer that stops reading keeps its place for ever: your loop awaits a send, and meanwhile nobody looks at `put_out`, at the shutdown, or at the time. \
              Let the end of the conversation be in a `select!` with the send, or write in a loop of its own beside the one that listens.",
        read: "07-production.html#a-send-that-nothing-ends",
        tell: &[],
    },
    Mistake {
        name: "goodbye_without_a_limit",
        title: "a goodbye without a limit",
        conversation: "who_never_reads_again_is_cut_off",
        why: "A peer that is dead keeps its place for ever: you wait until your Close is sent, or answered, and it never is. Put both under one `timeout`, and drop \
              the socket when that is over.",
        read: "07-production.html#a-goodbye-without-a-limit",
        tell: &[],
    },
    Mistake {
        name: "no_heartbeat",
        title: "no heartbeat",
        conversation: "silence_is_asked_after",
        why: "Nobody is asked after: without pings a proxy closes what is silent, and a peer whose network is gone is there for ever. \
              Nothing in axum or tungstenite sends them by itself: put a limit of time on the next message, and ping when it is over.",
        read: "07-production.html#no-heartbeat",
        tell: &[],
    },
    Mistake {
        name: "pings_with_text",
        title: "a ping that is a text",
        conversation: "silence_is_asked_after",
        why: "You ask with a text, and a client that does not know your protocol answers none. Send a Ping frame, `Message::Ping(Default::default())`: every client's \
              library answers it, a browser too, and nobody's code sees it.",
        read: "07-production.html#a-ping-that-is-a-text",
        tell: &[],
    },
    Mistake {
        name: "ignores_pongs",
        title: "a pong that is not heard",
        conversation: "silence_is_asked_after",
        why: "Somebody who answers every ping is sent away: your wait goes on over its pong, because you filter it out, or only texts reset the time. Whatever \
              `recv` yields is a sign of life, a pong too.",
        read: "07-production.html#a-pong-that-is-not-heard",
        tell: &[],
    },
    Mistake {
        name: "fixed_beat",
        title: "a beat that does not listen",
        conversation: "what_it_says_is_a_sign_of_life",
        why: "You ping somebody who said something a moment ago: the beat is a fixed one. Count from the last thing that was heard; at a hundred thousand clients \
              that is most of the pings saved.",
        read: "07-production.html#a-beat-that-does-not-listen",
        tell: &[],
    },
    Mistake {
        name: "resets_on_send",
        title: "counting what was sent",
        conversation: "what_it_is_told_is_none",
        why: "Somebody to whom you send is never asked whether it is there: what you send resets the time, and a send into a dead connection succeeds for minutes. \
              Only what is heard counts.",
        read: "07-production.html#counting-what-was-sent",
        tell: &[],
    },
    Mistake {
        name: "pings_for_ever",
        title: "pinging for ever",
        conversation: "who_does_not_answer_is_sent_away",
        why: "You ping, and whether anybody answers makes no difference: whoever is dead stays. After a ping wait for a sign of life for 20 s, and send the peer \
              away with 1011 when there was none.",
        read: "07-production.html#pinging-for-ever",
        tell: &[],
    },
    Mistake {
        name: "awaits_its_own_queue",
        title: "waiting for room in its own queue",
        conversation: "who_talks_and_never_reads_makes_room",
        why: "Somebody who talks and never reads stays for ever: your listener awaits room in that client's own queue, which only the client makes, by reading; until \
              then you neither listen to it nor ask after it. An answer goes the way of everything else: `try_send`, and out with whoever has no room.",
        read: "07-production.html#waiting-for-room-in-its-own-queue",
        tell: &[],
    },
    Mistake {
        name: "burst_interval",
        title: "an interval that makes up for lost time",
        conversation: "a_pause_costs_nobody_its_place",
        why: "After a pause your beat runs many times in one instant: an `interval` makes up for every tick that it missed, so somebody is asked and given up before \
              it could answer. Set `MissedTickBehavior::Delay`, or better have no interval: a timeout that begins anew with everything that is heard.",
        read: "07-production.html#an-interval-that-makes-up-for-lost-time",
        tell: &[],
    },
    Mistake {
        name: "counts_from_the_last_sign",
        title: "a grace that is over before the ping",
        conversation: "a_pause_costs_nobody_its_place",
        why: "After a pause of the machine everybody is sent away without a chance: your limit counts from the last sign of life, which is longer ago than both \
              times together. The grace begins with the ping.",
        read: "07-production.html#a-grace-that-is-over-before-the-ping",
        tell: &[],
    },
    Mistake {
        name: "axum_alone",
        title: "leaving the shutdown to axum",
        conversation: "everybody_is_told",
        why: "The server has ended, and nobody was told: axum's graceful shutdown waits for HTTP requests, and a WebSocket is none since its 101. Tell every \
              conversation yourself, with a `CancellationToken`, and wait for them, with a `TaskTracker`.",
        read: "07-production.html#leaving-the-shutdown-to-axum",
        tell: &[],
    },
    Mistake {
        name: "tracker_left_open",
        title: "a tracker that is left open",
        conversation: "an_empty_house_closes_at_once",
        why: "The server takes its ten seconds even when nobody is there: you wait for more than the last conversation, most often because `TaskTracker::wait` \
              returns only when the tracker is empty *and closed*. Call `tracker.close()` first; it keeps nobody from finishing.",
        read: "07-production.html#a-tracker-that-is-left-open",
        tell: &[],
    },
    Mistake {
        name: "shutdown_without_a_limit",
        title: "a shutdown without a limit",
        conversation: "the_dead_are_not_waited_for",
        why: "The server never ends: you wait for everybody, and an HTTP request that does not come to its end, or a peer that is dead, is somebody as well. Put \
              everything that you wait for beside one `sleep(config.goodbye)`, counted from the signal.",
        read: "07-production.html#a-shutdown-without-a-limit",
        tell: &[],
    },
    Mistake {
        name: "drops_at_shutdown",
        title: "leaving without a word",
        conversation: "everybody_is_told",
        why: "At the shutdown every connection ends without a Close: your task returns, or is aborted, and the client reports 1006. Send a Close 1001, and wait for \
              the answer, before you drop the socket.",
        read: "07-production.html#leaving-without-a-word",
        tell: &[],
    },
    Mistake {
        name: "does_not_wait",
        title: "telling, and not waiting",
        conversation: "everybody_is_told",
        why: "Everybody is told, and `serve` returns before they could answer: the process ends, and the kernel resets what is open. Wait for the conversations: \
              `tracker.close()`, then `tracker.wait()`, for ten seconds at most.",
        read: "07-production.html#telling-and-not-waiting",
        tell: &[],
    },
    Mistake {
        name: "drops_after_the_close",
        title: "dropping after the Close",
        conversation: "everybody_is_told",
        why: "You send your Close, and drop the socket in the same breath: the answer finds nobody, and where anything is unread the kernel sends a reset, which can \
              overtake the Close. Read on until `None`, for a limited time.",
        read: "07-production.html#dropping-after-the-close",
        tell: &[],
    },
];
