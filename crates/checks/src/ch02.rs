//! Chapter 02, messages: one socket on which text carries JSON commands, and binary carries bytes.

use std::time::Duration;

use tracing::Level;
use transcript::Client;

use crate::{
    chapter::{Chapter, Mistake, conversations},
    log::Log,
    stage::Stage,
};

/// The suite of chapter 02.
pub static CHAPTER: Chapter = Chapter {
    number: "02",
    topic: "messages",
    conversations: conversations![
        1 two_numbers_are_added "two numbers are added",
        1 large_numbers_are_exact "large numbers are exact",
        2 a_tick_is_answered_with_one_more "a tick is answered with one more",
        2 text_is_reversed_by_characters "text is reversed by characters",
        2 a_character_cut_in_two_is_whole_again "a character that was cut in two is whole again",
        3 malformed_json_is_answered "malformed JSON is answered",
        3 an_unknown_op_is_answered "an unknown op is answered",
        3 a_wrong_field_is_answered "a wrong field is answered",
        3 a_missing_op_is_a_wrong_field "a missing op is a wrong field",
        3 a_number_beyond_i64_is_a_wrong_field "a number beyond i64 is a wrong field",
        3 a_result_beyond_i64_is_an_overflow "a result beyond i64 is an overflow",
        4 bytes_come_back_reversed "bytes come back reversed",
        4 an_empty_frame_is_answered "an empty frame is answered with an empty frame",
        4 json_in_binary_is_bytes "JSON in a binary message is bytes",
        4 a_ping_is_not_bytes "a ping is not bytes",
        4 answers_keep_the_order "answers come in the order of the messages",
        5 sixty_four_kib_are_served "64 KiB are served",
        5 text_that_is_not_utf8_is_closed_with_1007 "text that is not UTF-8 is closed with 1007",
        5 a_larger_message_is_closed_with_1009 "a larger message is closed with 1009",
        5 fragments_count_together "fragments count together",
        5 whoever_is_sent_away_is_let_go "whoever is sent away is let go",
        6 a_close_in_mid_command_is_no_error "a Close in mid-command is no error",
        6 a_lost_client_is_no_error "a lost client is no error",
        6 a_client_lost_in_mid_command_is_no_error "a client that is lost in mid-command is no error",
    ],
    only_here: &[],
    not_played: &[],
    mistakes: MISTAKES,
};

const SUM: &str = r#"{"op":"add","a":2,"b":3}"#;

/// A client with an open socket.
async fn connected(stage: &Stage, name: &str) -> Client {
    let client = stage.client(name);
    client.connect("/ws/messages").await;
    client
}

/// A client with an open socket that answers a Close and hangs up: after an error a server cannot receive any more,
/// so how long it waits before it ends TCP is its own affair.
async fn connected_until_close(stage: &Stage, name: &str) -> Client {
    let client = connected(stage, name).await;
    client.hang_up_at_close();
    client
}

/// Says so where the server's log has something in it that would wake somebody up.
fn say_what_was_logged(stage: &Stage, log: &Log) {
    let logged = log.at(&[Level::ERROR, Level::WARN]);
    if !logged.is_empty() {
        stage.remark("logs an error or a warning");
    }
    // The words are the server's own, so they are no part of the transcript; the verdict shows what was printed.
    for line in logged {
        println!("in the log, as an error or a warning: {line}");
    }
}

