//! Chapter 05, auth: five doors, and who gets through which of them, for how long.

use std::time::{Duration, SystemTime};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use transcript::{Client, Http};

use crate::{
    chapter::{Chapter, Mistake, conversations},
    log::Log,
    stage::Stage,
};

/// The suite of chapter 05.
pub static CHAPTER: Chapter = Chapter {
    number: "05",
    topic: "auth",
    conversations: conversations![
        1 a_bad_token_is_refused "a bad token is refused before the upgrade",
        1 a_missing_token_is_refused "a missing token is refused in the same way",
        1 a_good_token_is_welcomed "a good token is welcomed",
        1 everybody_is_called_by_their_name "everybody is called by the name in their token",
        1 a_forged_token_is_refused "a forged token is refused",
        1 an_expired_token_is_refused "an expired token is refused",
        1 the_token_is_not_in_the_log "the token is not in the log",
        2 a_token_in_the_first_message_is_welcomed "a token in the first message is welcomed",
        2 four_seconds_are_in_time "four seconds are in time",
        2 anything_else_first_is_sent_away "anything else first is sent away",
        2 a_wrong_token_first_is_sent_away "a wrong token first is sent away",
        2 silence_is_sent_away "silence is sent away",
        2 the_deadline_is_for_the_whole_message "the deadline is for the whole message",
        2 a_ping_is_no_first_message "a ping is no first message",
        2 nothing_comes_before_the_welcome "nothing comes before the welcome",
        2 who_leaves_unknown_is_answered "who leaves unknown is answered",
        3 a_cookie_from_a_known_origin_is_welcomed "a cookie from a known origin is welcomed",
        3 a_cookie_that_is_none_is_refused "a cookie that is none is refused",
        3 a_foreign_origin_is_refused "a foreign origin is refused",
        3 a_missing_origin_is_refused "a missing origin is refused",
        3 an_origin_that_begins_alike_is_refused "an origin that begins alike is refused",
        3 an_origin_that_ends_alike_is_refused "an origin that ends alike is refused",
        3 scheme_and_port_are_part_of_an_origin "scheme and port are part of an origin",
        3 the_origin_null_is_refused "the origin null is refused",
        4 a_ticket_is_welcomed "a ticket is welcomed",
        4 a_ticket_costs_a_token "a ticket costs a token",
        4 a_ticket_is_good_once "a ticket is good once",
        4 of_two_with_one_ticket_one_gets_in "of two with one ticket one gets in",
        4 a_ticket_is_good_for_thirty_seconds "a ticket is good for thirty seconds",
        4 a_ticket_cannot_be_guessed "a ticket cannot be guessed",
        4 a_ticket_is_like_no_other "a ticket is like no other",
        5 the_protocol_is_answered_and_not_the_credential "the protocol is answered, and not the credential",
        5 a_bad_credential_is_refused "a bad credential is refused",
        6 a_session_ends_with_its_token "a session ends with its token",
        6 talking_does_not_prolong_it "talking does not prolong it",
        6 a_ticket_does_not_prolong_it "a ticket does not prolong it",
        6 every_door_leads_to_the_same_end "every door leads to the same end",
    ],
    only_here: &[],
    not_played: &[
        "A ticket is made by `secret::random`: a conversation sees that two are not alike, and not whether a third can be computed.",
        "Secrets are compared with `secret::same`, in constant time: over the wire, and under a clock that stands still, nobody can measure that.",
        "A ticket is looked up and taken away in one step. If there is no `.await` between the two steps, only two threads can be caught between them, \
         and the check has one.",
    ],
    mistakes: MISTAKES,
};

/// The key that the README names.
const KEY: &[u8] = b"the workbook's test key, which everybody knows";
/// Of tokens whose end no conversation waits for.
const AN_HOUR: f64 = 3600.0;
/// The origin that the README names.
const HOME: &str = "https://app.example";

/// A token that is valid for this long, and called like this in the transcript.
fn token(stage: &Stage, called: &str, user: &str, seconds: f64) -> String {
    let token = sign(KEY, user, seconds);
    stage.placeholder(called, &token);
    token
}

