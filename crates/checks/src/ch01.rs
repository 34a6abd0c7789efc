//! Chapter 01, lifecycle: an echo server that behaves at both ends of a connection.

use std::time::Duration;

use transcript::Http;

use crate::{
    chapter::{Chapter, Mistake, conversations},
    stage::Stage,
};

/// The suite of chapter 01.
pub static CHAPTER: Chapter = Chapter {
    number: "01",
    topic: "lifecycle",
    conversations: conversations![
        1 a_plain_get_is_refused "a plain GET is refused",
        2 an_upgrade_is_accepted "an upgrade is accepted",
        2 a_text_comes_back "a text comes back",
        2 empty_text_and_emoji_come_back "empty text and emoji come back",
        3 fragments_are_one_message "fragments are one message",
        3 a_ping_does_not_end_the_conversation "a ping does not end the conversation",
        3 binary_is_not_echoed "binary is not echoed",
        4 close_is_answered "a Close is answered",
        4 a_close_without_a_code_is_answered "a Close without a code is answered",
        4 quit_starts_the_closing_handshake "`quit` starts the closing handshake",
        4 quit_waits_for_the_peer "`quit` waits for the peer",
        4 quit_gives_up_on_a_silent_peer "`quit` gives up on a peer that stays silent",
        4 quit_gives_up_on_a_peer_that_talks_on "`quit` gives up on a peer that talks on",
        5 the_count_goes_up_and_down "the count goes up and down",
        5 a_vanished_client_is_not_counted "a client that vanished is not counted",
        5 a_reset_client_is_not_counted "a client that was reset is not counted",
        5 a_client_that_leaves_in_mid_echo_is_not_counted "a client that leaves in mid-echo is not counted",
    ],
    only_here: &[],
    not_played: &["a panic in the task of a connection: what would your count say after one?"],
    mistakes: MISTAKES,
};

async fn a_plain_get_is_refused(stage: &Stage) {
    let alice = stage.client("alice");
    alice.request(Http::get("/ws/echo").class_only()).await;
}

async fn an_upgrade_is_accepted(stage: &Stage) {
    let alice = stage.client("alice");
    alice.connect("/ws/echo").await;
}

async fn a_text_comes_back(stage: &Stage) {
    let alice = stage.client("alice");
    alice.connect("/ws/echo").await;
    alice.text("hello").await;
    alice.text("hello again").await;
}

async fn empty_text_and_emoji_come_back(stage: &Stage) {
    let alice = stage.client("alice");
    alice.connect("/ws/echo").await;
    alice.text("").await;
    alice.text("🦀").await;
}

async fn fragments_are_one_message(stage: &Stage) {
    let alice = stage.client("alice");
    alice.connect("/ws/echo").await;
    alice.first("Hel").await;
    // A control frame may stand between two fragments (RFC 6455 section 5.4).
    alice.ping("between").await;
    alice.more("lo ").await;
    alice.last("you").await;
}

async fn a_ping_does_not_end_the_conversation(stage: &Stage) {
    let alice = stage.client("alice");
    alice.connect("/ws/echo").await;
    alice.ping("are you there?").await;
    alice.text("still here").await;
}

async fn binary_is_not_echoed(stage: &Stage) {
    let alice = stage.client("alice");
    alice.connect("/ws/echo").await;
    alice.binary(*b"bytes").await;
    alice.text("and text is").await;
}

async fn close_is_answered(stage: &Stage) {
    let alice = stage.client("alice");
    alice.connect("/ws/echo").await;
    alice.text("hello").await;
    alice.close(1000, "").await;
}

async fn a_close_without_a_code_is_answered(stage: &Stage) {
    let alice = stage.client("alice");
    alice.connect("/ws/echo").await;
    // What a page sends with `socket.close()`.
    alice.close_without_code().await;
}

async fn quit_starts_the_closing_handshake(stage: &Stage) {
    let alice = stage.client("alice");
    alice.connect("/ws/echo").await;
    alice.text("quit").await;
    alice.answer_close().await;
}

async fn quit_waits_for_the_peer(stage: &Stage) {
    let alice = stage.client("alice");
    alice.connect("/ws/echo").await;
    alice.text("quit").await;
    // Her answer takes its time, and something else was on its way before it.
    stage.advance(Duration::from_secs(2)).await;
    alice.text("one more thing").await;
    alice.answer_close().await;
}

async fn quit_gives_up_on_a_silent_peer(stage: &Stage) {
    let alice = stage.client("alice");
    alice.connect("/ws/echo").await;
    alice.text("quit").await;
    stage.advance(Duration::from_secs(10)).await;
}

