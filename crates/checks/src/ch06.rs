//! Chapter 06, SSE: a feed as an event stream and as a WebSocket, and an answer that comes token by token.

use std::time::Duration;

use serde_json::Value;
use transcript::{Client, Http, Sse};

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
        1 the_headers_are_those_of_a_stream "the headers are those of a stream",
        1 two_followers_hear_the_same "two followers hear the same, each from its beginning",
        1 a_burst_is_heard_whole "a burst is heard whole",
        2 an_event_has_a_name "an event has a name",
        2 a_line_break_survives "a line break in the data survives",
        2 a_line_break_of_two_characters_is_one "a line break of two characters is one",
        2 a_name_with_a_line_break_is_refused "a name with a line break is refused",
        2 what_no_page_would_hear_is_refused "what no page would hear is refused",
        3 a_follower_comes_back_and_misses_nothing "a follower comes back, and misses nothing",
        3 an_id_that_is_too_old_is_told_so "an id that is too old is told so",
        3 an_id_from_before_a_restart_is_told_so "an id from before a restart is told so",
        3 an_id_can_be_anything "an id can be anything",
        3 who_stops_reading_is_told_what_is_gone "who stops reading delays nobody, and is told what is gone",
        4 silence_is_filled_with_comments "silence is filled with comments",
        4 an_event_puts_the_comment_off "an event puts the comment off",
        4 the_shutdown_ends_the_stream "the shutdown ends the stream",
        5 a_completion_comes_token_by_token "a completion comes token by token",
        5 who_leaves_stops_the_producer "who leaves stops the producer",
        5 each_completion_has_its_producer "each completion has its producer",
        5 a_completion_ends_in_peace "a completion ends in peace",
        6 the_same_feed_by_websocket "the same feed by WebSocket",
        6 a_websocket_comes_back_and_misses_nothing "a WebSocket comes back, and misses nothing",
        6 a_follower_by_websocket_is_listened_to "a follower by WebSocket is listened to",
        6 a_websocket_that_stops_reading_is_told_too "a WebSocket that stops reading is told what is gone, too",
        6 the_shutdown_says_goodbye_to_a_websocket "the shutdown says goodbye to a WebSocket",
        6 who_does_not_say_goodbye_holds_nobody_up "who does not say goodbye holds nobody up",
    ],
    only_here: &[
        "the_shutdown_ends_the_stream",
        "a_completion_ends_in_peace",
        "who_does_not_say_goodbye_holds_nobody_up",
        "the_shutdown_says_goodbye_to_a_websocket",
        // Over TCP two kernels hold megabytes for somebody who does not read, and nobody is overtaken.
        "who_stops_reading_is_told_what_is_gone",
        "a_websocket_that_stops_reading_is_told_too",
    ],
    not_played: &[
        "several threads: what promises that no event falls between looking into the ring and falling asleep?",
        "somebody who never reads again: what keeps the shutdown from waiting for the bytes that are under way to him?",
    ],
    mistakes: MISTAKES,
};

/// Longer than a token takes: a producer that notices at its next token has noticed.
const A_TOKEN: Duration = Duration::from_secs(2);

async fn what_is_published_is_heard(stage: &Stage) {
    let [alice, editor] = stage.people(["alice", "editor"]);
    alice.get("/events").await;
    publish(&editor, "first").await;
    publish(&editor, "second").await;
}

async fn the_headers_are_those_of_a_stream(stage: &Stage) {
    let [alice] = stage.people(["alice"]);
    let request = Http::get("/events")
        .show("content-type")
        .show("cache-control");
    alice.request(request.show("x-accel-buffering")).await;
}

async fn two_followers_hear_the_same(stage: &Stage) {
    let [alice, bob, editor] = stage.people(["alice", "bob", "editor"]);
    alice.get("/events").await;
    publish(&editor, "only alice").await;
    bob.get("/events").await;
    publish(&editor, "both").await;
    alice.vanish().await;
    publish(&editor, "only bob").await;
}

async fn a_burst_is_heard_whole(stage: &Stage) {
    let [alice] = stage.people(["alice"]);
    let editors = [1, 2, 3, 4, 5].map(|n| stage.client(&format!("editor-{n}")));
    alice.get("/events").await;
    alice.remark("five editors publish at once");
    editors.iter().for_each(Client::hide);
    stage
        .at_once(async || {
            for editor in &editors {
                publish(editor, "news").await;
            }
        })
        .await;
}

async fn an_event_has_a_name(stage: &Stage) {
    let [alice, editor] = stage.people(["alice", "editor"]);
    alice.get("/events").await;
    editor
        .request(Http::post("/publish?event=price").body("41"))
        .await;
    publish(&editor, "without one").await;
}

