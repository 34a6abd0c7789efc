//! Servers that are wrong, each in one way that people are wrong in. What is right about them is here.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{
        Query, State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    },
    http::{HeaderMap, Request, StatusCode, header::ORIGIN},
    response::{IntoResponse, Response},
    routing::{MethodRouter, any, post},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use serde_json::{Value, json};
use solution_05::{
    secret,
    token::{self, Claims, Key},
};
use tokio::time::{Instant, timeout, timeout_at};
use tower_http::trace::TraceLayer;
use tracing::{Span, info_span};

pub mod a_beginning_is_enough;
pub mod a_missing_origin_is_fine;
pub mod a_ping_is_the_first_message;
pub mod a_subdomain_is_fine;
pub mod a_ticket_prolongs;
pub mod a_token_is_a_ticket;
pub mod accepts_then_closes;
pub mod any_json_with_a_token;
pub mod cookie_by_prefix;
pub mod cookie_by_search;
pub mod counted_tickets;
pub mod deadline_restarts;
pub mod dismisses_who_has_left;
pub mod echoes_the_credential;
pub mod echoes_to_strangers;
pub mod ends_at_the_next_message;
pub mod ends_without_a_word;
pub mod every_message_prolongs;
pub mod everybody_is_alice;
pub mod grace_for_the_whole_session;
pub mod host_only;
pub mod ignores_origin;
pub mod leaves_at_close;
pub mod logs_the_message;
pub mod logs_the_uri;
pub mod logs_what_it_refuses;
pub mod looks_then_takes;
pub mod missing_token_is_400;
pub mod never_ends;
pub mod null_is_fine;
pub mod one_code_for_every_end;
pub mod origin_begins_alike;
pub mod origin_ends_alike;
pub mod second_chance;
pub mod selects_nothing;
pub mod the_number_is_enough;
pub mod ticket_for_ever;
pub mod ticket_stays;
pub mod tickets_by_the_clock;
pub mod trusts_the_claims;
pub mod waits_for_ever;

pub const GRACE: Duration = Duration::from_secs(5);
pub const TICKET: Duration = Duration::from_secs(30);
pub const EXPIRED: u16 = 4001;

/// What all doors share, and how those who came through them are received.
pub struct Doors {
    pub key: Key,
    pub origins: Vec<String>,
    pub tickets: Mutex<HashMap<String, Ticket>>,
    pub session: Session,
    /// What is done with a token that is refused.
    pub refused: fn(&str),
}

pub type Shared = State<Arc<Doors>>;
pub type Session = fn(WebSocket, Pass) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// Somebody who has said who they are, and until when we know it.
#[derive(Clone)]
pub struct Pass {
    pub user: String,
    pub until: Instant,
}

/// A ticket is one random text here, under which the map has this.
#[derive(Clone)]
pub struct Ticket {
    pub claims: Claims,
    pub issued: Instant,
}

/// What a query may bring.
#[derive(Deserialize)]
pub struct Brought {
    pub token: Option<String>,
    pub ticket: Option<String>,
}

impl From<Claims> for Pass {
    fn from(claims: Claims) -> Self {
        let until = Instant::now() + claims.expires_in;
        let user = claims.user;
        Pass { user, until }
    }
}

impl Doors {
    pub fn pass(&self, token: &str) -> Option<Pass> {
        self.claims(token).map(Pass::from)
    }

    pub fn claims(&self, token: &str) -> Option<Claims> {
        let claims = self.key.verify(token).ok();
        if claims.is_none() {
            (self.refused)(token);
        }
        claims
    }

    /// Lets somebody in whom we know, and nobody else.
    pub fn admit(&self, upgrade: WebSocketUpgrade, pass: Option<Pass>) -> Response {
        let session = self.session;
        match pass {
            Some(pass) => upgrade.on_upgrade(move |socket| session(socket, pass)),
            None => StatusCode::UNAUTHORIZED.into_response(),
        }
    }
}

/// A server, door by door.
pub struct House {
    pub query: MethodRouter<Arc<Doors>>,
    pub first_message: MethodRouter<Arc<Doors>>,
    pub cookie: MethodRouter<Arc<Doors>>,
    pub ticket: MethodRouter<Arc<Doors>>,
    pub with_ticket: MethodRouter<Arc<Doors>>,
    pub protocol: MethodRouter<Arc<Doors>>,
    pub session: Session,
    pub refused: fn(&str),
    pub span: fn(&Request<Body>) -> Span,
}