async fn quit_gives_up_on_a_peer_that_talks_on(stage: &Stage) {
    let alice = stage.client("alice");
    alice.connect("/ws/echo").await;
    alice.text("quit").await;
    // The five seconds are for all of it, and not for each message.
    stage.advance(Duration::from_secs(3)).await;
    alice.text("and another thing").await;
    stage.advance(Duration::from_secs(6)).await;
}

async fn the_count_goes_up_and_down(stage: &Stage) {
    let [alice, bob, probe] = ["alice", "bob", "probe"].map(|name| stage.client(name));
    probe.get("/connections").await;
    alice.connect("/ws/echo").await;
    bob.connect("/ws/echo").await;
    probe.get("/connections").await;
    alice.close(1000, "").await;
    probe.get("/connections").await;
    bob.text("quit").await;
    bob.answer_close().await;
    probe.get("/connections").await;
}

async fn a_vanished_client_is_not_counted(stage: &Stage) {
    let [alice, probe] = ["alice", "probe"].map(|name| stage.client(name));
    alice.connect("/ws/echo").await;
    probe.get("/connections").await;
    alice.vanish().await;
    probe.get("/connections").await;
}

async fn a_reset_client_is_not_counted(stage: &Stage) {
    let [alice, probe] = ["alice", "probe"].map(|name| stage.client(name));
    alice.connect("/ws/echo").await;
    probe.get("/connections").await;
    alice.reset().await;
    probe.get("/connections").await;
}

async fn a_client_that_leaves_in_mid_echo_is_not_counted(stage: &Stage) {
    let [alice, probe] = ["alice", "probe"].map(|name| stage.client(name));
    alice.connect("/ws/echo").await;
    // The echo finds nobody: it is the send that fails, not the receive.
    stage
        .at_once(async || {
            alice.text("is anybody").await;
            alice.text("listening?").await;
            alice.reset().await;
        })
        .await;
    probe.get("/connections").await;
}