async fn a_line_break_survives(stage: &Stage) {
    let [alice, editor] = stage.people(["alice", "editor"]);
    alice.get("/events").await;
    publish(&editor, "  one\ntwo\n\nfour\n").await;
}

async fn a_line_break_of_two_characters_is_one(stage: &Stage) {
    let [alice, editor] = stage.people(["alice", "editor"]);
    alice.get("/events").await;
    publish(&editor, "one\r\ntwo\rthree").await;
}

async fn a_name_with_a_line_break_is_refused(stage: &Stage) {
    let [alice, editor] = stage.people(["alice", "editor"]);
    alice.get("/events").await;
    for name in ["price%0Adata:%20forged", "price%0Ddata:%20forged"] {
        let forged = Http::post(&format!("/publish?event={name}")).body("41");
        editor.request(forged.class_only()).await;
    }
    publish(&editor, "and it goes on").await;
}

async fn what_no_page_would_hear_is_refused(stage: &Stage) {
    let [alice, editor] = stage.people(["alice", "editor"]);
    alice.get("/events").await;
    let silent = Http::post("/publish?event=price").body("");
    editor.request(silent.class_only()).await;
    // A blank is data.
    publish(&editor, " ").await;
}

async fn a_follower_comes_back_and_misses_nothing(stage: &Stage) {
    let [alice, editor] = stage.people(["alice", "editor"]);
    publish_many(&editor, 9).await;
    come_back(&alice, "7").await;
    publish(&editor, "10").await;
}

async fn an_id_that_is_too_old_is_told_so(stage: &Stage) {
    let [alice, editor] = stage.people(["alice", "editor"]);
    // 21 to 120 are kept: one who has seen 20 has missed nothing, one who has seen 19 has.
    publish_many(&editor, 120).await;
    for seen in ["20", "19"] {
        alice.gather_events();
        come_back(&alice, seen).await;
        account(&alice, alice.take_events(), 120);
        alice.vanish().await;
    }
}

async fn an_id_from_before_a_restart_is_told_so(stage: &Stage) {
    let [alice, editor] = stage.people(["alice", "editor"]);
    publish_many(&editor, 2).await;
    come_back(&alice, "4711").await;
    publish(&editor, "3").await;
}

async fn an_id_can_be_anything(stage: &Stage) {
    let [alice, editor] = stage.people(["alice", "editor"]);
    publish_many(&editor, 1).await;
    for seen in ["banana", "-1", "18446744073709551615"] {
        come_back(&alice, seen).await;
        alice.vanish().await;
    }
}

async fn who_stops_reading_is_told_what_is_gone(stage: &Stage) {
    let [alice, bob, editor] = stage.people(["alice", "bob", "editor"]);
    for one in [&alice, &bob] {
        one.get("/events").await;
        one.gather_events();
    }
    alice.stop_reading().await;
    publish_much(stage, &editor).await;
    account(&bob, bob.take_events(), 340);
    bob.hide();
    alice.read_again().await;
    account(&alice, alice.take_events(), 340);
}

/// Publishes 340 events to somebody who does not read: less than 130 of them are under way, in buffers here and there, and 100 are in the
/// ring. A queue of 100 more would still be a bound.
async fn publish_much(stage: &Stage, editor: &Client) {
    let long = "news ".repeat(4 * 1024 / 5);
    editor.remark("publishes 340 long events");
    editor.hide();
    for _ in 0..17 {
        stage
            .at_once(async || {
                for _ in 0..20 {
                    publish(editor, &long).await;
                }
            })
            .await;
    }
}

async fn silence_is_filled_with_comments(stage: &Stage) {
    let [alice] = stage.people(["alice"]);
    alice.get("/events").await;
    stage.advance(Duration::from_secs(32)).await;
}

async fn an_event_puts_the_comment_off(stage: &Stage) {
    let [alice, editor] = stage.people(["alice", "editor"]);
    alice.get("/events").await;
    stage.advance(Duration::from_secs(10)).await;
    publish(&editor, "not silent").await;
    stage.advance(Duration::from_secs(16)).await;
}

async fn the_shutdown_ends_the_stream(stage: &Stage) {
    let [alice] = stage.people(["alice"]);
    alice.get("/events").await;
    stage.shut_down().await;
}

async fn a_completion_comes_token_by_token(stage: &Stage) {
    let [alice, probe] = stage.people(["alice", "probe"]);
    let request = Http::get("/complete?prompt=WebSockets").show("content-type");
    alice.request(request).await;
    probe.get("/producers").await;
    stage.advance(Duration::from_secs(5)).await;
    probe.get("/producers").await;
}