/// One in which everything is as it should be.
pub fn right() -> House {
    House {
        query: any(query),
        first_message: any(first_message),
        cookie: any(cookie),
        ticket: post(ticket),
        with_ticket: any(with_ticket),
        protocol: any(protocol),
        session: |socket, pass| Box::pin(session(socket, pass)),
        refused: |_| {},
        span: |request| info_span!("request", path = request.uri().path()),
    }
}

pub fn serve(house: House) -> Router {
    Router::new()
        .route("/ws/query", house.query)
        .route("/ws/first-message", house.first_message)
        .route("/ws/cookie", house.cookie)
        .route("/ticket", house.ticket)
        .route("/ws/ticket", house.with_ticket)
        .route("/ws/protocol", house.protocol)
        .layer(TraceLayer::new_for_http().make_span_with(house.span))
        .with_state(Arc::new(Doors {
            key: Key::new(token::TEST_KEY),
            origins: vec!["https://app.example".into()],
            tickets: Mutex::default(),
            session: house.session,
            refused: house.refused,
        }))
}

/// A server whose first messages are handled like this.
pub fn serve_introduction<F>(introduction: fn(WebSocket, Arc<Doors>) -> F) -> Router
where
    F: Future<Output = ()> + Send + 'static,
{
    let door = async move |State(doors): Shared, upgrade: WebSocketUpgrade| {
        upgrade.on_upgrade(move |socket| introduction(socket, doors))
    };
    serve(House {
        first_message: any(door),
        ..right()
    })
}

/// A server that asks this of an `Origin`.
pub fn serve_origin(knows: fn(&Doors, Option<&str>) -> bool) -> Router {
    let door = async move |State(doors): Shared,
                           headers: HeaderMap,
                           cookies: CookieJar,
                           upgrade: WebSocketUpgrade| {
        let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
        if !knows(&doors, origin) {
            return StatusCode::FORBIDDEN.into_response();
        }
        let pass = cookies
            .get("session")
            .and_then(|cookie| doors.pass(cookie.value()));
        doors.admit(upgrade, pass)
    };
    serve(House {
        cookie: any(door),
        ..right()
    })
}

/// A server that finds the token like this in the header `Cookie`.
pub fn serve_cookie(find: fn(&str) -> Option<&str>) -> Router {
    let door = async move |State(doors): Shared, headers: HeaderMap, upgrade: WebSocketUpgrade| {
        let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
        if !knows(&doors, origin) {
            return StatusCode::FORBIDDEN.into_response();
        }
        let header = headers
            .get("cookie")
            .and_then(|header| header.to_str().ok());
        let pass = header.and_then(find).and_then(|token| doors.pass(token));
        doors.admit(upgrade, pass)
    };
    serve(House {
        cookie: any(door),
        ..right()
    })
}

/// A server that redeems tickets like this.
pub fn serve_redeem(redeem: fn(&Doors, &str) -> Option<Pass>) -> Router {
    let door = async move |State(doors): Shared,
                           Query(brought): Query<Brought>,
                           upgrade: WebSocketUpgrade| {
        let pass = brought.ticket.and_then(|ticket| redeem(&doors, &ticket));
        doors.admit(upgrade, pass)
    };
    serve(House {
        with_ticket: any(door),
        ..right()
    })
}

/// A server whose tickets are such texts.
pub fn serve_issue(text: fn(&Doors) -> String) -> Router {
    let door = async move |State(doors): Shared, headers: HeaderMap| issue(&doors, &headers, text);
    serve(House {
        ticket: post(door),
        ..right()
    })
}

/// A server that receives like this those whom it knows.
pub fn serve_session(session: Session) -> Router {
    serve(House { session, ..right() })
}

pub async fn query(
    State(doors): Shared,
    Query(brought): Query<Brought>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let pass = brought.token.and_then(|token| doors.pass(&token));
    doors.admit(upgrade, pass)
}

pub async fn first_message(State(doors): Shared, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async move |mut socket| {
        match timeout(GRACE, introduction(&mut socket, &doors)).await {
            Ok(Some(pass)) => (doors.session)(socket, pass).await,
            _ => dismiss(socket, close_code::POLICY).await,
        }
    })
}

