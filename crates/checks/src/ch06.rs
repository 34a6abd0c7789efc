//! Chapter 06, SSE: a feed as an event stream and as a WebSocket, and an answer that comes token by token.

use std::time::Duration;

use transcript::{Client, Http};

use crate::{
    chapter::{Chapter, Mistake, conversations},
    stage::Stage,
};

/// The suite of chapter 06.
pub static CHAPTER: Chapter = Chapter {
    number: "06",
    topic: "sse",
    conversations: conversations![
        1 what_is_published_is_heard "what is published is heard, with its id",
        1 two_followers_hear_the_same "two followers hear the same",
        1 the_headers_are_those_of_a_stream "the headers are those of a stream",
        2 an_event_has_a_name "an event has a name",
        2 a_line_break_survives "a line break in the data survives",
        2 a_name_with_a_line_break_is_refused "a name with a line break is refused",
        3 a_follower_comes_back_and_misses_nothing "a follower comes back, and misses nothing",
        3 an_id_that_is_too_old_is_told_so "an id that is too old is told so",
        3 an_id_from_before_a_restart_is_told_so "an id from before a restart is told so",
        3 an_id_that_is_no_number_is_no_id "an id that is no number is no id",
        4 silence_is_filled_with_comments "silence is filled with comments",
        4 an_event_puts_the_comment_off "an event puts the comment off",
        4 the_shutdown_ends_the_stream "the shutdown ends the stream",
        5 a_completion_comes_token_by_token "a completion comes token by token",
        5 who_leaves_stops_the_producer "who leaves stops the producer",
        6 the_same_feed_by_websocket "the same feed by WebSocket",
        6 a_websocket_comes_back_and_misses_nothing "a WebSocket comes back, and misses nothing",
    ],
    only_here: &["the_shutdown_ends_the_stream"],
    not_played: &[],
    mistakes: MISTAKES,
};

async fn what_is_published_is_heard(stage: &Stage) {
    let [alice, editor] = ["alice", "editor"].map(|name| stage.client(name));
    alice.get("/events").await;
    publish(&editor, "first").await;
    publish(&editor, "second").await;
}

async fn two_followers_hear_the_same(stage: &Stage) {
    let [alice, bob, editor] = ["alice", "bob", "editor"].map(|name| stage.client(name));
    alice.get("/events").await;
    publish(&editor, "only alice").await;
    bob.get("/events").await;
    publish(&editor, "both").await;
    alice.vanish().await;
    publish(&editor, "only bob").await;
}

async fn the_headers_are_those_of_a_stream(stage: &Stage) {
    let alice = stage.client("alice");
    let request = Http::get("/events")
        .show("content-type")
        .show("cache-control");
    alice.request(request.show("x-accel-buffering")).await;
}

async fn an_event_has_a_name(stage: &Stage) {
    let [alice, editor] = ["alice", "editor"].map(|name| stage.client(name));
    alice.get("/events").await;
    editor
        .request(Http::post("/publish?event=price").body("41"))
        .await;
}

async fn a_line_break_survives(stage: &Stage) {
    let [alice, editor] = ["alice", "editor"].map(|name| stage.client(name));
    alice.get("/events").await;
    publish(&editor, "one\ntwo\n\nfour").await;
}

async fn a_name_with_a_line_break_is_refused(stage: &Stage) {
    let [alice, editor] = ["alice", "editor"].map(|name| stage.client(name));
    alice.get("/events").await;
    let forged = Http::post("/publish?event=price%0Adata:%20forged").body("41");
    editor.request(forged.class_only()).await;
    publish(&editor, "and it goes on").await;
}

async fn a_follower_comes_back_and_misses_nothing(stage: &Stage) {
    let [alice, editor] = ["alice", "editor"].map(|name| stage.client(name));
    publish_many(&editor, 9).await;
    come_back(&alice, "7").await;
    publish(&editor, "10").await;
}

async fn an_id_that_is_too_old_is_told_so(stage: &Stage) {
    let [alice, editor] = ["alice", "editor"].map(|name| stage.client(name));
    // 21 to 120 are kept: one who has seen 20 has missed nothing, one who has seen 19 has.
    publish_many(&editor, 120).await;
    alice.gather();
    come_back(&alice, "20").await;
    alice.sum_up();
    alice.vanish().await;
    alice.gather();
    come_back(&alice, "19").await;
    alice.sum_up();
}

