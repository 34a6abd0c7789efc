//! middleware_and_tasks: a layer finds the token in whatever carries it, and a socket has one task for each direction and a watch on the end.

use std::{
    collections::BTreeMap,
    sync::{Arc, RwLock},
    time::Duration,
};

use axum::{
    Extension, Router,
    extract::{
        Request, State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    },
    http::StatusCode,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::{SinkExt, StreamExt};
use solution_05::{
    secret,
    token::{Key, TEST_KEY, from_base64url},
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, sleep_until, timeout},
};
use tower_http::trace::TraceLayer;

pub fn app() -> Router {
    let house = Arc::new(House {
        key: Key::new(TEST_KEY),
        tickets: RwLock::default(),
    });
    let door = async |Extension(guest): Extension<Guest>, upgrade: WebSocketUpgrade| {
        upgrade
            .protocols(["workbook.v1"])
            .on_upgrade(|socket| session(socket, guest))
    };
    Router::new()
        .route("/ws/query", get(door))
        .route("/ws/cookie", get(door))
        .route("/ws/protocol", get(door))
        .route("/ws/ticket", get(door))
        .route("/ticket", post(ticket))
        .layer(from_fn_with_state(Arc::clone(&house), identify))
        .route("/ws/first-message", get(first_message))
        .layer(TraceLayer::new_for_http().make_span_with(
            |request: &Request| tracing::debug_span!("handshake", to = %request.uri().path()),
        ))
        .with_state(house)
}

struct House {
    key: Key,
    tickets: RwLock<BTreeMap<String, Guest>>,
}

#[derive(Clone)]
struct Guest(String, Instant);

impl House {
    fn guest(&self, token: &str) -> Option<Guest> {
        let claims = self.key.verify(token).ok()?;
        Some(Guest(claims.user, Instant::now() + claims.expires_in))
    }

    fn find(&self, request: &Request) -> Result<Option<Guest>, StatusCode> {
        let header = |name| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let query = |name: &str| {
            let mut pairs = request.uri().query().unwrap_or_default().split('&');
            pairs.find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        };
        Ok(match request.uri().path() {
            "/ws/query" => query("token").and_then(|token| self.guest(token)),
            "/ws/ticket" => {
                let mut tickets = self.tickets.write().unwrap();
                query("ticket").and_then(|ticket| tickets.remove(ticket))
            }
            "/ws/cookie" if header("origin") != Some("https://app.example") => {
                return Err(StatusCode::FORBIDDEN);
            }
            "/ws/cookie" => {
                let mut cookies = header("cookie").unwrap_or_default().split("; ");
                let token = cookies.find_map(|cookie| cookie.strip_prefix("session="));
                token.and_then(|token| self.guest(token))
            }
            "/ws/protocol" => {
                let offers = header("sec-websocket-protocol").unwrap_or_default();
                let mut offers = offers.split(',').map(str::trim);
                let token = offers.find_map(|offer| offer.strip_prefix("bearer."));
                let token = token.and_then(from_base64url);
                token.and_then(|token| self.guest(&token))
            }
            _ => {
                let token = header("authorization").and_then(|value| value.strip_prefix("Bearer "));
                token.and_then(|token| self.guest(token))
            }
        })
    }
}

async fn identify(State(house): State<Arc<House>>, mut request: Request, next: Next) -> Response {
    match house.find(&request) {
        Ok(Some(guest)) => {
            request.extensions_mut().insert(guest);
            next.run(request).await
        }
        Ok(None) => (StatusCode::UNAUTHORIZED, "who are you?").into_response(),
        Err(status) => (status, "not from there").into_response(),
    }
}

async fn ticket(State(house): State<Arc<House>>, Extension(guest): Extension<Guest>) -> String {
    let ticket = secret::random();
    let old = ticket.clone();
    house.tickets.write().unwrap().insert(ticket.clone(), guest);
    // A ticket is as old as its timer, and gone when that is done.
    tokio::spawn(async move {
        sleep(Duration::from_secs(30)).await;
        house.tickets.write().unwrap().remove(&old);
    });
    ticket
}

async fn first_message(State(house): State<Arc<House>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async move |mut socket| {
        let data = async {
            loop {
                match socket.recv().await? {
                    Ok(Message::Text(text)) => return Some(text.to_string()),
                    Ok(Message::Binary(_)) => return Some(String::new()),
                    Ok(_) => {}
                    Err(_) => return None,
                }
            }
        };
        let Ok(data) = timeout(Duration::from_secs(5), data).await else {
            return part(socket, 1008).await;
        };
        let Some(data) = data else { return };
        let json: serde_json::Value = serde_json::from_str(&data).unwrap_or_default();
        let known = match (json["type"].as_str(), json["token"].as_str()) {
            (Some("auth"), Some(token)) => house.guest(token),
            _ => None,
        };
        match known {
            Some(guest) => session(socket, guest).await,
            None => part(socket, 1008).await,
        }
    })
}

async fn session(socket: WebSocket, Guest(user, until): Guest) {
    let (mut sink, mut stream) = socket.split();
    let (say, mut said) = mpsc::channel(8);
    let welcome = format!(r#"{{"type": "welcome", "user": "{user}"}}"#);
    let _ = say.send(Message::text(welcome)).await;
    let writer = tokio::spawn(async move {
        while let Some(message) = said.recv().await {
            if sink.send(message).await.is_err() {
                return;
            }
        }
    });
    let clock = tokio::spawn({
        let say = say.clone();
        async move {
            sleep_until(until).await;
            let reason = "".into();
            let close = CloseFrame { code: 4001, reason };
            let _ = say.send(Message::Close(Some(close))).await;
        }
    });
    while let Some(Ok(message)) = stream.next().await {
        if let Message::Text(_) = message
            && say.send(message).await.is_err()
        {
            break;
        }
    }
    clock.abort();
    drop(say);
    let _ = writer.await;
}

async fn part(mut socket: WebSocket, code: u16) {
    let reason = "".into();
    let close = Message::Close(Some(CloseFrame { code, reason }));
    if socket.send(close).await.is_ok() {
        let drain = async { while let Some(Ok(_)) = socket.recv().await {} };
        let _ = timeout(Duration::from_secs(3), drain).await;
    }
}