const MISTAKES: &[Mistake] = &[
    Mistake {
        name: "leaves_at_close",
        title: "leaving at Close",
        conversation: "close_is_answered",
        why: "You leave the loop as soon as `Message::Close` arrives. tungstenite has queued the reply and sends it when the socket is polled \
              again; dropping the socket drops the reply, and a client that said 1000 sees 1006. Keep polling `recv()` until it yields `None`.",
        read: "01-lifecycle.html#leaving-at-close",
        tell: &["Close(_)=>"],
    },
    Mistake {
        name: "sends_close_back",
        title: "sending Close back by hand",
        conversation: "close_is_answered",
        why: "You answer `Message::Close` with a Close of your own. tungstenite has queued one already and refuses yours with \
              `SendAfterClosing`; then the socket is dropped, and neither is sent. Send nothing, and keep polling `recv()` until it yields `None`.",
        read: "01-lifecycle.html#sending-close-back-by-hand",
        tell: &["send(Message::Close(frame))"],
    },
    Mistake {
        name: "text_only_loop",
        title: "the text-only loop",
        conversation: "a_ping_does_not_end_the_conversation",
        why: "Your loop matches `Some(Ok(Message::Text(_)))`, so the first message of another kind, a ping among them, ends it. \
              Loop over every message that came without an error, and `match` on its kind inside.",
        read: "01-lifecycle.html#the-text-only-loop",
        tell: &[],
    },
    Mistake {
        name: "echoes_binary_as_text",
        title: "echoing binary as text",
        conversation: "binary_is_not_echoed",
        why: "You turn every message into text and echo it. What kind a message is of is part of it: `match` on `Message::Text` and on \
              `Message::Binary`, and ignore the latter here.",
        read: "01-lifecycle.html#echoing-binary-as-text",
        tell: &[],
    },
    Mistake {
        name: "echoes_quit",
        title: "`quit` like any other text",
        conversation: "quit_starts_the_closing_handshake",
        why: "You echo `quit`, as you echo every text. In this step it is the one text that means something: it is not echoed, and the server starts the closing handshake instead.",
        read: "01-lifecycle.html#quit-like-any-other-text",
        tell: &[],
    },
    Mistake {
        name: "quit_just_leaves",
        title: "leaving without a Close",
        conversation: "quit_starts_the_closing_handshake",
        why: "At `quit` you leave the loop, and the socket is dropped: TCP ends, but no Close was sent, so the client reports 1006. \
              Send `Message::Close` with code 1000 first, then wait for the peer's.",
        read: "01-lifecycle.html#leaving-without-a-close",
        tell: &[],
    },
    Mistake {
        name: "quit_without_a_code",
        title: "a Close without a code",
        conversation: "quit_starts_the_closing_handshake",
        why: "`Message::Close(None)` is a Close without a code: the client reports 1005, which its retry policy can make nothing of. \
              Send `Some(CloseFrame { code: close_code::NORMAL, .. })`.",
        read: "01-lifecycle.html#a-close-without-a-code",
        tell: &[],
    },
    Mistake {
        name: "quit_drops_the_socket",
        title: "dropping the socket after one's own Close",
        conversation: "quit_waits_for_the_peer",
        why: "You send Close and return. The peer's own Close, and what it had sent before it, finds nobody. \
              After your Close, receive until `None`, inside a timeout.",
        read: "01-lifecycle.html#dropping-the-socket-after-quit",
        tell: &[],
    },
    Mistake {
        name: "quit_waits_for_ever",
        title: "waiting for a Close that never comes",
        conversation: "quit_gives_up_on_a_silent_peer",
        why: "After your Close you wait until the peer answers, and a peer that is gone never does: its slot is never free again. \
              Put the wait inside `tokio::time::timeout` of five seconds.",
        read: "01-lifecycle.html#waiting-for-a-close-that-never-comes",
        tell: &[],
    },
    Mistake {
        name: "quit_echoes_on",
        title: "not reading to the end after one's own Close",
        conversation: "quit_waits_for_the_peer",
        why: "You stop reading at the first thing that arrives after your Close: because you answer it and the failed send ends your loop, \
              or because you receive only once. After your Close read and discard, in a loop of its own, until `None`.",
        read: "01-lifecycle.html#not-reading-to-the-end-after-ones-own-close",
        tell: &[],
    },
    Mistake {
        name: "quit_limits_each_receive",
        title: "a limit for each message instead of the whole wait",
        conversation: "quit_gives_up_on_a_peer_that_talks_on",
        why: "Your limit of five seconds stands around each `recv()`, so a peer that says something every four seconds is never given up on. Put the loop inside the timeout, and not the timeout inside the loop.",
        read: "01-lifecycle.html#a-limit-for-each-message-instead-of-the-whole-wait",
        tell: &[],
    },
    Mistake {
        name: "drops_the_guard_at_once",
        title: "a guard that is dropped at once",
        conversation: "the_count_goes_up_and_down",
        why: "Nobody is counted: `let _ = guard` drops the guard in the same line, since a lone `_` binds nothing. Give it a name, such as `_here`, and it lives as long as the conversation.",
        read: "01-lifecycle.html#a-guard-that-is-dropped-at-once",
        tell: &["let_="],
    },
    Mistake {
        name: "counts_twice",
        title: "counting in two places",
        conversation: "the_count_goes_up_and_down",
        why: "The count goes up twice for each socket: once in the handler, and once more where the conversation begins. Count in one place, in the constructor of the guard that also counts down.",
        read: "01-lifecycle.html#counting-in-two-places",
        tell: &[],
    },
    Mistake {
        name: "counts_only_clean_closes",
        title: "counting only clean closes",
        conversation: "a_reset_client_is_not_counted",
        why: "The count falls when a Close arrives, and most clients leave without one: the slot of each is lost for ever. \
              Count down in the `Drop` of a guard that the connection's task owns.",
        read: "01-lifecycle.html#counting-only-clean-closes",
        tell: &[],
    },
    Mistake {
        name: "returns_past_the_cleanup",
        title: "returning past the cleanup",
        conversation: "a_client_that_leaves_in_mid_echo_is_not_counted",
        why: "The count falls behind the loop, and a `return` (or `?`) on a failed send jumps over that line. \
              A destructor runs in every case: count down in the `Drop` of a guard.",
        read: "01-lifecycle.html#returning-past-the-cleanup",
        tell: &[],
    },
    Mistake {
        name: "unwraps_every_message",
        title: "unwrapping what a peer sends",
        conversation: "a_reset_client_is_not_counted",
        why: "`recv()` yields an error when a peer is reset, and you `unwrap` it: the task panics over something that happens every day. \
              An error is an end like `None`: leave the loop, quietly.",
        read: "01-lifecycle.html#unwrapping-what-a-peer-sends",
        tell: &[],
    },
    Mistake {
        name: "continues_on_error",
        title: "continuing after an error",
        conversation: "close_is_answered",
        why: "Your loop has no way out at `None`: it asks again, and again, for ever, and the thread never does anything else. \
              After an error or a `None` nothing more comes: leave the loop at both.",
        read: "01-lifecycle.html#continuing-after-an-error",
        tell: &[],
    },
];