async fn who_leaves_stops_the_producer(stage: &Stage) {
    let [alice, probe] = stage.people(["alice", "probe"]);
    alice.get("/complete?prompt=something+rather+long").await;
    stage.advance(Duration::from_secs(1)).await;
    alice.vanish().await;
    stage.advance(A_TOKEN).await;
    probe.get("/producers").await;
    stage.advance(Duration::from_secs(10)).await;
    probe.get("/producers").await;
}

async fn each_completion_has_its_producer(stage: &Stage) {
    let [alice, bob, probe] = stage.people(["alice", "bob", "probe"]);
    alice
        .get("/complete?prompt=something+rather+long+for+once")
        .await;
    bob.get("/complete?prompt=another").await;
    // How far they come in the meantime is another conversation's matter.
    alice.hide();
    bob.hide();
    probe.get("/producers").await;
    bob.remark("leaves");
    bob.reset().await;
    stage.advance(A_TOKEN).await;
    probe.get("/producers").await;
}

async fn a_completion_ends_in_peace(stage: &Stage) {
    let [alice] = stage.people(["alice"]);
    alice.get("/complete?prompt=graceful+shutdown").await;
    stage.advance(Duration::from_secs(1)).await;
    stage.shut_down().await;
    stage.advance(Duration::from_secs(6)).await;
}

async fn the_same_feed_by_websocket(stage: &Stage) {
    let [alice, bob, editor] = stage.people(["alice", "bob", "editor"]);
    alice.connect("/ws/events").await;
    bob.get("/events").await;
    publish(&editor, "for\r\nboth\rof them").await;
    editor
        .request(Http::post("/publish?event=price").body("41"))
        .await;
}

async fn a_websocket_comes_back_and_misses_nothing(stage: &Stage) {
    let [alice, bob, editor] = stage.people(["alice", "bob", "editor"]);
    publish_many(&editor, 3).await;
    alice.connect("/ws/events?after=1").await;
    bob.connect("/ws/events?after=99").await;
}

async fn a_follower_by_websocket_is_listened_to(stage: &Stage) {
    let [alice, editor] = stage.people(["alice", "editor"]);
    alice.connect("/ws/events").await;
    alice.ping("still there?").await;
    alice.text("nobody asked me").await;
    publish(&editor, "news").await;
    alice.close(1000, "").await;
}

async fn a_websocket_that_stops_reading_is_told_too(stage: &Stage) {
    let [alice, bob, editor] = stage.people(["alice", "bob", "editor"]);
    for one in [&alice, &bob] {
        one.connect("/ws/events").await;
        one.gather_texts();
    }
    alice.stop_reading().await;
    publish_much(stage, &editor).await;
    account(&bob, as_events(bob.take_texts()), 340);
    bob.hide();
    alice.read_again().await;
    account(&alice, as_events(alice.take_texts()), 340);
}

async fn who_does_not_say_goodbye_holds_nobody_up(stage: &Stage) {
    let [alice] = stage.people(["alice"]);
    alice.connect("/ws/events").await;
    stage.shut_down().await;
    stage.advance(Duration::from_secs(12)).await;
}