async fn two_numbers_are_added(stage: &Stage) {
    let alice = connected(stage, "alice").await;
    alice.text(SUM).await;
    alice.text(r#"{"op":"add","a":-7,"b":0}"#).await;
}

async fn large_numbers_are_exact(stage: &Stage) {
    let alice = connected(stage, "alice").await;
    // 2^53 + 1: the smallest positive integer that a double cannot hold.
    alice
        .text(r#"{"op":"add","a":9007199254740992,"b":1}"#)
        .await;
}

async fn a_tick_is_answered_with_one_more(stage: &Stage) {
    let alice = connected(stage, "alice").await;
    alice.text(r#"{"op":"tick","value":42}"#).await;
    alice.text(r#"{"op":"tick","value":-1}"#).await;
}

async fn text_is_reversed_by_characters(stage: &Stage) {
    let alice = connected(stage, "alice").await;
    alice
        .text(r#"{"op":"reverse","text":"  crab 🦀 für drei"}"#)
        .await;
    alice.text(r#"{"op":"reverse","text":""}"#).await;
}

async fn a_character_cut_in_two_is_whole_again(stage: &Stage) {
    let alice = connected(stage, "alice").await;
    // `é` is c3 a9. It is the message that has to be UTF-8, not each of its frames (RFC 6455 section 5.6).
    alice.first(r#"{"op":"reverse","text":"caf"#).await;
    alice.more(b"\xc3").await;
    alice.last(b"\xa9\"}").await;
}

async fn malformed_json_is_answered(stage: &Stage) {
    // Nobody should close here; what comes after a Close differs from server to server, and is not the point.
    let alice = connected_until_close(stage, "alice").await;
    alice.text(r#"{"op":"add","a":2,"#).await;
    alice.text("two and three, please").await;
    alice.text("").await;
    alice.text(SUM).await;
}

async fn an_unknown_op_is_answered(stage: &Stage) {
    let alice = connected(stage, "alice").await;
    alice.text(r#"{"op":"subtract","a":2,"b":3}"#).await;
    alice.text(SUM).await;
}

async fn a_wrong_field_is_answered(stage: &Stage) {
    let alice = connected(stage, "alice").await;
    alice.text(r#"{"op":"add","a":2}"#).await;
    alice.text(r#"{"op":"add","a":2,"b":"3"}"#).await;
    alice.text(r#"{"op":"tick","value":1.5}"#).await;
    alice.text(r#"{"op":"reverse","text":null}"#).await;
    alice.text(SUM).await;
}

async fn a_missing_op_is_a_wrong_field(stage: &Stage) {
    let alice = connected(stage, "alice").await;
    alice.text(r#"{"a":2,"b":3}"#).await;
    // JSON that is no object has no op either.
    alice.text("5").await;
    alice.text(SUM).await;
}

async fn a_number_beyond_i64_is_a_wrong_field(stage: &Stage) {
    let alice = connected(stage, "alice").await;
    alice
        .text(r#"{"op":"tick","value":9223372036854775808}"#)
        .await;
    alice
        .text(r#"{"op":"add","a":-9223372036854775809,"b":0}"#)
        .await;
    alice.text(SUM).await;
}

async fn a_result_beyond_i64_is_an_overflow(stage: &Stage) {
    let alice = connected(stage, "alice").await;
    alice
        .text(r#"{"op":"add","a":9223372036854775807,"b":1}"#)
        .await;
    alice
        .text(r#"{"op":"add","a":-9223372036854775808,"b":-1}"#)
        .await;
    alice
        .text(r#"{"op":"tick","value":9223372036854775807}"#)
        .await;
    // Up to the very edge it is no overflow.
    alice
        .text(r#"{"op":"tick","value":9223372036854775806}"#)
        .await;
}

async fn bytes_come_back_reversed(stage: &Stage) {
    let alice = connected(stage, "alice").await;
    alice.binary([0x00, 0x01, 0xfe, 0xff]).await;
    alice.binary(*b"hello").await;
}

async fn an_empty_frame_is_answered(stage: &Stage) {
    let alice = connected(stage, "alice").await;
    alice.binary([0; 0]).await;
    alice.binary([1, 2]).await;
}

async fn json_in_binary_is_bytes(stage: &Stage) {
    let alice = connected(stage, "alice").await;
    alice.binary(*br#"{"op":"tick","value":1}"#).await;
}

async fn a_ping_is_not_bytes(stage: &Stage) {
    let alice = connected(stage, "alice").await;
    alice.ping("ping").await;
    alice.pong("nobody asked").await;
    alice.binary([1, 2]).await;
}

async fn answers_keep_the_order(stage: &Stage) {
    let alice = connected(stage, "alice").await;
    stage
        .at_once(async || {
            alice.text(r#"{"op":"tick","value":1}"#).await;
            alice.binary([1, 2]).await;
            alice.text("not JSON").await;
            alice.binary([3, 4]).await;
            alice.text(r#"{"op":"tick","value":2}"#).await;
        })
        .await;
}

/// The largest message that is accepted.
const MAX: usize = 64 * 1024;

async fn sixty_four_kib_are_served(stage: &Stage) {
    let alice = connected(stage, "alice").await;
    let mut bytes = vec![0; MAX];
    bytes[0] = 1;
    alice.binary(bytes).await;
}

async fn text_that_is_not_utf8_is_closed_with_1007(stage: &Stage) {
    let alice = connected_until_close(stage, "alice").await;
    alice.text(SUM).await;
    alice.text(b"caf\xe9").await;
}

async fn a_larger_message_is_closed_with_1009(stage: &Stage) {
    let alice = connected_until_close(stage, "alice").await;
    alice.binary(vec![0; MAX + 1]).await;
    // Text has the same limit, and it is one of bytes: these are half as many characters.
    let bob = connected_until_close(stage, "bob").await;
    bob.text("ü".repeat(MAX / 2) + "!").await;
}

async fn fragments_count_together(stage: &Stage) {
    let alice = connected_until_close(stage, "alice").await;
    alice.first("a".repeat(40_000)).await;
    alice.last("z".repeat(40_000)).await;
}

/// After this whoever was sent away has no connection any more: the exercise promises ten seconds.
const GRACE: Duration = Duration::from_secs(11);

async fn whoever_is_sent_away_is_let_go(stage: &Stage) {
    let alice = connected(stage, "alice").await;
    // What she still reads, and when within these seconds it ends, is open. She waits for the server to end it.
    alice.remark("sends too much, and answers no Close");
    alice.hide();
    alice.binary(vec![0; MAX + 1]).await;
    stage.advance(GRACE).await;
    alice.remark(match alice.is_connected() {
        true => "is still connected",
        false => "finds her connection closed",
    });
}

async fn a_close_in_mid_command_is_no_error(stage: &Stage) {
    let log = stage.capture_log();
    let alice = connected(stage, "alice").await;
    // Whether the answer still comes is a race that nobody has to win.
    alice.gather();
    stage
        .at_once(async || {
            alice.text(SUM).await;
            alice.close(1000, "").await;
        })
        .await;
    say_what_was_logged(stage, &log);
}

async fn a_lost_client_is_no_error(stage: &Stage) {
    let log = stage.capture_log();
    let alice = connected(stage, "alice").await;
    let bob = connected(stage, "bob").await;
    // Nothing is under way: it is the receive that fails, not the send.
    alice.vanish().await;
    bob.reset().await;
    say_what_was_logged(stage, &log);
}

async fn a_client_lost_in_mid_command_is_no_error(stage: &Stage) {
    let log = stage.capture_log();
    let alice = connected(stage, "alice").await;
    let bob = connected(stage, "bob").await;
    stage
        .at_once(async || {
            alice.text(SUM).await;
            alice.vanish().await;
        })
        .await;
    stage
        .at_once(async || {
            bob.text(SUM).await;
            bob.reset().await;
        })
        .await;
    say_what_was_logged(stage, &log);
}

const MISTAKES: &[Mistake] = &[
    Mistake {
        name: "json_as_binary",
        title: "JSON sent as binary",
        conversation: "two_numbers_are_added",
        why: "Your answer is a binary message, probably because `serde_json::to_vec` made bytes of it. JSON is text, and a page that \
              expects a string gets a `Blob` or an `ArrayBuffer`. Use `serde_json::to_string`, and `Message::text`.",
        read: "02-messages.html#json-sent-as-binary",
        tell: &[],
    },
    Mistake {
        name: "enum_without_a_tag",
        title: "an enum that serde writes in another way",
        conversation: "two_numbers_are_added",
        why: "A good command is answered with an error, so serde did not recognise it: because it expects `{\"Add\": {…}}` as \
              long as nothing says that the name stands in a field, or because it expects `Add`, which is how Rust spells it. \
              `#[serde(tag = \"op\", rename_all = \"lowercase\")]` on `Command` says both; `Event` below it shows how.",
        read: "02-messages.html#an-enum-that-serde-writes-in-another-way",
        tell: &[],
    },
    Mistake {
        name: "encodes_twice",
        title: "JSON in JSON",
        conversation: "two_numbers_are_added",
        why: "Your answer is a JSON string in which there is JSON: it was encoded twice, because what goes into `to_string` is \
              a text already, or because a `json!` has made a string of it. Encode the event itself, once, and send that text \
              as it is.",
        read: "02-messages.html#json-in-json",
        tell: &[],
    },
    Mistake {
        name: "numbers_as_doubles",
        title: "numbers as doubles",
        conversation: "large_numbers_are_exact",
        why: "The last digit is wrong, as if numbers were read as `f64`, as JavaScript does. A double holds every integer up to 2^53 and not every one above it, and `as \
              i64` turns what is too large into the nearest end. JSON itself sets no such limit: read an `i64`, and let serde refuse what \
              does not fit.",
        read: "02-messages.html#numbers-as-doubles",
        tell: &[],
    },
    Mistake {
        name: "reverses_bytes",
        title: "reversing UTF-8 by bytes",
        conversation: "text_is_reversed_by_characters",
        why: "You reverse the bytes of the text. A character is up to four of them, and backwards they are no UTF-8: `from_utf8` fails, \
              `from_utf8_lossy` writes replacement characters over them. Use `text.chars().rev().collect()`.",
        read: "02-messages.html#reversing-utf-8-by-bytes",
        tell: &[],
    },
    Mistake {
        name: "unwraps_reversed_bytes",
        title: "reversing UTF-8 by bytes",
        conversation: "text_is_reversed_by_characters",
        why: "You reverse the bytes of the text. A character is up to four of them, and backwards they are no UTF-8, as \
              `from_utf8` says, and your `unwrap` or `expect` makes a panic of it. Use `text.chars().rev().collect()`.",
        read: "02-messages.html#reversing-utf-8-by-bytes",
        tell: &[],
    },
    Mistake {
        name: "unwraps_the_parse",
        title: "unwrapping the parse",
        conversation: "malformed_json_is_answered",
        why: "You `unwrap` what `serde_json` made of a client's text, so anybody can end the task with one bad message: the client sees \
              1006, and you a panic. What comes from outside is allowed to be wrong: match on the `Err`, and answer it.",
        read: "02-messages.html#unwrapping-the-parse",
        tell: &[],
    },
    Mistake {
        name: "closes_on_bad_json",
        title: "closing on bad JSON",
        conversation: "malformed_json_is_answered",
        why: "One message that is no JSON ends the whole session. Text that is no JSON is still text, so the connection is in order (1007 \
              is about bytes that are not UTF-8): answer with an error event, and go on.",
        read: "02-messages.html#closing-on-bad-json",
        tell: &[],
    },
    Mistake {
        name: "leaves_on_bad_json",
        title: "leaving on bad JSON",
        conversation: "malformed_json_is_answered",
        why: "Your loop ends where the parse fails: a `?`, a `let … else { return }`, a `break`. The socket is dropped, and the client sees \
              1006 and no reason. An error of parsing is a value like any other: make an error event of it, and go on.",
        read: "02-messages.html#leaving-on-bad-json",
        tell: &[],
    },
    Mistake {
        name: "says_nothing_to_nonsense",
        title: "saying nothing to nonsense",
        conversation: "malformed_json_is_answered",
        why: "What you do not understand you leave unanswered. The client waits, and nobody learns why: a message has no status line, so an \
              error has to be a message of its own. Answer every command, with an event or with an error.",
        read: "02-messages.html#saying-nothing-to-nonsense",
        tell: &[],
    },
    Mistake {
        name: "calls_everything_bad_json",
        title: "calling every error bad JSON",
        conversation: "an_unknown_op_is_answered",
        why: "You map every error of serde's to `bad_json`. A client that is newer than the server wants to know the op that is missing \
              from the field that is wrong. `serde_json::Error::is_data` tells JSON of a wrong shape from no JSON, and `#[serde(other)]` on \
              a last variant catches ops that you do not know.",
        read: "02-messages.html#calling-every-error-bad-json",
        tell: &[],
    },
    Mistake {
        name: "an_unknown_op_is_a_field",
        title: "taking an unknown op for a wrong field",
        conversation: "an_unknown_op_is_answered",
        why: "An `op` that you do not know is answered with `bad_field`: to serde it is data that does not fit, like a field \
              of another type. Give the enum a case for it, a last variant without fields that is marked `#[serde(other)]`, \
              and answer that one with `unknown_op`.",
        read: "02-messages.html#taking-an-unknown-op-for-a-wrong-field",
        tell: &[],
    },
    Mistake {
        name: "a_missing_op_is_unknown",
        title: "taking a missing op for an unknown one",
        conversation: "a_missing_op_is_a_wrong_field",
        why: "A command without an `op` is answered with `unknown_op`, because one arm catches both. There is no name here \
              that you could not know; what is missing is a field: `bad_field`. Ask for the field first, and for its value \
              after that.",
        read: "02-messages.html#taking-a-missing-op-for-an-unknown-one",
        tell: &[],
    },
    Mistake {
        name: "untagged_commands",
        title: "an untagged enum",
        conversation: "an_unknown_op_is_answered",
        why: "`#[serde(untagged)]` tries one variant after the other and takes the first whose fields fit, so `op` is never looked at, and \
              a `subtract` is carried out as an `add`. Let the field decide: `#[serde(tag = \"op\")]`.",
        read: "02-messages.html#an-untagged-enum",
        tell: &[],
    },
    Mistake {
        name: "adds_with_plus",
        title: "adding without a check",
        conversation: "a_result_beyond_i64_is_an_overflow",
        why: "A plain `+` on numbers from outside panics in a debug build, as here, and in a release build it wraps around without a word. \
              Use `checked_add`, and answer `None` with an error.",
        read: "02-messages.html#adding-without-a-check",
        tell: &[],
    },
    Mistake {
        name: "wraps_around",
        title: "wrapping around",
        conversation: "a_result_beyond_i64_is_an_overflow",
        why: "The sum of two large numbers came out negative: `wrapping_add`, or a plain `+` in a release build. No client can tell it from \
              a right answer. Use `checked_add`, and answer `None` with an error.",
        read: "02-messages.html#adding-without-a-check",
        tell: &[],
    },
    Mistake {
        name: "saturates",
        title: "stopping at the edge",
        conversation: "a_result_beyond_i64_is_an_overflow",
        why: "The sum of two large numbers came out as the largest number there is: `saturating_add`. It is wrong, and looks \
              like a right answer. Use `checked_add`, and answer `None` with an error.",
        read: "02-messages.html#adding-without-a-check",
        tell: &[],
    },
    Mistake {
        name: "drops_empty_frames",
        title: "dropping empty frames",
        conversation: "an_empty_frame_is_answered",
        why: "You take a message without bytes for no message. WebSocket keeps the boundaries of messages, so one of no bytes is a message \
              as well, and its sender waits for the answer. Remove the special case.",
        read: "02-messages.html#dropping-empty-frames",
        tell: &[],
    },
    Mistake {
        name: "commands_in_binary",
        title: "commands in binary",
        conversation: "json_in_binary_is_bytes",
        why: "You look for JSON in a binary message. The sender chose the kind, and here binary means bytes, whatever they look like: a \
              file that happens to be JSON must not become a command. Decide by the kind of the message, and never by its content.",
        read: "02-messages.html#commands-in-binary",
        tell: &[],
    },
    Mistake {
        name: "all_the_rest_is_bytes",
        title: "taking all the rest for bytes",
        conversation: "a_ping_is_not_bytes",
        why: "A ping or a pong is answered with bytes, because you have an arm for text, and treat everything else as bytes; but pings, pongs and Closes come out of the same `recv()`, and \
              `into_data` gives you bytes for them too. Name `Message::Binary`, and do nothing at the other three.",
        read: "02-messages.html#taking-all-the-rest-for-bytes",
        tell: &[],
    },
    Mistake {
        name: "limits_are_not_there_yet",
        title: "not there yet: limits, and saying why",
        conversation: "text_that_is_not_utf8_is_closed_with_1007",
        why: "No limit is set, and your loop ends at an error without a word, which the client sees as 1006. Both are step 5: \
              `max_message_size` before `on_upgrade`, and, where `recv()` yields an error, the Close that `farewell` makes of \
              it.",
        read: "02-messages.html#the-default-limits-left-in-place",
        tell: &[],
    },
    Mistake {
        name: "a_task_per_command",
        title: "a task for each command",
        conversation: "answers_keep_the_order",
        why: "Each command runs in a task of its own, so the answers come in the order in which the tasks are done, and the client cannot \
              tell which answer is which. Answer in the loop, or put an id into each command and its answer; this protocol has none.",
        read: "02-messages.html#a-task-for-each-command",
        tell: &[],
    },
    Mistake {
        name: "default_limits",
        title: "the default limits left in place",
        conversation: "a_larger_message_is_closed_with_1009",
        why: "Without a limit of your own a message may have 64 MiB, and every client may have the server hold that much for it. Set \
              `max_message_size`, and `max_frame_size` with it, on the `WebSocketUpgrade`, before `on_upgrade`.",
        read: "02-messages.html#the-default-limits-left-in-place",
        tell: &[],
    },
    Mistake {
        name: "counts_characters",
        title: "counting characters",
        conversation: "a_larger_message_is_closed_with_1009",
        why: "Bytes are limited, and text is not: you count its characters, and one may have four bytes. What fills memory and \
              is promised in README.md is bytes: `text.len()`, or `max_message_size`, which counts for both kinds, and before \
              you have the message.",
        read: "02-messages.html#counting-characters",
        tell: &[],
    },
    Mistake {
        name: "limits_frames_only",
        title: "limiting frames only",
        conversation: "fragments_count_together",
        why: "You limit the size of a frame, and a message may be many frames: 40,000 bytes twice pass, and so does anything up to the \
              default 64 MiB. `max_message_size` is the rule; `max_frame_size` only refuses sooner.",
        read: "02-messages.html#limiting-frames-only",
        tell: &[],
    },
    Mistake {
        name: "leaves_at_an_error",
        title: "leaving at an error without a word",
        conversation: "text_that_is_not_utf8_is_closed_with_1007",
        why: "The client is not told why: your loop ends at the error, the socket is dropped, and what the client sees is \
              1006, after which it reconnects and sends the same again. Nothing more can be received after an error, but a Close can still \
              be sent: 1009 or 1007, depending on the error.",
        read: "02-messages.html#leaving-at-an-error-without-a-word",
        tell: &[],
    },
    Mistake {
        name: "one_code_for_every_error",
        title: "one code for every error",
        conversation: "text_that_is_not_utf8_is_closed_with_1007",
        why: "You answer every error with the code of one. A client decides by the code what to do, so 1009 for bad text sends somebody \
              looking in the wrong place. An `axum::Error` has the error of tungstenite as its `source()`: `downcast_ref`, and match on \
              `Capacity` and `Utf8`.",
        read: "02-messages.html#one-code-for-every-error",
        tell: &[],
    },
    Mistake {
        name: "explains_at_length",
        title: "a reason that does not fit",
        conversation: "a_larger_message_is_closed_with_1009",
        why: "The payload of a control frame is at most 125 bytes, two of which are the code, so a reason has 123. tungstenite sends a \
              longer one as it is, and the peer fails the connection over it. Keep the reason short and constant; what is long belongs into \
              your log.",
        read: "02-messages.html#a-reason-that-does-not-fit",
        tell: &[],
    },
    Mistake {
        name: "never_lets_go",
        title: "waiting without an end",
        conversation: "whoever_is_sent_away_is_let_go",
        why: "Long after the Close the connection is still there: you wait for a peer that may never answer, or you keep its \
              socket somewhere. After an error nothing can be received any more, so there is nothing to wait for but time: a \
              second or so, so that the reason can be read, and then let go.",
        read: "02-messages.html#waiting-without-an-end",
        tell: &[],
    },
    Mistake {
        name: "logs_a_leaving_client",
        title: "an alarm for a leaving client",
        conversation: "a_close_in_mid_command_is_no_error",
        why: "Your log has an error or a warning in it (above, under \"It printed\"), and all that happened is that a client asked something and \
              left. They leave all day, in the middle of a command too, and an alarm that rings all day is one that nobody hears. Log an end at \
              `debug`, and keep `error` for what you have to repair.",
        read: "02-messages.html#an-alarm-for-a-leaving-client",
        tell: &[],
    },
    Mistake {
        name: "leaves_at_close",
        title: "leaving at Close",
        conversation: "a_close_in_mid_command_is_no_error",
        why: "You leave at the Close that you receive. The answer to it is made by the library, and goes out with your next \
              call of `recv()`, so that nobody sends it, and the client sees 1006. Do nothing at a Close, and go on until \
              `None` (chapter 01).",
        read: "02-messages.html#leaving-at-close",
        tell: &[],
    },
];