fn sign(key: &[u8], user: &str, seconds: f64) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    // The wall clock goes on while a busy machine is on the way from here to the server, which rounds down to whole seconds.
    let exp = now.unwrap_or_default().as_secs_f64() + seconds + 0.4;
    let head = format!(
        "{}.{}",
        BASE64URL.encode(r#"{"alg":"HS256","typ":"JWT"}"#),
        BASE64URL.encode(format!(r#"{{"sub":"{user}","exp":{exp:.3}}}"#))
    );
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length");
    let tag = mac.chain_update(&head).finalize().into_bytes();
    format!("{head}.{}", BASE64URL.encode(tag))
}

/// Says so where the server's log gives a secret away: the whole, or the better part of the signature in it, without which the rest is
/// worth nothing.
fn say_what_was_logged(stage: &Stage, log: &Log, secret: &str) {
    let (from, to) = (
        secret.len().saturating_sub(40),
        secret.len().saturating_sub(10),
    );
    let signature = secret.get(from..to).unwrap_or(secret);
    if log.contains(secret) || log.contains(signature) {
        stage.remark("has the token in its log");
    }
}

async fn by_query(client: &Client, token: &str) {
    client.connect(&format!("/ws/query?token={token}")).await;
}

async fn introduce(client: &Client, token: &str) {
    let auth = format!(r#"{{"type":"auth","token":"{token}"}}"#);
    client.text(auth).await;
}

/// Comes as a page of this origin does, with this header `Cookie`.
async fn by_cookie(client: &Client, cookies: &str, origin: &str) {
    let handshake = Http::get("/ws/cookie").header("cookie", cookies);
    client.open(handshake.header("origin", origin)).await;
}

/// Gets a ticket for a token.
async fn ticket(stage: &Stage, client: &Client, called: &str, token: &str) -> String {
    let request = Http::post("/ticket").header("authorization", &format!("Bearer {token}"));
    client.request(request).await;
    let ticket = client
        .last_body()
        .filter(|_| client.last_status() == Some(200));
    let ticket = ticket.unwrap_or_default();
    call(stage, called, &ticket);
    ticket
}

/// Gives a ticket its name in the transcript. What is no ticket, or one that anybody can guess, had better be seen as it is.
fn call(stage: &Stage, called: &str, ticket: &str) {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    if ticket.len() >= 8 && ticket.chars().all(plain) {
        stage.placeholder(called, ticket);
    }
}

async fn by_ticket(client: &Client, ticket: &str) {
    client.connect(&format!("/ws/ticket?ticket={ticket}")).await;
}

/// Offers these subprotocols, and shows which one was taken.
async fn by_protocol(client: &Client, offers: &[&str]) {
    let handshake = Http::get("/ws/protocol").protocols(offers.iter().copied());
    client.open(handshake.show("sec-websocket-protocol")).await;
}

fn credential(stage: &Stage, called: &str, token: &str) -> String {
    let credential = BASE64URL.encode(token);
    stage.placeholder(called, &credential);
    credential
}

async fn a_good_token_is_welcomed(stage: &Stage) {
    let token = token(stage, "token", "alice", AN_HOUR);
    let alice = stage.client("alice");
    by_query(&alice, &token).await;
    alice.text("hello").await;
    alice.close(1000, "").await;
}

async fn everybody_is_called_by_their_name(stage: &Stage) {
    for name in ["alice", "bob"] {
        let token = token(stage, &format!("token-for-{name}"), name, AN_HOUR);
        let client = stage.client(name);
        by_query(&client, &token).await;
    }
}

async fn a_bad_token_is_refused(stage: &Stage) {
    let alice = stage.client("alice");
    by_query(&alice, "banana").await;
}

async fn a_missing_token_is_refused(stage: &Stage) {
    let alice = stage.client("alice");
    alice.connect("/ws/query").await;
    by_query(&alice, "").await;
}

async fn a_forged_token_is_refused(stage: &Stage) {
    let mallory = stage.client("mallory");
    let guessed = sign(
        b"a key that somebody has guessed, and wrongly",
        "alice",
        AN_HOUR,
    );
    stage.placeholder("signed-with-another-key", &guessed);
    by_query(&mallory, &guessed).await;

    // The first half of a token for alice, the signature of one for mallory.
    let (own, wanted) = (sign(KEY, "mallory", AN_HOUR), sign(KEY, "alice", AN_HOUR));
    let tag = own.rsplit('.').next().unwrap_or_default();
    let head = wanted.rsplit_once('.').map_or("", |(head, _)| head);
    let pasted = format!("{head}.{tag}");
    stage.placeholder("signature-of-another-token", &pasted);
    by_query(&mallory, &pasted).await;

    let payload = head.split('.').nth(1).unwrap_or_default();
    let none = format!("{}.{payload}.", BASE64URL.encode(r#"{"alg":"none"}"#));
    stage.placeholder("unsigned", &none);
    by_query(&mallory, &none).await;
}

async fn an_expired_token_is_refused(stage: &Stage) {
    let token = token(stage, "expired-token", "alice", -AN_HOUR);
    let alice = stage.client("alice");
    by_query(&alice, &token).await;
}

async fn the_token_is_not_in_the_log(stage: &Stage) {
    let log = stage.capture_log();
    // One that is refused may still be a good one somewhere else, or tomorrow.
    let good = token(stage, "token", "alice", AN_HOUR);
    let bad = sign(
        b"the key of another server in the same house",
        "bob",
        AN_HOUR,
    );
    stage.placeholder("token-of-another-server", &bad);
    let [alice, bob] = ["alice", "bob"].map(|name| stage.client(name));
    by_query(&alice, &good).await;
    say_what_was_logged(stage, &log, &good);
    by_query(&bob, &bad).await;
    say_what_was_logged(stage, &log, &bad);
    if stage.is_here() && !log.contains("/ws/query") {
        stage.remark("has no line about the path /ws/query in its log");
    }
}

/// A client at the door where one has to speak first.
async fn unknown(stage: &Stage, name: &str) -> Client {
    let client = stage.client(name);
    client.connect("/ws/first-message").await;
    client
}

async fn a_token_in_the_first_message_is_welcomed(stage: &Stage) {
    let log = stage.capture_log();
    let token = token(stage, "token", "alice", AN_HOUR);
    let alice = unknown(stage, "alice").await;
    introduce(&alice, &token).await;
    // The five seconds were for the first message.
    stage.advance(Duration::from_secs(8)).await;
    alice.text("hello").await;
    alice.close(1000, "").await;
    say_what_was_logged(stage, &log, &token);
}

async fn four_seconds_are_in_time(stage: &Stage) {
    let token = token(stage, "token", "alice", AN_HOUR);
    let alice = unknown(stage, "alice").await;
    stage.advance(Duration::from_secs(4)).await;
    introduce(&alice, &token).await;
}

async fn anything_else_first_is_sent_away(stage: &Stage) {
    let token = token(stage, "token", "alice", AN_HOUR);
    let alice = unknown(stage, "alice").await;
    alice.text("hello").await;
    alice.answer_close().await;
    let bob = unknown(stage, "bob").await;
    bob.text(format!(r#"{{"type":"hello","token":"{token}"}}"#))
        .await;
    bob.answer_close().await;
    let carol = unknown(stage, "carol").await;
    carol.text(r#"{"type":"auth"}"#).await;
    carol.answer_close().await;
    let dave = unknown(stage, "dave").await;
    dave.binary([1, 2, 3]).await;
    dave.answer_close().await;
}

async fn a_wrong_token_first_is_sent_away(stage: &Stage) {
    let log = stage.capture_log();
    let expired = token(stage, "expired-token", "alice", -AN_HOUR);
    let alice = unknown(stage, "alice").await;
    introduce(&alice, "banana").await;
    alice.answer_close().await;
    let bob = unknown(stage, "bob").await;
    introduce(&bob, &expired).await;
    bob.answer_close().await;
    say_what_was_logged(stage, &log, &expired);
}

async fn silence_is_sent_away(stage: &Stage) {
    let alice = unknown(stage, "alice").await;
    stage.advance(Duration::from_secs(6)).await;
    alice.answer_close().await;
}

async fn the_deadline_is_for_the_whole_message(stage: &Stage) {
    let [alice, bob] = ["alice", "bob"].map(|name| stage.client(name));
    stage
        .at_once(async || {
            alice.connect("/ws/first-message").await;
            bob.connect("/ws/first-message").await;
        })
        .await;
    stage.advance(Duration::from_secs(3)).await;
    stage
        .at_once(async || {
            alice.ping("still here").await;
            bob.first(r#"{"type":"auth","#).await;
        })
        .await;
    stage.advance(Duration::from_secs(3)).await;
    alice.answer_close().await;
    bob.answer_close().await;
}

async fn a_ping_is_no_first_message(stage: &Stage) {
    let token = token(stage, "token", "alice", AN_HOUR);
    let alice = unknown(stage, "alice").await;
    alice.ping("").await;
    alice.pong("nobody asked").await;
    introduce(&alice, &token).await;
}

async fn nothing_comes_before_the_welcome(stage: &Stage) {
    let token = token(stage, "token", "alice", AN_HOUR);
    let alice = unknown(stage, "alice").await;
    stage
        .at_once(async || {
            introduce(&alice, &token).await;
            alice.text("hello").await;
        })
        .await;
    let mallory = unknown(stage, "mallory").await;
    stage
        .at_once(async || {
            introduce(&mallory, "banana").await;
            mallory.text("hello").await;
            introduce(&mallory, &token).await;
        })
        .await;
    mallory.answer_close().await;
}

async fn who_leaves_unknown_is_answered(stage: &Stage) {
    let alice = unknown(stage, "alice").await;
    alice.close(1000, "").await;
}

async fn a_cookie_from_a_known_origin_is_welcomed(stage: &Stage) {
    let log = stage.capture_log();
    let token = token(stage, "token", "alice", AN_HOUR);
    let [alice, bob] = ["alice", "bob"].map(|name| stage.client(name));
    by_cookie(&alice, &format!("session={token}"), HOME).await;
    alice.text("hello").await;
    // A browser sends all that it has for this host, in one header.
    by_cookie(&bob, &format!("theme=dark; session={token}; lang=de"), HOME).await;
    say_what_was_logged(stage, &log, &token);
}

async fn a_cookie_that_is_none_is_refused(stage: &Stage) {
    let log = stage.capture_log();
    let expired = token(stage, "expired-token", "alice", -AN_HOUR);
    let token = token(stage, "token", "alice", AN_HOUR);
    let alice = stage.client("alice");
    alice
        .open(Http::get("/ws/cookie").header("origin", HOME))
        .await;
    by_cookie(&alice, "session=banana", HOME).await;
    by_cookie(&alice, &format!("old-session={token}"), HOME).await;
    by_cookie(&alice, &format!("session={expired}"), HOME).await;
    say_what_was_logged(stage, &log, &expired);
}

async fn a_foreign_origin_is_refused(stage: &Stage) {
    from(stage, &["https://evil.example"]).await;
}

async fn a_missing_origin_is_refused(stage: &Stage) {
    let token = token(stage, "token", "alice", AN_HOUR);
    let alice = stage.client("alice");
    let cookie = format!("session={token}");
    alice
        .open(Http::get("/ws/cookie").header("cookie", &cookie))
        .await;
}

async fn an_origin_that_begins_alike_is_refused(stage: &Stage) {
    from(stage, &["https://app.example.evil.com"]).await;
}

async fn an_origin_that_ends_alike_is_refused(stage: &Stage) {
    from(
        stage,
        &["https://evilapp.example", "https://blog.app.example"],
    )
    .await;
}

async fn scheme_and_port_are_part_of_an_origin(stage: &Stage) {
    from(stage, &["http://app.example", "https://app.example:8443"]).await;
}

async fn the_origin_null_is_refused(stage: &Stage) {
    from(stage, &["null"]).await;
}

/// Pages of these origins, visited by alice, who has a good cookie.
async fn from(stage: &Stage, origins: &[&str]) {
    let token = token(stage, "token", "alice", AN_HOUR);
    let alice = stage.client("alice");
    for origin in origins {
        by_cookie(&alice, &format!("session={token}"), origin).await;
    }
}

async fn a_ticket_is_welcomed(stage: &Stage) {
    let log = stage.capture_log();
    let token = token(stage, "token", "alice", AN_HOUR);
    let alice = stage.client("alice");
    let ticket = ticket(stage, &alice, "ticket", &token).await;
    by_ticket(&alice, &ticket).await;
    alice.text("hello").await;
    say_what_was_logged(stage, &log, &token);
}

async fn a_ticket_costs_a_token(stage: &Stage) {
    let log = stage.capture_log();
    let expired = token(stage, "expired-token", "alice", -AN_HOUR);
    let mallory = stage.client("mallory");
    mallory.request(Http::post("/ticket").hide_refusal()).await;
    for token in ["banana", &expired] {
        let request = Http::post("/ticket").header("authorization", &format!("Bearer {token}"));
        mallory.request(request.hide_refusal()).await;
    }
    say_what_was_logged(stage, &log, &expired);
}

async fn a_ticket_is_good_once(stage: &Stage) {
    let token = token(stage, "token", "alice", AN_HOUR);
    let [alice, mallory] = ["alice", "mallory"].map(|name| stage.client(name));
    let ticket = ticket(stage, &alice, "ticket", &token).await;
    by_ticket(&alice, &ticket).await;
    // Found in a log, a second later.
    stage.advance(Duration::from_secs(1)).await;
    by_ticket(&mallory, &ticket).await;
}

async fn of_two_with_one_ticket_one_gets_in(stage: &Stage) {
    let token = token(stage, "token", "alice", AN_HOUR);
    let alice = stage.client("alice");
    let ticket = ticket(stage, &alice, "ticket", &token).await;
    // Which one is open, so they are not shown.
    let sockets = ["first", "second"].map(|name| stage.client(name));
    sockets.iter().for_each(Client::hide);
    stage
        .at_once(async || {
            for socket in &sockets {
                by_ticket(socket, &ticket).await;
            }
        })
        .await;
    let inside = sockets
        .iter()
        .filter(|socket| socket.last_status() == Some(101))
        .count();
    stage.remark(&format!("lets {inside} of 2 sockets in"));
}

async fn a_ticket_is_good_for_thirty_seconds(stage: &Stage) {
    let token = token(stage, "token", "alice", AN_HOUR);
    let alice = stage.client("alice");
    let [early, late] = [
        ticket(stage, &alice, "ticket", &token).await,
        ticket(stage, &alice, "another-ticket", &token).await,
    ];
    stage.advance(Duration::from_secs(28)).await;
    by_ticket(&alice, &early).await;
    stage.advance(Duration::from_secs(4)).await;
    by_ticket(&alice, &late).await;
}

async fn a_ticket_cannot_be_guessed(stage: &Stage) {
    let token = token(stage, "token", "alice", AN_HOUR);
    let [alice, mallory] = ["alice", "mallory"].map(|name| stage.client(name));
    let ticket = ticket(stage, &alice, "ticket", &token).await;
    mallory.connect("/ws/ticket").await;
    by_ticket(&mallory, "").await;
    by_ticket(&mallory, "banana").await;
    // As much of it as one might see over a shoulder.
    let seen = ticket.len() - ticket.len() / 4;
    let nearly = format!(
        "{}{}",
        ticket.get(..seen).unwrap_or_default(),
        "A".repeat(ticket.len() / 4)
    );
    call(stage, "three-quarters-of-the-ticket", &nearly);
    by_ticket(&mallory, &nearly).await;
    // Another one, since a wrong guess may have cost alice the first.
    let ticket = self::ticket(stage, &alice, "another-ticket", &token).await;
    let beginning = ticket.get(..seen).unwrap_or_default();
    call(stage, "beginning-of-another-ticket", beginning);
    by_ticket(&mallory, beginning).await;
    // And no token is a ticket.
    by_ticket(&mallory, &token).await;
    mallory.connect(&format!("/ws/ticket?token={token}")).await;
}

async fn a_ticket_is_like_no_other(stage: &Stage) {
    let token = token(stage, "token", "alice", AN_HOUR);
    let alice = stage.client("alice");
    let one = ticket(stage, &alice, "ticket", &token).await;
    let other = ticket(stage, &alice, "another-ticket", &token).await;
    // Two random ones differ nearly everywhere, and those of a clock or a counter in their last digits. One that is signed begins like
    // every other, and differs in a signature.
    let differ = one.chars().zip(other.chars()).filter(|(a, b)| a != b);
    if differ.count() < 12 {
        alice.remark("has two tickets that are nearly the same");
    }
}

async fn the_protocol_is_answered_and_not_the_credential(stage: &Stage) {
    let log = stage.capture_log();
    let token = token(stage, "token", "alice", AN_HOUR);
    let credential = credential(stage, "base64url-of-the-token", &token);
    let bearer = format!("bearer.{credential}");
    let [alice, bob] = ["alice", "bob"].map(|name| stage.client(name));
    by_protocol(&alice, &["workbook.v1", &bearer]).await;
    alice.text("hello").await;
    by_protocol(&bob, &[&bearer, "workbook.v1"]).await;
    say_what_was_logged(stage, &log, &credential);
    say_what_was_logged(stage, &log, &token);
}

async fn a_bad_credential_is_refused(stage: &Stage) {
    let log = stage.capture_log();
    let expired = token(stage, "expired-token", "alice", -AN_HOUR);
    let credential = credential(stage, "base64url-of-an-expired-token", &expired);
    let mallory = stage.client("mallory");
    by_protocol(&mallory, &["workbook.v1"]).await;
    by_protocol(&mallory, &["workbook.v1", "bearer.%%%"]).await;
    by_protocol(&mallory, &["workbook.v1", "bearer.YmFuYW5h"]).await;
    by_protocol(&mallory, &["workbook.v1", &format!("bearer.{credential}")]).await;
    say_what_was_logged(stage, &log, &credential);
    say_what_was_logged(stage, &log, &expired);
}

async fn a_session_ends_with_its_token(stage: &Stage) {
    let token = token(stage, "token-for-20s", "alice", 20.0);
    let alice = stage.client("alice");
    by_query(&alice, &token).await;
    stage.advance(Duration::from_secs(21)).await;
    alice.answer_close().await;
}

async fn talking_does_not_prolong_it(stage: &Stage) {
    let token = token(stage, "token-for-20s", "alice", 20.0);
    let alice = stage.client("alice");
    by_query(&alice, &token).await;
    stage.advance(Duration::from_secs(12)).await;
    alice.text("hello").await;
    stage.advance(Duration::from_secs(9)).await;
    alice.answer_close().await;
}

async fn a_ticket_does_not_prolong_it(stage: &Stage) {
    let token = token(stage, "token-for-20s", "alice", 20.0);
    let alice = stage.client("alice");
    let ticket = ticket(stage, &alice, "ticket", &token).await;
    stage.advance(Duration::from_secs(12)).await;
    by_ticket(&alice, &ticket).await;
    stage.advance(Duration::from_secs(9)).await;
    alice.answer_close().await;
}

async fn every_door_leads_to_the_same_end(stage: &Stage) {
    let token = token(stage, "token-for-20s", "alice", 20.0);
    let credential = credential(stage, "base64url-of-the-token", &token);
    let alice = unknown(stage, "alice").await;
    introduce(&alice, &token).await;
    let [bob, carol] = ["bob", "carol"].map(|name| stage.client(name));
    stage
        .at_once(async || {
            by_cookie(&bob, &format!("session={token}"), HOME).await;
            by_protocol(&carol, &["workbook.v1", &format!("bearer.{credential}")]).await;
        })
        .await;
    stage.advance(Duration::from_secs(21)).await;
    for client in [&alice, &bob, &carol] {
        client.answer_close().await;
    }
}

const MISTAKES: &[Mistake] = &[
    Mistake {
        name: "accepts_then_closes",
        title: "accepting first, and closing after",
        conversation: "a_bad_token_is_refused",
        why: "Your server answers a bad token with 101 and closes the socket afterwards. That costs a socket and a task for \
              everybody who knocks, a page sees `open` before it sees `close`, and no proxy and no monitoring sees a refusal. \
              The token is there before the upgrade: answer 401 instead of calling `on_upgrade`.",
        read: "05-auth.html#accepting-first-and-closing-after",
        tell: &[],
    },
    Mistake {
        name: "missing_token_is_400",
        title: "a missing token as a bad request",
        conversation: "a_missing_token_is_refused",
        why: "A token that is missing is answered with 400, and one that is bad with 401: `Query` refuses what it cannot \
              deserialize before your handler runs. To the client both are the same, \"show who you are\". Make the field an \
              `Option<String>`, and answer 401 for `None` as well.",
        read: "05-auth.html#a-missing-token-as-a-bad-request",
        tell: &[],
    },
    Mistake {
        name: "trusts_the_claims",
        title: "reading a token instead of verifying it",
        conversation: "a_forged_token_is_refused",
        why: "Your server believes a token that is not signed with its key: it reads the claims, and nobody has compared the \
              signature. Everybody can write such a token in a text editor. Let `Key::verify` do it, which takes one algorithm \
              and one key, and no word of the token for either.",
        read: "05-auth.html#reading-a-token-instead-of-verifying-it",
        tell: &[],
    },
    Mistake {
        name: "logs_the_uri",
        title: "the whole URI in the log",
        conversation: "the_token_is_not_in_the_log",
        why: "The token is in your log, or most of it: because a span has the whole URI in it, as tower-http's default span \
              has, or because you log what you were shown. Whoever reads logs, where they are collected, and in their backups, can be alice until the token expires. Give the \
              `TraceLayer` a span of your own with `make_span_with`, with the method and the path: `request.uri().path()` has \
              no query.",
        read: "05-auth.html#the-whole-uri-in-the-log",
        tell: &[],
    },
    Mistake {
        name: "logs_what_it_refuses",
        title: "what was refused in the log",
        conversation: "the_token_is_not_in_the_log",
        why: "A token that you refuse is in your log, or most of it. It may be good for another server, or tomorrow, or it is somebody's \
              password in the wrong field. Log that it was refused, where, and why, and never what it was.",
        read: "05-auth.html#what-was-refused-in-the-log",
        tell: &[],
    },
    Mistake {
        name: "everybody_is_alice",
        title: "one name for everybody",
        conversation: "everybody_is_called_by_their_name",
        why: "Bob is welcomed as alice: the name in your welcome is written down, and not taken from the token. Verifying says \
              *that* somebody may come in, and the claims say who it is; whatever your session does next, it does for \
              `claims.user`.",
        read: "05-auth.html#one-name-for-everybody",
        tell: &[],
    },
    Mistake {
        name: "leaves_at_close",
        title: "leaving at the Close",
        conversation: "a_good_token_is_welcomed",
        why: "The client's Close stays unanswered, and it sees 1006: you return when `Message::Close` arrives, or stop calling \
              `recv()`. tungstenite has the answer ready and sends it with the next `recv()`, which then yields `None`. Go on \
              until that, as in chapter 01.",
        read: "05-auth.html#leaving-at-the-close",
        tell: &[],
    },
    Mistake {
        name: "waits_for_ever",
        title: "waiting for the first message for ever",
        conversation: "silence_is_sent_away",
        why: "Somebody who says nothing stays: a socket, a task and a buffer for each of them, without having shown anything. \
              Put `tokio::time::timeout` around the whole of the introduction, and send away with 1008 whoever has not \
              managed.",
        read: "05-auth.html#waiting-for-the-first-message-for-ever",
        tell: &[],
    },
    Mistake {
        name: "deadline_restarts",
        title: "a deadline that starts anew",
        conversation: "the_deadline_is_for_the_whole_message",
        why: "Whoever sends a ping gets five seconds more, because the `timeout` is inside your loop and around one `recv()` \
              only. Five pings a minute, and a stranger stays for ever. One `timeout` around the whole loop, or one \
              `timeout_at` a moment that you fix beforehand.",
        read: "05-auth.html#a-deadline-that-starts-anew",
        tell: &[],
    },
    Mistake {
        name: "grace_for_the_whole_session",
        title: "five seconds for the whole session",
        conversation: "a_token_in_the_first_message_is_welcomed",
        why: "The session ends five seconds after it began, although the first message was in time: your `timeout` is around \
              the session, too. It belongs around what has to happen in time, which is the introduction; let that return the \
              claims, and start the session outside.",
        read: "05-auth.html#five-seconds-for-the-whole-session",
        tell: &[],
    },
    Mistake {
        name: "a_ping_is_the_first_message",
        title: "taking a ping for the first message",
        conversation: "a_ping_is_no_first_message",
        why: "You send somebody away because a ping came first. Pings and pongs come out of `recv()` like messages, and are \
              none: a proxy or a client's library may send them at any time. Wait on, under the same deadline.",
        read: "05-auth.html#taking-a-ping-for-the-first-message",
        tell: &[],
    },
    Mistake {
        name: "dismisses_who_has_left",
        title: "dismissing who has left",
        conversation: "who_leaves_unknown_is_answered",
        why: "A client that closes before it has said anything sees 1006. Its Close is not the right first message, so you \
              send 1008; but after a Close nothing can be sent, and the answer that tungstenite had ready is never flushed. \
              Poll once more until `None`, as for every Close, and send nothing.",
        read: "05-auth.html#dismissing-who-has-left",
        tell: &[],
    },
    Mistake {
        name: "any_json_with_a_token",
        title: "a token in any message",
        conversation: "anything_else_first_is_sent_away",
        why: "A message that is no `auth` is taken for one, because you look for the token and not for the `type`. The day \
              when another message carries a token, such as an invitation, it will open the door. Check the type, or read into \
              an enum that is tagged by it.",
        read: "05-auth.html#a-token-in-any-message",
        tell: &[],
    },
    Mistake {
        name: "second_chance",
        title: "a second chance",
        conversation: "a_wrong_token_first_is_sent_away",
        why: "After a wrong token you go on listening. Then one socket is enough to try tokens as fast as the line permits, \
              and no rate limit on handshakes sees it. One attempt for one connection: close with 1008, and whoever has a \
              better one comes again.",
        read: "05-auth.html#a-second-chance",
        tell: &[],
    },
    Mistake {
        name: "echoes_to_strangers",
        title: "serving somebody who has not said who they are",
        conversation: "anything_else_first_is_sent_away",
        why: "Somebody who has said nothing about themselves is answered, as if the session had begun. Here it is an echo; in \
              your next server it is the feed. Until the welcome a socket gets nothing but a Close: have the introduction in a \
              function of its own, which knows no message but the first.",
        read: "05-auth.html#serving-somebody-who-has-not-said-who-they-are",
        tell: &[],
    },
    Mistake {
        name: "logs_the_message",
        title: "messages in the log",
        conversation: "a_token_in_the_first_message_is_welcomed",
        why: "The token is in your log, because you log the message that it came in, `debug!(?message)` perhaps, which \
              somebody will switch on when there is trouble. Log kinds and lengths, and never what was said.",
        read: "05-auth.html#messages-in-the-log",
        tell: &[],
    },
    Mistake {
        name: "ignores_origin",
        title: "looking at the cookie only",
        conversation: "a_foreign_origin_is_refused",
        why: "A page of somebody else's gets in with alice's cookie: her browser sends it along whoever opened the socket, and \
              CORS does not apply to a handshake. That is cross-site WebSocket hijacking. Compare the header `Origin` with a \
              list of your own, and answer 403 to everything else.",
        read: "05-auth.html#looking-at-the-cookie-only",
        tell: &[],
    },
    Mistake {
        name: "a_missing_origin_is_fine",
        title: "a missing origin as a good one",
        conversation: "a_missing_origin_is_refused",
        why: "A handshake with a cookie and without an `Origin` gets in. Every browser sends one with a handshake, so this was \
              no page of yours; it is a program with a cookie that it should not have, and which could use another door. Here \
              what is missing is refused.",
        read: "05-auth.html#an-origin-that-is-none",
        tell: &[],
    },
    Mistake {
        name: "null_is_fine",
        title: "`null` as a good origin",
        conversation: "the_origin_null_is_refused",
        why: "The origin `null` gets in. It is what a browser sends for a sandboxed frame, a `data:` URL and a file on the \
              disk, and any page can put itself into a sandboxed frame. It is no name for nobody in particular, but one for \
              everybody: refuse it.",
        read: "05-auth.html#an-origin-that-is-none",
        tell: &[],
    },
    Mistake {
        name: "origin_begins_alike",
        title: "an origin that begins alike",
        conversation: "an_origin_that_begins_alike_is_refused",
        why: "`https://app.example.evil.com` begins as your origin does, and belongs to whoever owns `evil.com`. An origin has \
              no slash at its end that would stop `starts_with`. Compare whole strings.",
        read: "05-auth.html#an-origin-that-is-nearly-right",
        tell: &[],
    },
    Mistake {
        name: "origin_ends_alike",
        title: "an origin that ends alike",
        conversation: "an_origin_that_ends_alike_is_refused",
        why: "`https://evilapp.example` ends as your origin does, and anybody can register it. With a dot before the name it \
              would be your subdomains, of which one may belong to a customer. Compare whole strings, and list the subdomains \
              that you mean.",
        read: "05-auth.html#an-origin-that-is-nearly-right",
        tell: &[],
    },
    Mistake {
        name: "a_subdomain_is_fine",
        title: "a subdomain as a good origin",
        conversation: "an_origin_that_ends_alike_is_refused",
        why: "`https://blog.app.example` gets in, and is another origin than yours. A subdomain may be a customer's, a blog with a \
              hole in it, or a name that still points to a server which you have given back. Compare whole strings, and list \
              the subdomains that you mean.",
        read: "05-auth.html#an-origin-that-is-nearly-right",
        tell: &[],
    },
    Mistake {
        name: "host_only",
        title: "an origin without scheme and port",
        conversation: "scheme_and_port_are_part_of_an_origin",
        why: "You compare the host alone. An origin is scheme, host and port: `http://app.example` is a page that anybody on \
              the way can have written, and port 8443 may be somebody else's server on the same machine. Compare whole \
              strings.",
        read: "05-auth.html#an-origin-that-is-nearly-right",
        tell: &[],
    },
    Mistake {
        name: "cookie_by_prefix",
        title: "the header as one cookie",
        conversation: "a_cookie_from_a_known_origin_is_welcomed",
        why: "A good cookie is not found when another one stands before it: you take the header for one cookie. A browser \
              sends all that it has for this host in one header, `; ` between them. `CookieJar` takes it apart.",
        read: "05-auth.html#a-cookie-that-is-not-alone",
        tell: &[],
    },
    Mistake {
        name: "cookie_by_search",
        title: "a cookie by its last letters",
        conversation: "a_cookie_that_is_none_is_refused",
        why: "The cookie `old-session` is taken for `session`, because you search the header for `session=`. Names end where \
              names end: `CookieJar::get(\"session\")`.",
        read: "05-auth.html#a-cookie-that-is-not-alone",
        tell: &[],
    },
    Mistake {
        name: "ticket_stays",
        title: "a ticket that stays",
        conversation: "a_ticket_is_good_once",
        why: "A ticket lets in everybody who comes with it, within its thirty seconds. It stood in a URL, so it is in logs by \
              then. Take it out of the map when it is redeemed: `remove` instead of `get`.",
        read: "05-auth.html#a-ticket-that-stays",
        tell: &[],
    },
    Mistake {
        name: "looks_then_takes",
        title: "looking first, and taking after",
        conversation: "of_two_with_one_ticket_one_gets_in",
        why: "Of two who come at once with the same ticket both get in: between looking it up and taking it away your code \
              waits, and the other one looks. Make it one step, `remove` under one lock; in Redis `GETDEL`, in SQL `DELETE … \
              RETURNING`.",
        read: "05-auth.html#looking-first-and-taking-after",
        tell: &[],
    },
    Mistake {
        name: "ticket_for_ever",
        title: "a ticket that never gets old",
        conversation: "a_ticket_is_good_for_thirty_seconds",
        why: "A ticket that nobody has used is good after half a minute as well, and for ever. One that got lost on the way, \
              in a log or in a history, is a key under the mat. Keep the moment until which it is good, and compare when it is \
              redeemed. If you do, look at whose `Instant` it is: that of `std::time`, and `SystemTime`, stand still in the \
              check; `tokio::time::Instant` does not.",
        read: "05-auth.html#a-ticket-that-never-gets-old",
        tell: &[],
    },
    Mistake {
        name: "the_number_is_enough",
        title: "half a ticket",
        conversation: "a_ticket_cannot_be_guessed",
        why: "A ticket with a wrong ending gets in: you find it by a part of it, and never look at the rest. The number is \
              there to find it, and the secret to prove it: compare the secret, with `secret::same`.",
        read: "05-auth.html#half-a-ticket",
        tell: &[],
    },
    Mistake {
        name: "a_beginning_is_enough",
        title: "a ticket by its beginning",
        conversation: "a_ticket_cannot_be_guessed",
        why: "The beginning of a ticket gets in without the rest: you ask whether one begins with the other, or compare as far as \
              the shorter one goes, which for an empty secret is nowhere. Compare whole secrets, with `secret::same`, which \
              compares the lengths, too.",
        read: "05-auth.html#half-a-ticket",
        tell: &[],
    },
    Mistake {
        name: "a_token_is_a_ticket",
        title: "a token at the door for tickets",
        conversation: "a_ticket_cannot_be_guessed",
        why: "`/ws/ticket` opens for a token, too. Whoever has one saves a request by putting it into the URL, and so into every \
              log on the way, which is what the tickets are for. A door takes what it is for, and nothing else.",
        read: "05-auth.html#a-ticket-that-is-none",
        tell: &[],
    },
    Mistake {
        name: "counted_tickets",
        title: "tickets that can be counted",
        conversation: "a_ticket_cannot_be_guessed",
        why: "Your ticket is so short that everybody can name the next one: it is a number that counts up, or a handful of \
              characters. For thirty seconds it is as good as a token, so it has to be as hard to guess: `secret::random()`, \
              which is 128 bits from the operating system.",
        read: "05-auth.html#a-ticket-that-is-none",
        tell: &[],
    },
    Mistake {
        name: "tickets_by_the_clock",
        title: "tickets that follow each other",
        conversation: "a_ticket_is_like_no_other",
        why: "Two tickets are nearly the same, as those of a clock or a counter are. Who has got one knows the others but for a \
              few digits, and may try them. Take it from `secret::random()`: the time is no secret, also in nanoseconds, and \
              neither is its hash.",
        read: "05-auth.html#a-ticket-that-is-none",
        tell: &[],
    },
    Mistake {
        name: "echoes_the_credential",
        title: "answering with the credential",
        conversation: "the_protocol_is_answered_and_not_the_credential",
        why: "Your 101 names the credential as the selected protocol, so the token stands in a response now, and in \
              `ws.protocol` for every script of the page. `requested_protocols()` is sorted: `bearer.…` comes before \
              `workbook.v1`, in whatever order they were offered. Select by name: `.protocols([\"workbook.v1\"])`.",
        read: "05-auth.html#answering-with-the-credential",
        tell: &[],
    },
    Mistake {
        name: "selects_nothing",
        title: "selecting no protocol",
        conversation: "the_protocol_is_answered_and_not_the_credential",
        why: "Your 101 selects none of the protocols that were offered. axum and many clients are content with that; a browser \
              that has offered some and gets none fails the connection, with 1006 and after your server has welcomed it. \
              Select the real one: `.protocols([\"workbook.v1\"])`.",
        read: "05-auth.html#selecting-no-protocol",
        tell: &[],
    },
    Mistake {
        name: "never_ends",
        title: "a session without an end",
        conversation: "a_session_ends_with_its_token",
        why: "The token expires and the session goes on. Whoever was let in once stays for as long as TCP does, which may be \
              weeks; locked out, dismissed, or logged out makes no difference. Put `timeout_at` around the session, and send \
              4001 when it is over.",
        read: "05-auth.html#a-session-without-an-end",
        tell: &[],
    },
    Mistake {
        name: "ends_at_the_next_message",
        title: "looking at the clock when something comes",
        conversation: "a_session_ends_with_its_token",
        why: "A session in which nobody speaks does not end with its token: you look at the clock when a message comes, and \
              one who only listens never sends any. Time has to end it by itself: `timeout_at` around the session, or a branch \
              in `select!`.",
        read: "05-auth.html#looking-at-the-clock-when-something-comes",
        tell: &["Instant::now()>"],
    },
    Mistake {
        name: "every_message_prolongs",
        title: "a session that every message prolongs",
        conversation: "talking_does_not_prolong_it",
        why: "Whoever speaks stays. Either the time that is left is counted anew for every `recv()`: fix the moment of the end \
              once, before the loop, with `timeout_at`, or a `sleep_until` that is pinned outside of it. Or the moment is one of \
              `std::time`, and what is left until then is worked out in the loop: in the check that clock stands still, and \
              outside it can be set back. `tokio::time::Instant` is the one that `sleep` goes by.",
        read: "05-auth.html#a-session-that-every-message-prolongs",
        tell: &[],
    },
    Mistake {
        name: "ends_without_a_word",
        title: "an end without a word",
        conversation: "a_session_ends_with_its_token",
        why: "The session ends in time, and the client sees 1006: the socket was dropped, and no Close was sent. It takes that \
              for a bad network, and comes again with the same token. Send 4001, which says what to do: get a new token first.",
        read: "05-auth.html#an-end-without-a-word",
        tell: &[],
    },
    Mistake {
        name: "one_code_for_every_end",
        title: "one code for every end",
        conversation: "a_session_ends_with_its_token",
        why: "A token that expires is told like a broken rule, with another code than 4001. A client has to do something else \
              in each case: get a new token and come back, or stop. A code in 4000–4999 is yours to define; this protocol has \
              4001 for it.",
        read: "05-auth.html#one-code-for-every-end",
        tell: &[],
    },
    Mistake {
        name: "a_ticket_prolongs",
        title: "a ticket that prolongs the token",
        conversation: "a_ticket_does_not_prolong_it",
        why: "A session that began with a ticket outlives its token, by as long as the ticket lay around: you keep \
              `expires_in`, a duration, and start counting when the ticket is redeemed. A duration is from a moment. Make a \
              moment of it where it is fresh, `Instant::now() + claims.expires_in`, and keep that.",
        read: "05-auth.html#a-ticket-that-prolongs-the-token",
        tell: &[],
    },
];