async fn the_shutdown_says_goodbye_to_a_websocket(stage: &Stage) {
    let [alice] = stage.people(["alice"]);
    alice.connect("/ws/events").await;
    stage.shut_down().await;
    alice.answer_close().await;
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

/// What was said by WebSocket, as an event stream says it.
fn as_events(texts: Vec<String>) -> Vec<Sse> {
    let event = |text: String| {
        let said: Value = serde_json::from_str(&text).unwrap_or_default();
        let number = |key: &str| said[key].as_u64().map(|number| number.to_string());
        let reset = number("reset");
        Sse::Event {
            id: number("id"),
            event: reset.as_ref().map(|_| "reset".into()),
            data: Some(reset.unwrap_or(text)),
            retry: None,
        }
    };
    texts.into_iter().map(event).collect()
}

/// Says in one line which events a client has heard, when this is the newest.
///
/// Where somebody who has not read was left behind depends on the sizes of buffers, so the end of a run before a gap is not said.
fn account(client: &Client, heard: Vec<Sse>, newest: u64) {
    let mut parts: Vec<String> = vec![];
    let mut run: Option<(u64, u64)> = None;
    for heard in heard {
        let Sse::Event {
            id, event, data, ..
        } = heard
        else {
            continue;
        };
        if event.as_deref() == Some("reset") {
            parts.extend(run.take().map(|run| format!("{} on", run.0)));
            parts.push(format!("reset to {}", data.unwrap_or_default()));
            parts.extend(id.map(|id| format!("as event {id}")));
            continue;
        }
        match (id.and_then(|id| id.parse().ok()), run) {
            (Some(id), Some((first, last))) if id == last + 1 => run = Some((first, id)),
            (Some(id), Some((first, last))) => {
                parts.push(format!("{first} on"));
                parts.push(
                    if id > last {
                        "a gap"
                    } else {
                        "something again"
                    }
                    .into(),
                );
                run = Some((id, id));
            }
            (Some(id), None) => run = Some((id, id)),
            // `retry`, which comes at the beginning.
            (None, _) if event.is_none() && data.is_none() => {}
            (None, _) => {
                parts.extend(run.take().map(from_to));
                parts.push("an event without an id".into());
            }
        }
    }
    parts.extend(run.map(|run| match run.1 == newest {
        true => from_to(run),
        false => format!("{} on, and not the newest", run.0),
    }));
    let parts = match parts.is_empty() {
        true => "nothing".into(),
        false => parts.join(", "),
    };
    client.remark(&format!("heard {parts}"));
}

fn from_to((first, last): (u64, u64)) -> String {
    match last - first {
        0 => first.to_string(),
        _ => format!("{first} to {last}"),
    }
}

const MISTAKES: &[Mistake] = &[
    Mistake {
        name: "events_without_ids",
        title: "events without ids",
        conversation: "what_is_published_is_heard",
        why: "Your events have no `id`, so a browser has nothing to send as `Last-Event-ID`, and what is published while it is away is lost to it. \
              Give every event the number under which the ring keeps it.",
        read: "06-sse.html#events-without-ids",
        tell: &[],
    },
    Mistake {
        name: "no_retry",
        title: "no word on when to come back",
        conversation: "what_is_published_is_heard",
        why: "Your stream does not say `retry`, so each browser comes back when it likes: Chromium 156 after 3 s, others sooner or later, and none as \
              you planned it. Begin the stream with one event that has nothing but `retry`; a browser remembers it.",
        read: "06-sse.html#no-word-on-when-to-come-back",
        tell: &[],
    },
    Mistake {
        name: "replays_to_newcomers",
        title: "the past for those who have just come",
        conversation: "two_followers_hear_the_same",
        why: "A newcomer hears what was published before it came. Having seen nothing is not the same as having missed everything: who has no \
              `Last-Event-ID` asks for what comes. Without the header begin at the newest id; with it, behind the id that it names.",
        read: "06-sse.html#the-past-for-those-who-have-just-come",
        tell: &[],
    },
    Mistake {
        name: "one_event_per_request",
        title: "one event, and the end",
        conversation: "what_is_published_is_heard",
        why: "Your stream ends behind its first event. A browser comes back and finds the next one, so it looks as if it worked: as long polling, with \
              a wait of `retry` in every step. The stream has no end of its own: `stream::unfold` over a loop that waits, or a channel.",
        read: "06-sse.html#one-event-and-the-end",
        tell: &[],
    },
    Mistake {
        name: "forgets_to_wake",
        title: "nobody is woken",
        conversation: "what_is_published_is_heard",
        why: "Events are numbered and kept, and a follower that waits for one hears of none: `newest` is not told, so nobody wakes up. \
              `newest.send_replace(id)`, behind the change of the ring; `send` gives up when nobody listens at the moment, and keeps nothing.",
        read: "06-sse.html#nobody-is-woken",
        tell: &[],
    },
    Mistake {
        name: "plain_text",
        title: "a stream that is called text",
        conversation: "the_headers_are_those_of_a_stream",
        why: "The content type is not `text/event-stream`, and an `EventSource` that gets another one gives up for good, without a retry. Build the \
              response with `Sse`, which sets it, and `cache-control: no-cache` with it.",
        read: "06-sse.html#a-stream-that-is-called-text",
        tell: &[],
    },
    Mistake {
        name: "buffered",
        title: "a stream in somebody's buffer",
        conversation: "the_headers_are_those_of_a_stream",
        why: "There is no `x-accel-buffering: no`, so an nginx in between, whose `proxy_buffering` is on by default, may collect your events and pass \
              them on in heaps. On your own machine you never see it. Add the header: a tuple of `[(\"x-accel-buffering\", \"no\")]` and the `Sse` is \
              a response.",
        read: "06-sse.html#a-stream-in-somebodys-buffer",
        tell: &[],
    },
    Mistake {
        name: "one_event_per_wake",
        title: "one event for five",
        conversation: "a_burst_is_heard_whole",
        why: "Five events were published before your follower had its turn, it was woken once, and it sent one. A `watch` and a `Notify` say *that* \
              something is new and never *how much*. Once awake, send until the ring has no more, and only then sleep again.",
        read: "06-sse.html#one-event-for-five",
        tell: &[],
    },
    Mistake {
        name: "nameless",
        title: "events without names",
        conversation: "an_event_has_a_name",
        why: "The event has a name, and you do not send it yet: to a browser all of them are `message`, and `addEventListener(\"price\", …)` never fires. \
              `Event::event` where there is a name, and nothing where there is none.",
        read: "06-sse.html#events-without-names",
        tell: &[],
    },
    Mistake {
        name: "first_line_only",
        title: "data that ends at its first line",
        conversation: "a_line_break_survives",
        why: "Only the first line of the data arrives: a line break ends a field, and what follows was taken away or is a line that no browser \
              understands. Each line is a `data:` field of its own; `Event::data` does that.",
        read: "06-sse.html#data-that-ends-at-its-first-line",
        tell: &[],
    },
    Mistake {
        name: "loses_the_last_line_break",
        title: "data without its last line break",
        conversation: "a_line_break_survives",
        why: "The line break at the end of the data is gone: `lines()` and a `join` lose it, and `trim_end` takes blanks with it. Data is whatever was \
              published. Replace CR LF and CR, and touch nothing else.",
        read: "06-sse.html#data-without-its-last-line-break",
        tell: &[],
    },
    Mistake {
        name: "doubles_line_breaks",
        title: "a blank line in every line break",
        conversation: "a_line_break_of_two_characters_is_one",
        why: "A CR LF in the data arrives as two line breaks. `Event::data` of axum 0.8.9 begins a new `data:` at each of the two characters, and a \
              browser finds a blank line between the two of `one\\r\\ntwo`. The format knows one line break in data: make it one before you keep the \
              event.",
        read: "06-sse.html#a-blank-line-in-every-line-break",
        tell: &[],
    },
    Mistake {
        name: "keeps_a_lone_cr",
        title: "a line break that only an event stream has",
        conversation: "the_same_feed_by_websocket",
        why: "A CR alone arrives as it is by WebSocket, and as a line break by event stream: axum makes a new `data:` of it, so there it looks right. What is the \
              same feed has to be the same data. Replace CR LF first and CR after it, before the event is kept.",
        read: "06-sse.html#a-line-break-that-only-an-event-stream-has",
        tell: &[],
    },
    Mistake {
        name: "unchecked_name",
        title: "a name that is not checked",
        conversation: "a_name_with_a_line_break_is_refused",
        why: "A name with a line break is accepted. It begins a new field, so whoever may name an event may forge others; axum's `Event::event` panics \
              at it instead, in the task of every follower, and every stream breaks off. Names and ids come from you, or are checked for CR and LF \
              before they are kept.",
        read: "06-sse.html#a-name-that-is-not-checked",
        tell: &[],
    },
    Mistake {
        name: "half_checked_name",
        title: "a name that is checked for half of the line breaks",
        conversation: "a_name_with_a_line_break_is_refused",
        why: "One of the two names with a line break is accepted. A line of an event stream ends with CR, with LF, or with both, so either of them begins a \
              new field, and axum's `Event::event` panics at either: `name.contains(['\\r', '\\n'])`.",
        read: "06-sse.html#a-name-that-is-not-checked",
        tell: &[],
    },
    Mistake {
        name: "unheard_event",
        title: "an event that nobody hears",
        conversation: "what_no_page_would_hear_is_refused",
        why: "An event without data is taken and given an id. axum's `Event::data(\"\")` writes no field at all, and a browser does not dispatch an \
              event without one: the publisher is told that all is well, and no page ever hears of it. Refuse it while there is somebody to tell.",
        read: "06-sse.html#an-event-that-nobody-hears",
        tell: &[],
    },
    Mistake {
        name: "ignores_last_event_id",
        title: "beginning anew for those who come back",
        conversation: "a_follower_comes_back_and_misses_nothing",
        why: "Whoever comes back hears only what is new, and has a gap, because you do not look at `Last-Event-ID` yet. axum has no extractor for it. Read \
              it from `HeaderMap`, and begin behind the id that it names.",
        read: "06-sse.html#beginning-anew-for-those-who-come-back",
        tell: &[],
    },
    Mistake {
        name: "resumes_off_by_one",
        title: "resuming one too early",
        conversation: "a_follower_comes_back_and_misses_nothing",
        why: "The event with the id that the client brought is sent once more. The id names what was *seen*. Everything after it is owed, and nothing \
              before.",
        read: "06-sse.html#resuming-one-too-early",
        tell: &[],
    },
    Mistake {
        name: "keeps_one_too_few",
        title: "a ring of 99",
        conversation: "an_id_that_is_too_old_is_told_so",
        why: "Somebody who has missed exactly the hundred events that are to be kept is told that some are gone: your ring holds one less. Push first, \
              then drop from the front *while* there are more than 100.",
        read: "06-sse.html#a-ring-of-99",
        tell: &[],
    },
    Mistake {
        name: "silent_gap",
        title: "a gap without a word",
        conversation: "an_id_that_is_too_old_is_told_so",
        why: "What the follower has missed is not kept any more, and you send what there is as if nothing were missing; the page goes on from a state \
              that never was. Say so, with a `reset` event that names the first id that is left: the page then loads the state anew.",
        read: "06-sse.html#a-gap-without-a-word",
        tell: &[],
    },
    Mistake {
        name: "reset_with_an_id",
        title: "a reset that counts as seen",
        conversation: "an_id_that_is_too_old_is_told_so",
        why: "Your `reset` has an id, so the page has now seen an event that it has not: when the line breaks behind the `reset`, it comes back with \
              that id, and the event of this number is lost for good. The `reset` is about the stream and not in it: no id, and the page keeps the one \
              that it had.",
        read: "06-sse.html#a-reset-that-counts-as-seen",
        tell: &[],
    },
    Mistake {
        name: "waits_for_the_future",
        title: "waiting for an id from the past",
        conversation: "an_id_from_before_a_restart_is_told_so",
        why: "The follower brings an id that this server has not given out yet, from before its restart, and hears nothing until the numbers get \
              there. An id beyond the newest is as lost as one that is too old: answer with `reset`.",
        read: "06-sse.html#waiting-for-an-id-from-the-past",
        tell: &[],
    },
    Mistake {
        name: "forgives_garbage",
        title: "an unknown id taken for none",
        conversation: "an_id_can_be_anything",
        why: "An id that you cannot read counts as none, so whoever brings it has a gap and is not told. It was given out by somebody: by the version \
              before this one, perhaps. What is no id of yours was never given out by you: answer with `reset`.",
        read: "06-sse.html#an-unknown-id-taken-for-none",
        tell: &[],
    },
    Mistake {
        name: "garbage_is_zero",
        title: "an unknown id taken for the beginning",
        conversation: "an_id_can_be_anything",
        why: "An id that you cannot read counts as 0, so whoever brings it gets all that you still have, and is not told that it follows on nothing \
              they know. What is no id of yours was never given out by you: a number beyond all of yours leads it to the same `reset`.",
        read: "06-sse.html#an-unknown-id-taken-for-the-beginning",
        tell: &[],
    },
    Mistake {
        name: "refuses_garbage",
        title: "a refusal that is final",
        conversation: "an_id_can_be_anything",
        why: "An id that you cannot read is refused, and an `EventSource` that gets a status other than 200 is closed for good. The id stays in that \
              page, so nothing that you deploy later will bring it back. Answer 200 and `reset`; the next event gives the page an id that you know.",
        read: "06-sse.html#a-refusal-that-is-final",
        tell: &[],
    },
    Mistake {
        name: "panics_at_garbage",
        title: "unwrapping a header",
        conversation: "an_id_can_be_anything",
        why: "Your code panics at an id that is no number. The header is written by whoever sends the request. `parse().ok()`, and one answer for all \
              that was never given out.",
        read: "06-sse.html#unwrapping-a-header",
        tell: &[],
    },
    Mistake {
        name: "a_queue_without_end",
        title: "a queue without an end",
        conversation: "who_stops_reading_is_told_what_is_gone",
        why: "Somebody who stopped reading was given everything that came meanwhile, all 340 events, so it was kept for that one follower. There is no \
              limit to it but your memory. Keep a position instead of a queue, or give the queue a bound, and let whoever was overtaken go back to the \
              ring, which says `reset`.",
        read: "06-sse.html#a-queue-without-an-end",
        tell: &[],
    },
    Mistake {
        name: "waits_for_the_slowest",
        title: "publishing at the pace of the slowest",
        conversation: "who_stops_reading_is_told_what_is_gone",
        why: "Somebody stopped reading, and the others heard no more: publishing waits for room in everybody's queue. Publishing puts an event into \
              the ring and wakes everybody, and waits for nobody.",
        read: "06-sse.html#publishing-at-the-pace-of-the-slowest",
        tell: &[],
    },
    Mistake {
        name: "ring_of_a_channel",
        title: "the ring of a channel",
        conversation: "who_stops_reading_is_told_what_is_gone",
        why: "Somebody who was overtaken is led to another event than the first of the 100 that are kept. `broadcast::Sender::new(100)` keeps 128, the next \
              power of two, so your feed has two rings, and which one a follower is told about depends on how it lost its place. When a receiver says \
              `Lagged`, let it go back to the ring that answers `Last-Event-ID`, by the same way.",
        read: "06-sse.html#the-ring-of-a-channel",
        tell: &[],
    },
    Mistake {
        name: "swallows_the_lag",
        title: "a lag that is passed over",
        conversation: "who_stops_reading_is_told_what_is_gone",
        why: "Somebody who has missed something while not reading hears what comes next, and not that there is a gap. A `broadcast` receiver says `Lagged` \
              once, and `BroadcastStream` hands it on as an `Err` that a `filter_map(Result::ok)` throws away. It is the one thing that the page has to know: \
              send `reset`.",
        read: "06-sse.html#a-gap-without-a-word",
        tell: &[],
    },
    Mistake {
        name: "no_keep_alive",
        title: "silence",
        conversation: "silence_is_filled_with_comments",
        why: "Nothing is sent yet while nothing happens. A proxy ends what is silent, often after a minute, and you notice that a client is gone only when \
              you write. `Sse::keep_alive` sends a comment; it is opt-in.",
        read: "06-sse.html#silence",
        tell: &[],
    },
    Mistake {
        name: "keep_alive_as_data",
        title: "keeping alive with events",
        conversation: "silence_is_filled_with_comments",
        why: "Your keep-alive is an event with data, so every page has to know it and throw it away. A comment, a line that begins with a colon, is \
              for the line and not for the page.",
        read: "06-sse.html#keeping-alive-with-events",
        tell: &[],
    },
    Mistake {
        name: "keep_alive_by_the_clock",
        title: "comments by the clock",
        conversation: "an_event_puts_the_comment_off",
        why: "A comment comes every 15 s, also when something else was sent a moment ago. That costs a packet for each follower of a busy feed, and \
              keeps nothing alive that was not. Measure the silence: the timer begins anew with every event, as that of `Sse::keep_alive` does.",
        read: "06-sse.html#comments-by-the-clock",
        tell: &[],
    },
    Mistake {
        name: "blocks_the_shutdown",
        title: "a stream that outlives its server",
        conversation: "the_shutdown_ends_the_stream",
        why: "The server is told to go and never goes: axum's graceful shutdown waits for every response, and your stream has no end. End the stream \
              when the shutdown begins, with `take_until`.",
        read: "06-sse.html#a-stream-that-outlives-its-server",
        tell: &[],
    },
    Mistake {
        name: "whole_answer",
        title: "an answer all at once",
        conversation: "a_completion_comes_token_by_token",
        why: "The answer comes in one piece, when all of it has been made. What a streamed completion is for is the first word after a second. Make a \
              token when the stream is asked for one, and not before.",
        read: "06-sse.html#an-answer-all-at-once",
        tell: &[],
    },
    Mistake {
        name: "late_answer",
        title: "tokens that come together",
        conversation: "a_completion_comes_token_by_token",
        why: "All tokens come at once, when the last of them has been made: something collects them before any is sent. An answer that is streamed is one \
              whose first word is there after a second. Let the stream make a token when it is asked for one.",
        read: "06-sse.html#tokens-that-come-together",
        tell: &[],
    },
    Mistake {
        name: "blocks_the_thread",
        title: "tokens without a pause",
        conversation: "a_completion_comes_token_by_token",
        why: "The tokens come without any time between them. Either nothing waits, or it is `std::thread::sleep` that does: that stops the thread, and every \
              other task on it, and to the check, which goes by tokio's clock, no time has passed. `tokio::time::sleep(PACE).await`.",
        read: "06-sse.html#tokens-without-a-pause",
        tell: &[],
    },
    Mistake {
        name: "eats_the_blank",
        title: "words that run together",
        conversation: "a_completion_comes_token_by_token",
        why: "The tokens come without their blanks, and the page shows `Youasked`. A reader takes away *one* blank behind the colon, so a token that \
              begins with one needs two on the wire: `Event::data` writes them, `trim` and a `data:` by hand without a blank lose one. Send tokens as \
              they are.",
        read: "06-sse.html#words-that-run-together",
        tell: &[],
    },
    Mistake {
        name: "no_done",
        title: "an end that says nothing",
        conversation: "a_completion_comes_token_by_token",
        why: "The stream ends behind the last token. To a page that looks like a broken line, and an `EventSource` asks for the whole completion \
              again. Say that it is over, with an event, so that the page can close.",
        read: "06-sse.html#an-end-that-says-nothing",
        tell: &[],
    },
    Mistake {
        name: "done_without_data",
        title: "an end without data",
        conversation: "a_completion_comes_token_by_token",
        why: "`event: done` comes without a `data:` field, and a browser does not dispatch such an event: the page never hears of the end, and its \
              `EventSource` comes back and asks again. Give it data, whatever it is.",
        read: "06-sse.html#an-end-without-data",
        tell: &[],
    },
    Mistake {
        name: "produces_for_nobody",
        title: "producing for nobody",
        conversation: "who_leaves_stops_the_producer",
        why: "The client has gone, and the production goes on to its end: a task of its own makes the tokens and never asks whether anybody wants \
              them. With a model that is money. Make them inside the stream, which is dropped with the connection, or end the task when its channel \
              has no receiver.",
        read: "06-sse.html#producing-for-nobody",
        tell: &[],
    },
    Mistake {
        name: "counts_down_at_the_end",
        title: "a count that only the patient bring down",
        conversation: "who_leaves_stops_the_producer",
        why: "The client has gone, nothing is produced, and the count stays up for ever: it is brought down behind the last token, and a stream that \
              is dropped never gets there. Count down in the `Drop` of a guard that the stream owns.",
        read: "06-sse.html#a-count-that-only-the-patient-bring-down",
        tell: &[],
    },
    Mistake {
        name: "cuts_completions_off",
        title: "cutting a completion off",
        conversation: "a_completion_ends_in_peace",
        why: "The server is told to go, and a completion that would have been over in a few seconds breaks off without `done`: to an `EventSource` that is a \
              broken line, and it asks for all of it again. `take_until` is for what has no end of its own; the graceful shutdown waits for the rest.",
        read: "06-sse.html#cutting-a-completion-off",
        tell: &[],
    },
    Mistake {
        name: "leaves_completions_behind",
        title: "leaving before the completions",
        conversation: "a_completion_ends_in_peace",
        why: "Your `serve` has returned while a completion was under way: `axum::serve` was dropped when the shutdown came, in a `select!` perhaps, and then \
              nobody waits for responses. In a program the return from `main` cuts them off. `with_graceful_shutdown` stops accepting, and returns when the \
              last response is over.",
        read: "06-sse.html#leaving-before-the-completions",
        tell: &[],
    },
    Mistake {
        name: "forgets_where_a_websocket_was",
        title: "a WebSocket that has missed something",
        conversation: "a_websocket_comes_back_and_misses_nothing",
        why: "A WebSocket that comes back with `after` hears only what is new. There is no `Last-Event-ID` here that a browser would send; the id in \
              the query is all that you get. Begin where the query says, by the same way as the event stream.",
        read: "06-sse.html#a-websocket-that-has-missed-something",
        tell: &[],
    },
    Mistake {
        name: "only_sends",
        title: "a socket that is never read",
        conversation: "a_follower_by_websocket_is_listened_to",
        why: "Pings and the Close stay unanswered, because nobody reads: axum answers them while somebody calls `recv`, and a loop that only sends \
              never does. `select!` over the feed and `recv`, even though nothing is expected from the client.",
        read: "06-sse.html#a-socket-that-is-never-read",
        tell: &[],
    },
    Mistake {
        name: "ends_without_goodbye",
        title: "leaving a WebSocket without a Close",
        conversation: "the_shutdown_says_goodbye_to_a_websocket",
        why: "At the shutdown the client sees 1006. An event stream that ends has ended in order; a WebSocket whose connection ends has not. Send a \
              Close 1001, and read until the client's has come.",
        read: "06-sse.html#leaving-a-websocket-without-a-close",
        tell: &[],
    },
    Mistake {
        name: "leaves_sockets_behind",
        title: "leaving before the WebSockets",
        conversation: "the_shutdown_says_goodbye_to_a_websocket",
        why: "Your server has ended before its WebSocket has: axum's graceful shutdown waits for responses, and a WebSocket is none any more. In a \
              program the return from `main` then cuts the goodbye off. Track the sockets' tasks, and wait for them behind `axum::serve`.",
        read: "06-sse.html#leaving-before-the-websockets",
        tell: &[],
    },
    Mistake {
        name: "waits_for_an_answer",
        title: "waiting for a goodbye",
        conversation: "who_does_not_say_goodbye_holds_nobody_up",
        why: "One client does not answer your Close, and your server never ends: a laptop that was closed, or a proxy in between, holds up every deploy. Give \
              the answer `GRACE`, with a `timeout`, and go.",
        read: "06-sse.html#waiting-for-a-goodbye",
        tell: &[],
    },
];
