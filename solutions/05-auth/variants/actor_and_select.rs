//! actor_and_select: one task owns the tickets and is asked by messages; sessions `select!` between the socket and a timer.

use std::{collections::HashMap, time::Duration};

use axum::{
    Json, Router,
    extract::{
        FromRef, FromRequestParts, Query, State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    },
    http::{HeaderMap, StatusCode, request::Parts},
    response::{IntoResponse, Response},
    routing::any,
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use serde_json::json;
use solution_05::{
    secret,
    token::{self, Key},
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, interval, sleep_until},
};

pub fn app() -> Router {
    let house = House {
        key: Key::new(token::TEST_KEY),
        tickets: start(),
    };
    Router::new()
        .route(
            "/ws/query",
            any(async |Token(guest), upgrade| admit(upgrade, guest)),
        )
        .route(
            "/ws/first-message",
            any(
                async |State(house): State<House>, upgrade: WebSocketUpgrade| {
                    upgrade.on_upgrade(|socket| wait(socket, house))
                },
            ),
        )
        .route("/ws/cookie", any(cookie))
        .route("/ticket", any(ticket))
        .route("/ws/ticket", any(with_ticket))
        .route("/ws/protocol", any(protocol))
        .with_state(house)
        // A line by hand instead of a TraceLayer.
        .layer(axum::middleware::from_fn(
            async |request: axum::extract::Request, next: axum::middleware::Next| {
                tracing::info!(path = request.uri().path(), "a request");
                next.run(request).await
            },
        ))
}

#[derive(Clone, FromRef)]
struct House {
    key: Key,
    tickets: mpsc::Sender<Ask>,
}

#[derive(Clone)]
struct Guest {
    user: String,
    until: Instant,
}

fn guest(key: &Key, token: &str) -> Result<Guest, StatusCode> {
    let claims = key.verify(token).or(Err(StatusCode::UNAUTHORIZED))?;
    Ok(Guest {
        until: Instant::now() + claims.expires_in,
        user: claims.user,
    })
}

/// Whoever comes with a good token in the query; an extractor, as `Depends` would be one.
struct Token(Guest);

impl FromRequestParts<House> for Token {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, StatusCode> {
        let Query(query) = Query::<HashMap<String, String>>::try_from_uri(&parts.uri)
            .or(Err(StatusCode::UNAUTHORIZED))?;
        let token = query.get("token").ok_or(StatusCode::UNAUTHORIZED)?;
        guest(&house.key, token).map(Token)
    }
}

fn admit(upgrade: WebSocketUpgrade, guest: Guest) -> Response {
    upgrade.on_upgrade(|socket| session(socket, guest))
}

async fn session(mut socket: WebSocket, guest: Guest) {
    let welcome = Json(json!({ "user": guest.user, "type": "welcome" }));
    let _ = socket.send(Message::Text(welcome.to_string().into())).await;
    let end = sleep_until(guest.until);
    tokio::pin!(end);
    loop {
        tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => {
                    if socket.send(Message::Text(text)).await.is_err() {
                        return;
                    }
                }
                Some(Ok(_)) => {}
                _ => return,
            },
            () = &mut end => return part(socket, 4001).await,
        }
    }
}

async fn part(mut socket: WebSocket, code: u16) {
    let reason = "good bye".into();
    let _ = socket
        .send(Message::Close(Some(CloseFrame { code, reason })))
        .await;
    while let Some(Ok(_)) = socket.recv().await {}
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum First {
    Auth { token: String },
}

/// Looks at the clock once a second, which is as good as a timer when the seconds are whole.
async fn wait(mut socket: WebSocket, house: House) {
    let mut seconds = interval(Duration::from_secs(1));
    let mut passed = 0;
    loop {
        let message = tokio::select! {
            message = socket.recv() => message,
            _ = seconds.tick() => {
                passed += 1;
                // The first tick comes at once.
                if passed > 5 {
                    return part(socket, 1008).await;
                }
                continue;
            }
        };
        let guest = match message {
            Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                Ok(First::Auth { token }) => guest(&house.key, &token),
                Err(_) => return part(socket, 1008).await,
            },
            Some(Ok(Message::Binary(_))) => return part(socket, 1008).await,
            Some(Ok(_)) => continue,
            Some(Err(_)) | None => return,
        };
        return match guest {
            Ok(guest) => session(socket, guest).await,
            Err(_) => part(socket, 1008).await,
        };
    }
}

async fn cookie(
    State(key): State<Key>,
    headers: HeaderMap,
    cookies: CookieJar,
    upgrade: WebSocketUpgrade,
) -> Result<Response, StatusCode> {
    match headers.get("origin").map(|origin| origin.as_bytes()) {
        Some(b"https://app.example") => {}
        _ => return Err(StatusCode::FORBIDDEN),
    }
    let cookie = cookies.get("session").ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(admit(upgrade, guest(&key, cookie.value())?))
}

/// What the owner of the tickets can be asked.
enum Ask {
    Keep(String, Guest),
    Take(String, oneshot::Sender<Option<Guest>>),
}

/// Starts the task that owns the tickets: with one owner, what it does is one step.
fn start() -> mpsc::Sender<Ask> {
    let (ask, mut asked) = mpsc::channel(16);
    tokio::spawn(async move {
        let mut tickets = HashMap::new();
        while let Some(ask) = asked.recv().await {
            match ask {
                Ask::Keep(ticket, guest) => {
                    let until = Instant::now() + Duration::from_secs(30);
                    tickets.insert(ticket, (guest, until));
                }
                Ask::Take(ticket, answer) => {
                    let found = tickets.remove(&ticket);
                    let young = found.filter(|(_, until)| Instant::now() < *until);
                    let _ = answer.send(young.map(|(guest, _)| guest));
                }
            }
        }
    });
    ask
}

async fn ticket(
    State(house): State<House>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, StatusCode> {
    let header = headers.get("authorization").map(|value| value.to_str());
    let Some(Ok(header)) = header else {
        return Err(StatusCode::UNAUTHORIZED);
    };
    let guest = guest(&house.key, header.trim_start_matches("Bearer "))?;
    let ticket = secret::random();
    let _ = house.tickets.send(Ask::Keep(ticket.clone(), guest)).await;
    Ok(ticket)
}

async fn with_ticket(
    State(house): State<House>,
    Query(mut query): Query<HashMap<String, String>>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, StatusCode> {
    let ticket = query.remove("ticket").ok_or(StatusCode::UNAUTHORIZED)?;
    let (answer, answered) = oneshot::channel();
    let _ = house.tickets.send(Ask::Take(ticket, answer)).await;
    let guest = answered.await.ok().flatten();
    Ok(admit(upgrade, guest.ok_or(StatusCode::UNAUTHORIZED)?))
}

async fn protocol(
    State(key): State<Key>,
    mut upgrade: WebSocketUpgrade,
) -> Result<Response, StatusCode> {
    let token = upgrade.requested_protocols().find_map(|offer| {
        let offer = offer.to_str().ok()?;
        token::from_base64url(offer.strip_prefix("bearer.")?)
    });
    let guest = guest(&key, &token.ok_or(StatusCode::UNAUTHORIZED)?)?;
    upgrade.set_selected_protocol("workbook.v1".parse().expect("it is a header's value"));
    Ok(admit(upgrade, guest))
}
