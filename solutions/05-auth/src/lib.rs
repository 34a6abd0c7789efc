//! Five doors to one room: a token in the query, in the first message, in a cookie, behind a ticket, in the subprotocol.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{
        Query, State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    },
    http::{
        HeaderMap, Request, StatusCode,
        header::{AUTHORIZATION, CACHE_CONTROL, ORIGIN, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
    routing::{any, post},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout, timeout_at};
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::{Level, Span, info_span};

use token::{Claims, Key};

pub mod secret;
pub mod token;

/// How long somebody who has said nothing yet may stay.
const GRACE: Duration = Duration::from_secs(5);
/// How long a ticket is good for: from the answer to `/ticket` to the handshake.
const TICKET: Duration = Duration::from_secs(30);
/// How long a peer may take to answer a Close.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest message, in bytes: nobody who has not said who they are yet may have us keep 64 MiB.
const MAX_MESSAGE: usize = 16 * 1024;
/// The close code for a token that has expired: get another one, and come back.
const EXPIRED: u16 = 4001;
/// The subprotocol that is spoken here.
const PROTOCOL: &str = "workbook.v1";

/// What has to be known from outside.
pub struct Config {
    /// What tokens are verified with.
    pub key: Key,
    /// The origins whose pages may come with a cookie, as a browser writes them:
    /// `https://app.example`.
    pub origins: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            key: Key::new(token::TEST_KEY),
            origins: vec!["https://app.example".into()],
        }
    }
}

/// The server as the check wants it.
pub fn app() -> Router {
    app_with(Config::default())
}

// ANCHOR: router
/// The server: five doors, and `/ticket`.
pub fn app_with(config: Config) -> Router {
    let Config { key, origins } = config;
    let tickets = Tickets::default();
    Router::new()
        .route("/ws/query", any(query))
        .route("/ws/first-message", any(first_message))
        .route("/ws/cookie", any(cookie))
        .route("/ticket", post(ticket))
        .route("/ws/ticket", any(with_ticket))
        .route("/ws/protocol", any(protocol))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_response(DefaultOnResponse::new().level(Level::INFO)),
        )
        .with_state(Arc::new(Doors {
            key,
            origins,
            tickets,
        }))
}
// ANCHOR_END: router

// ANCHOR: span
/// What the log says of a request, in every line about it.
fn span(request: &Request<Body>) -> Span {
    // The default has the whole URI, and the query with it. Headers are left out, too, with cookies
    // and `Authorization` among them: what a log must not hold is not handed to it, and then it need
    // not be cut out again.
    info_span!("request", method = %request.method(), path = request.uri().path())
}
// ANCHOR_END: span

/// What all doors share.
struct Doors {
    key: Key,
    origins: Vec<String>,
    tickets: Tickets,
}

/// What a query may bring. Both are optional, so that one that is missing is answered by us, with
/// 401, and not by axum, with 400.
#[derive(Deserialize)]
struct Brought {
    token: Option<String>,
    ticket: Option<String>,
}

/// Somebody who has said who they are, and until when we know it.
///
/// A moment, and not the duration that is left: a duration starts anew wherever it is kept for a
/// while, such as in a ticket.
struct Pass {
    user: String,
    until: Instant,
}

impl From<Claims> for Pass {
    fn from(claims: Claims) -> Self {
        Pass {
            user: claims.user,
            until: Instant::now() + claims.expires_in,
        }
    }
}

impl Doors {
    /// A pass for this token, if it is a good one.
    fn pass(&self, token: &str) -> Option<Pass> {
        // Why it is a bad one is nobody's business: who has a bad token gets a new one, whatever
        // was wrong with it.
        self.key.verify(token).ok().map(Pass::from)
    }
}

// ANCHOR: query
/// The token is in the query: `/ws/query?token=…`.
async fn query(
    State(doors): State<Arc<Doors>>,
    Query(brought): Query<Brought>,
    upgrade: WebSocketUpgrade,
) -> Response {
    match brought.token.and_then(|token| doors.pass(&token)) {
        Some(pass) => admit(upgrade, pass),
        None => unauthorized(),
    }
}