pub async fn introduction(socket: &mut WebSocket, doors: &Doors) -> Option<Pass> {
    while let Some(Ok(message)) = socket.recv().await {
        match message {
            Message::Text(text) => return presented(&text).and_then(|token| doors.pass(&token)),
            Message::Binary(_) => return None,
            _ => {}
        }
    }
    None
}

/// The token of a first message.
pub fn presented(text: &str) -> Option<String> {
    let message: Value = serde_json::from_str(text).ok()?;
    let token = message["token"]
        .as_str()
        .filter(|_| message["type"] == "auth");
    token.map(str::to_owned)
}

pub async fn cookie(
    State(doors): Shared,
    headers: HeaderMap,
    cookies: CookieJar,
    upgrade: WebSocketUpgrade,
) -> Response {
    let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    if !knows(&doors, origin) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let pass = cookies
        .get("session")
        .and_then(|cookie| doors.pass(cookie.value()));
    doors.admit(upgrade, pass)
}

pub fn knows(doors: &Doors, origin: Option<&str>) -> bool {
    origin.is_some_and(|origin| doors.origins.iter().any(|known| known == origin))
}

pub async fn ticket(State(doors): Shared, headers: HeaderMap) -> Response {
    issue(&doors, &headers, |_| secret::random())
}

fn issue(doors: &Doors, headers: &HeaderMap, text: fn(&Doors) -> String) -> Response {
    let header = headers
        .get("authorization")
        .and_then(|header| header.to_str().ok());
    let token = header.and_then(|header| header.strip_prefix("Bearer "));
    let Some(claims) = token.and_then(|token| doors.claims(token)) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let (text, issued) = (text(doors), Instant::now());
    let ticket = Ticket { claims, issued };
    doors.tickets.lock().unwrap().insert(text.clone(), ticket);
    text.into_response()
}

pub async fn with_ticket(
    State(doors): Shared,
    Query(brought): Query<Brought>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let pass = brought.ticket.and_then(|ticket| redeem(&doors, &ticket));
    doors.admit(upgrade, pass)
}

pub fn redeem(doors: &Doors, ticket: &str) -> Option<Pass> {
    let ticket = doors.tickets.lock().unwrap().remove(ticket)?;
    ticket.pass()
}

impl Ticket {
    /// What it is good for, if it is not too old.
    pub fn pass(self) -> Option<Pass> {
        let until = self.issued + self.claims.expires_in;
        let user = self.claims.user;
        (self.issued.elapsed() < TICKET).then_some(Pass { user, until })
    }
}

pub async fn protocol(State(doors): Shared, upgrade: WebSocketUpgrade) -> Response {
    let pass = offered(&upgrade).and_then(|token| doors.pass(&token));
    doors.admit(upgrade.protocols(["workbook.v1"]), pass)
}

/// The token among the subprotocols.
pub fn offered(upgrade: &WebSocketUpgrade) -> Option<String> {
    upgrade
        .requested_protocols()
        .filter_map(|offer| offer.to_str().ok()?.strip_prefix("bearer."))
        .find_map(token::from_base64url)
}

pub async fn session(mut socket: WebSocket, pass: Pass) {
    if timeout_at(pass.until, converse(&mut socket, &pass.user))
        .await
        .is_err()
    {
        dismiss(socket, EXPIRED).await;
    }
}

pub async fn converse(socket: &mut WebSocket, user: &str) {
    if welcome(socket, user).await.is_err() {
        return;
    }
    while let Some(Ok(message)) = socket.recv().await {
        if let Message::Text(_) = message
            && socket.send(message).await.is_err()
        {
            return;
        }
    }
}

pub async fn welcome(socket: &mut WebSocket, user: &str) -> Result<(), axum::Error> {
    let welcome = json!({ "type": "welcome", "user": user });
    socket.send(Message::text(welcome.to_string())).await
}

pub async fn dismiss(mut socket: WebSocket, code: u16) {
    let reason = "".into();
    let handshake = async {
        let close = Message::Close(Some(CloseFrame { code, reason }));
        if socket.send(close).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    let _ = timeout(Duration::from_secs(5), handshake).await;
}
