//! Exercise 05: five doors to one room, and nobody in it whom you do not know.
//!
//! The task is in README.md. Every `todo!` is a place to write, and names its step; change whatever else you like.
// Until you are done, not everything here is used.
#![allow(dead_code, unused_imports, unused_mut, unused_variables)]

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
use tower_http::trace::{DefaultMakeSpan, DefaultOnResponse, TraceLayer};
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
    /// The origins whose pages may come with a cookie, as a browser writes them: `https://app.example`.
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
                // Step 1: run the server, open /ws/query?token=…, and read its log.
                .make_span_with(DefaultMakeSpan::new().level(Level::INFO))
                .on_response(DefaultOnResponse::new().level(Level::INFO)),
        )
        .with_state(Arc::new(Doors {
            key,
            origins,
            tickets,
        }))
}

/// What all doors share.
struct Doors {
    key: Key,
    origins: Vec<String>,
    tickets: Tickets,
}

/// What a query may bring.
#[derive(Deserialize)]
struct Brought {
    token: Option<String>,
    ticket: Option<String>,
}

/// The token is in the query: `/ws/query?token=…`.
async fn query(
    State(doors): State<Arc<Doors>>,
    Query(brought): Query<Brought>,
    upgrade: WebSocketUpgrade,
) -> Response {
    todo!("step 1: let `doors.key` verify the token; 401 before the upgrade, or `admit`")
}

/// Lets somebody in whom we know.
fn admit(upgrade: WebSocketUpgrade, claims: Claims) -> Response {
    limited(upgrade).on_upgrade(move |socket| session(socket, claims))
}

/// What a socket may cost.
fn limited(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .read_buffer_size(4096)
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
}

/// Welcomes, and sends back what is said, until somebody leaves or the token is over.
async fn session(mut socket: WebSocket, claims: Claims) {
    todo!("step 1: welcome, and send each text back; step 6: end with the token")
}

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

/// The token is in the first message: `{"type":"auth","token":"…"}`.
async fn first_message(State(doors): State<Arc<Doors>>, upgrade: WebSocketUpgrade) -> Response {
    limited(upgrade).on_upgrade(async move |mut socket| {
        todo!("step 2: give `introduction` five seconds; then a `session`, or `dismiss` with 1008")
    })
}

/// Waits for the first message; `None` when it is not the right one, or there is none.
async fn introduction(socket: &mut WebSocket, doors: &Doors) -> Option<Claims> {
    todo!("step 2: the first message that is one")
}

/// The token is in the cookie `session`, which a browser sends by itself: whoever's page it was that opened the socket.
async fn cookie(
    State(doors): State<Arc<Doors>>,
    headers: HeaderMap,
    cookies: CookieJar,
    upgrade: WebSocketUpgrade,
) -> Response {
    todo!("step 3: 403 for an `Origin` that is not one of ours, 401 for a cookie that is not good")
}

/// Gives out a ticket: a program with a header gets what a page can put into a URL.
async fn ticket(State(doors): State<Arc<Doors>>, headers: HeaderMap) -> Response {
    todo!("step 4: for the token in `bearer(&headers)`, a ticket as text")
}

/// The way in is a ticket: `/ws/ticket?ticket=…`.
async fn with_ticket(
    State(doors): State<Arc<Doors>>,
    Query(brought): Query<Brought>,
    upgrade: WebSocketUpgrade,
) -> Response {
    todo!("step 4: redeem it, and `admit`; or 401")
}

/// The tickets that are out, each under its number.
#[derive(Default)]
struct Tickets(Mutex<HashMap<String, Ticket>>);

struct Ticket {
    secret: String,
    claims: Claims,
    until: Instant,
}

impl Tickets {
    /// A new ticket: `number.secret`.
    fn issue(&self, claims: Claims) -> String {
        todo!("step 4: `secret::random()` twice; keep it, and give it out")
    }

    /// What the ticket is good for, once.
    fn redeem(&self, ticket: &str) -> Option<Claims> {
        todo!("step 4: find it by its number, compare the secret, and let nobody find it again")
    }

    /// Never held across an `.await`.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Ticket>> {
        self.0.lock().expect("nobody panics with the lock")
    }
}

/// The token of `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ")
}

/// The token is among the subprotocols that the client offers: `workbook.v1, bearer.…`.
async fn protocol(State(doors): State<Arc<Doors>>, upgrade: WebSocketUpgrade) -> Response {
    todo!("step 5: find the offer that begins with `bearer.`, and select the other one")
}