async fn an_id_from_before_a_restart_is_told_so(stage: &Stage) {
    let [alice, editor] = ["alice", "editor"].map(|name| stage.client(name));
    publish_many(&editor, 2).await;
    come_back(&alice, "4711").await;
    publish(&editor, "3").await;
}

async fn an_id_that_is_no_number_is_no_id(stage: &Stage) {
    let [alice, editor] = ["alice", "editor"].map(|name| stage.client(name));
    publish_many(&editor, 2).await;
    come_back(&alice, "banana").await;
    publish(&editor, "3").await;
}

async fn silence_is_filled_with_comments(stage: &Stage) {
    let alice = stage.client("alice");
    alice.get("/events").await;
    stage.advance(Duration::from_secs(32)).await;
}

async fn an_event_puts_the_comment_off(stage: &Stage) {
    let [alice, editor] = ["alice", "editor"].map(|name| stage.client(name));
    alice.get("/events").await;
    stage.advance(Duration::from_secs(10)).await;
    publish(&editor, "not silent").await;
    stage.advance(Duration::from_secs(10)).await;
    stage.advance(Duration::from_secs(6)).await;
}

async fn the_shutdown_ends_the_stream(stage: &Stage) {
    let alice = stage.client("alice");
    alice.get("/events").await;
    stage.shut_down().await;
}

async fn a_completion_comes_token_by_token(stage: &Stage) {
    let [alice, probe] = ["alice", "probe"].map(|name| stage.client(name));
    alice.get("/complete?prompt=WebSockets").await;
    probe.get("/producers").await;
    stage.advance(Duration::from_secs(5)).await;
    probe.get("/producers").await;
}

async fn who_leaves_stops_the_producer(stage: &Stage) {
    let [alice, probe] = ["alice", "probe"].map(|name| stage.client(name));
    alice.get("/complete?prompt=something+long").await;
    stage.advance(Duration::from_secs(1)).await;
    alice.vanish().await;
    probe.get("/producers").await;
}

async fn the_same_feed_by_websocket(stage: &Stage) {
    let [alice, bob, editor] = ["alice", "bob", "editor"].map(|name| stage.client(name));
    alice.connect("/ws/events").await;
    bob.get("/events").await;
    publish(&editor, "for both").await;
    editor
        .request(Http::post("/publish?event=price").body("41"))
        .await;
    alice.close(1000, "").await;
}

async fn a_websocket_comes_back_and_misses_nothing(stage: &Stage) {
    let [alice, bob, editor] = ["alice", "bob", "editor"].map(|name| stage.client(name));
    publish_many(&editor, 3).await;
    alice.connect("/ws/events?after=1").await;
    bob.connect("/ws/events?after=99").await;
}

async fn publish(editor: &Client, data: &str) {
    editor.request(Http::post("/publish").body(data)).await;
}

/// Publishes the numbers from 1.
async fn publish_many(editor: &Client, count: usize) {
    editor.remark(&format!("publishes {count} events"));
    editor.hide();
    for number in 1..=count {
        publish(editor, &number.to_string()).await;
    }
    editor.show_itself();
}

/// As a browser does when a stream has ended.
async fn come_back(client: &Client, seen: &str) {
    client
        .request(Http::get("/events").header("last-event-id", seen))
        .await;
}