/// Refuses before the upgrade: no socket, no task, and a status that proxies, monitoring and other
/// programs understand. A page alone does not see it, and is told 1006.
fn unauthorized() -> Response {
    // A 401 says how it could have been done (RFC 9110 section 15.5.2).
    (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer")]).into_response()
}

/// Lets somebody in whom we know.
fn admit(upgrade: WebSocketUpgrade, pass: Pass) -> Response {
    limited(upgrade).on_upgrade(move |socket| session(socket, pass))
}

/// What a socket may cost.
fn limited(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .read_buffer_size(4096)
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
}
// ANCHOR_END: query

// ANCHOR: session
/// Welcomes, and sends back what is said, until somebody leaves or the token is over.
async fn session(mut socket: WebSocket, pass: Pass) {
    let conversation = async {
        let welcome = json!({ "type": "welcome", "user": pass.user });
        let mut next = Message::text(welcome.to_string());
        loop {
            if socket.send(next).await.is_err() {
                return;
            }
            next = loop {
                match socket.recv().await {
                    Some(Ok(Message::Text(text))) => break Message::Text(text),
                    // Pings are answered by tungstenite; a Close is, too, on the next `recv`.
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return,
                }
            };
        }
    };
    // One deadline around all of it. One around each `recv` would start anew with every message;
    // one that is only looked at when a message comes would never end a session that is silent; and
    // a `send` to a peer that does not read ends with it, too.
    if timeout_at(pass.until, conversation).await.is_err() {
        dismiss(socket, EXPIRED, "the token has expired").await;
    }
}
// ANCHOR_END: session

/// Ends a conversation from our side: a Close, then what still comes, up to the peer's Close.
async fn dismiss(mut socket: WebSocket, code: u16, reason: &'static str) {
    let reason = reason.into();
    let handshake = async {
        let close = Message::Close(Some(CloseFrame { code, reason }));
        if socket.send(close).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    let _ = timeout(PATIENCE, handshake).await;
}

// ANCHOR: first_message
/// The token is in the first message: `{"type":"auth","token":"…"}`.
async fn first_message(State(doors): State<Arc<Doors>>, upgrade: WebSocketUpgrade) -> Response {
    limited(upgrade).on_upgrade(async move |mut socket| {
        // Around all that may come before the message is whole: pings, and the frames of a message
        // that never ends.
        let introduced = timeout(GRACE, introduction(&mut socket, &doors)).await;
        match introduced {
            Ok(Some(pass)) => session(socket, pass).await,
            Ok(None) => dismiss(socket, close_code::POLICY, "say who you are first").await,
            Err(_) => dismiss(socket, close_code::POLICY, "too late").await,
        }
    })
}

/// Waits for the first message; `None` when it is not the right one, or there is none.
async fn introduction(socket: &mut WebSocket, doors: &Doors) -> Option<Pass> {
    while let Some(Ok(message)) = socket.recv().await {
        match message {
            Message::Text(text) => {
                let message: Value = serde_json::from_str(&text).ok()?;
                let token = message["token"].as_str()?;
                return doors.pass(token).filter(|_| message["type"] == "auth");
            }
            Message::Binary(_) => return None,
            // No messages. A Close is answered on the next `recv`, which is the last.
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => {}
        }
    }
    None
}
// ANCHOR_END: first_message

// ANCHOR: cookie
/// The token is in the cookie `session`, which a browser sends by itself: whoever's page it was
/// that opened the socket.
async fn cookie(
    State(doors): State<Arc<Doors>>,
    headers: HeaderMap,
    cookies: CookieJar,
    upgrade: WebSocketUpgrade,
) -> Response {
    // No CORS here, and no preflight: a handshake is a GET that any page may cause, and the cookie
    // comes along. The one thing that the page cannot choose is this header. Compared whole, since
    // `starts_with`, `ends_with` and `contains` each admit a name that somebody else can register;
    // and one that is missing is no page's, so it has no business here.
    let origin = headers.get(ORIGIN);
    if !origin.is_some_and(|origin| doors.origins.iter().any(|known| origin == known)) {
        return StatusCode::FORBIDDEN.into_response();
    }
    match cookies
        .get("session")
        .and_then(|cookie| doors.pass(cookie.value()))
    {
        Some(pass) => admit(upgrade, pass),
        None => unauthorized(),
    }
}
// ANCHOR_END: cookie

// ANCHOR: ticket
/// Gives out a ticket: a program with a header gets what a page can put into a URL.
async fn ticket(State(doors): State<Arc<Doors>>, headers: HeaderMap) -> Response {
    match bearer(&headers).and_then(|token| doors.pass(token)) {
        Some(pass) => ([(CACHE_CONTROL, "no-store")], doors.tickets.issue(pass)).into_response(),
        None => unauthorized(),
    }
}

/// The way in is a ticket: `/ws/ticket?ticket=…`.
async fn with_ticket(
    State(doors): State<Arc<Doors>>,
    Query(brought): Query<Brought>,
    upgrade: WebSocketUpgrade,
) -> Response {
    match brought
        .ticket
        .and_then(|ticket| doors.tickets.redeem(&ticket))
    {
        Some(pass) => admit(upgrade, pass),
        None => unauthorized(),
    }
}

/// The tickets that are out, each under its number.
#[derive(Default)]
struct Tickets(Mutex<HashMap<String, Ticket>>);

struct Ticket {
    secret: String,
    pass: Pass,
    until: Instant,
}

impl Tickets {
    /// A new ticket: `number.secret`.
    fn issue(&self, pass: Pass) -> String {
        let (number, secret) = (secret::random(), secret::random());
        let text = format!("{number}.{secret}");
        let now = Instant::now();
        let ticket = Ticket {
            secret,
            pass,
            until: now + TICKET,
        };
        let mut tickets = self.lock();
        // Most tickets are used within a second; those that are not must not stay for ever.
        tickets.retain(|_, ticket| ticket.until > now);
        tickets.insert(number, ticket);
        text
    }

    /// What the ticket is good for, once.
    fn redeem(&self, ticket: &str) -> Option<Pass> {
        let (number, secret) = ticket.split_once('.')?;
        // Looked up and taken away in one step, so that of two who come at once one finds nothing.
        // With the tickets in Redis this is a `GETDEL`; a `GET`, and a `DEL` after it, lets both
        // in.
        let ticket = self.lock().remove(number)?;
        // The number only finds the ticket. A map may take longer for a key that is nearly right;
        // the secret must not.
        let good = secret::same(secret, &ticket.secret) && Instant::now() < ticket.until;
        good.then_some(ticket.pass)
    }

    /// Never held across an `.await`.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Ticket>> {
        self.0.lock().expect("nobody panics with the lock")
    }
}
// ANCHOR_END: ticket

/// The token of `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ")
}

// ANCHOR: protocol
/// The token is among the subprotocols that the client offers: `workbook.v1, bearer.…`.
async fn protocol(State(doors): State<Arc<Doors>>, upgrade: WebSocketUpgrade) -> Response {
    // A set, in the order of the alphabet: where in the header it stood cannot be seen, and does
    // not matter.
    let token = upgrade
        .requested_protocols()
        .filter_map(|offer| offer.to_str().ok()?.strip_prefix("bearer."))
        .find_map(token::from_base64url);
    match token.and_then(|token| doors.pass(&token)) {
        // The answer names the protocol that is really spoken. The credential must not stand in it,
        // where proxies and the page's own scripts would find it; and with no answer a browser
        // fails the connection.
        Some(pass) => admit(upgrade.protocols([PROTOCOL]), pass),
        None => unauthorized(),
    }
}
// ANCHOR_END: protocol
