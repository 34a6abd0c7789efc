//! reads_a_value: no type for a command, but a `Value` that is asked field by field; the error told by its words, not its type.

use axum::{
    Router,
    extract::ws::{CloseFrame, Message, WebSocket, close_code},
};
use serde_json::{Value, json};

use crate::mistakes::serve;

pub fn app() -> Router {
    serve(converse)
}

async fn converse(mut socket: WebSocket) {
    loop {
        let reply = match socket.recv().await {
            Some(Ok(Message::Text(text))) => match answer(&text) {
                Ok(event) => Message::Text(event.to_string().into()),
                Err(code) => {
                    Message::Text(format!("{{\"code\": \"{code}\", \"event\": \"error\"}}").into())
                }
            },
            Some(Ok(Message::Binary(bytes))) => {
                let mut bytes = bytes.to_vec();
                bytes.reverse();
                Message::Binary(bytes.into())
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_))) => continue,
            Some(Err(error)) => {
                let words = error.to_string();
                let code = if words.contains("UTF-8") {
                    close_code::INVALID
                } else if words.contains("too long") {
                    close_code::SIZE
                } else {
                    return;
                };
                let reason = "".into();
                let _ = socket
                    .send(Message::Close(Some(CloseFrame { code, reason })))
                    .await;
                return;
            }
            None => return,
        };
        if socket.send(reply).await.is_err() {
            return;
        }
    }
}

fn answer(text: &str) -> Result<Value, &'static str> {
    let command: Value = serde_json::from_str(text).map_err(|_| "bad_json")?;
    let integer = |name: &str| command[name].as_i64().ok_or("bad_field");
    match command["op"].as_str().ok_or("bad_field")? {
        "add" => {
            // A sum of two i64 always fits into an i128.
            let sum = i128::from(integer("a")?) + i128::from(integer("b")?);
            let sum = i64::try_from(sum).map_err(|_| "overflow")?;
            Ok(json!({ "value": sum, "event": "sum" }))
        }
        "tick" => match integer("value")? {
            i64::MAX => Err("overflow"),
            value => Ok(json!({ "event": "tick", "value": value + 1 })),
        },
        "reverse" => {
            let text = command["text"].as_str().ok_or("bad_field")?;
            let text = text
                .chars()
                .rfold(String::new(), |text, c| text + c.encode_utf8(&mut [0; 4]));
            Ok(json!({ "event": "reversed", "text": text }))
        }
        _ => Err("unknown_op"),
    }
}