const MISTAKES: &[Mistake] = &[
    Mistake {
        name: "events_without_ids",
        title: "events without ids",
        conversation: "what_is_published_is_heard",
        why: "Your events have no `id`, so a browser has nothing to send as `Last-Event-ID`, and what is published while it is away is lost. \
              Give every event the number under which the ring keeps it.",
        read: "06-sse.html#events-without-ids",
        tell: None,
    },
    Mistake {
        name: "plain_text",
        title: "a stream that is called text",
        conversation: "the_headers_are_those_of_a_stream",
        why: "The content type is not `text/event-stream`, and an `EventSource` that gets another one gives up for good, without a retry. \
              Build the response with `Sse`, which sets it, and `cache-control: no-cache` with it.",
        read: "06-sse.html#a-stream-that-is-called-text",
        tell: None,
    },
    Mistake {
        name: "first_line_only",
        title: "data that ends at its first line",
        conversation: "a_line_break_survives",
        why: "A line break ends a field, so of data with several lines only the first arrives as data. \
              Each line is a `data:` field of its own; `Event::data` does that.",
        read: "06-sse.html#data-that-ends-at-its-first-line",
        tell: None,
    },
    Mistake {
        name: "unchecked_name",
        title: "a name that is not checked",
        conversation: "a_name_with_a_line_break_is_refused",
        why: "A name with a line break begins a new field, so whoever may name an event may forge others; axum's `Event::event` panics at one instead, and the stream breaks off. \
              Names and ids come from you, or are checked before they are kept.",
        read: "06-sse.html#a-name-that-is-not-checked",
        tell: None,
    },
    Mistake {
        name: "ignores_last_event_id",
        title: "beginning anew for those who come back",
        conversation: "a_follower_comes_back_and_misses_nothing",
        why: "You do not look at `Last-Event-ID`, so whoever comes back hears only what is new, and has a gap. axum has no extractor for it: read it from `HeaderMap`, and begin behind it.",
        read: "06-sse.html#beginning-anew-for-those-who-come-back",
        tell: None,
    },
    Mistake {
        name: "resumes_off_by_one",
        title: "resuming one too early",
        conversation: "a_follower_comes_back_and_misses_nothing",
        why: "The id names what was *seen*, and you send it once more. Everything after it is owed, and nothing before.",
        read: "06-sse.html#resuming-one-too-early",
        tell: None,
    },
    Mistake {
        name: "silent_gap",
        title: "a gap without a word",
        conversation: "an_id_that_is_too_old_is_told_so",
        why: "What the follower has missed is not kept any more, and you send what there is as if nothing were missing. Say so, with a `reset` event that names the first id that is left: \
              the client has to load the state anew.",
        read: "06-sse.html#a-gap-without-a-word",
        tell: None,
    },
    Mistake {
        name: "waits_for_the_future",
        title: "waiting for an id from the past",
        conversation: "an_id_from_before_a_restart_is_told_so",
        why: "The follower brings an id that this server has not given out yet, from before its restart, and you wait until the numbers get there. \
              An id beyond the newest is as lost as one that is too old: answer with `reset`.",
        read: "06-sse.html#waiting-for-an-id-from-the-past",
        tell: None,
    },
    Mistake {
        name: "no_keep_alive",
        title: "silence",
        conversation: "silence_is_filled_with_comments",
        why: "Nothing is sent while nothing happens, and a proxy ends what is silent, often after a minute. `Sse::keep_alive` sends a comment; it is opt-in.",
        read: "06-sse.html#silence",
        tell: None,
    },
    Mistake {
        name: "keep_alive_as_data",
        title: "keeping alive with events",
        conversation: "silence_is_filled_with_comments",
        why: "Your keep-alive is an event with data, so every page has to know it and throw it away. A comment, a line that begins with a colon, is for the line and not for the page.",
        read: "06-sse.html#keeping-alive-with-events",
        tell: None,
    },
    Mistake {
        name: "blocks_the_shutdown",
        title: "a stream that outlives its server",
        conversation: "the_shutdown_ends_the_stream",
        why: "axum's graceful shutdown waits for every response, and your stream has no end: the server never goes. End the stream when the shutdown begins, with `take_until`.",
        read: "06-sse.html#a-stream-that-outlives-its-server",
        tell: None,
    },
    Mistake {
        name: "done_without_data",
        title: "an end without data",
        conversation: "a_completion_comes_token_by_token",
        why: "`event: done` has no data, and a browser does not dispatch an event whose data is empty: the page never hears of the end, and the `EventSource` comes back and asks again.",
        read: "06-sse.html#an-end-without-data",
        tell: None,
    },
    Mistake {
        name: "produces_for_nobody",
        title: "producing for nobody",
        conversation: "who_leaves_stops_the_producer",
        why: "The tokens are made by a task of their own, which goes on when the client has gone; for a model that is money. \
              Make them inside the stream, which is dropped with the connection, or stop when the channel has no receiver.",
        read: "06-sse.html#producing-for-nobody",
        tell: None,
    },
];
