//! A workbook whose pages these tests are: its server without the rest of the program, and sockets as a browser opens them.

use std::{future::IntoFuture, net::Ipv4Addr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, client::IntoClientRequest, protocol::CloseFrame},
};
use workbook::{
    event::{self, Event, Events},
    pages::Pages,
    serve::{self, Site},
    workspace::Workspace,
};

/// Longer than anything here takes, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server with a book of one page and one exercise.
pub struct Workbook {
    pub port: u16,
    events: Option<Events>,
    _dir: TempDir,
}

impl Workbook {
    pub async fn start() -> Workbook {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("Cargo.toml", "[workspace]\n");
        write("exercises/01-one/Cargo.toml", "");
        write("exercises/01-one/tests/check.rs", "");
        write("exercises/01-one/src/lib.rs", "todo!(\"step 1\")");
        write("target/book/index.html", "<main>the book</main>");
        let ws = Workspace {
            root: dir.path().to_owned(),
            target: dir.path().join("target"),
        };
        let events = event::channel();
        let book = dir.path().join("target/book");
        let pages = Pages::new(ws, book.clone(), &events);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let app = serve::router(Site::new(book), pages.routes(), port);
        tokio::spawn(axum::serve(listener, app).into_future());
        Workbook {
            port,
            events: Some(events),
            _dir: dir,
        }
    }

    pub fn tell(&self, event: Event) {
        self.events.as_ref().unwrap().send(event).unwrap();
    }

    /// Nobody is left who could send an event.
    pub fn end(&mut self) {
        self.events = None;
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.host())
    }

    pub async fn news(&self, id: &str, chapter: &str) -> Page {
        self.socket(&format!("/live?id={id}&page=index.html&chapter={chapter}"))
            .await
    }

    pub async fn try_news(&self, id: &str) -> Result<Page, String> {
        self.try_socket(&format!("/live?id={id}&page=index.html&chapter=01"))
            .await
    }

    pub async fn lab(&self, id: &str, lab: &str, target: &str) -> Page {
        self.socket(&format!("/live/lab?id={id}&lab={lab}&target={target}"))
            .await
    }

    pub async fn socket(&self, path: &str) -> Page {
        self.try_socket(path)
            .await
            .unwrap_or_else(|answer| panic!("{path}: {answer}"))
    }

    /// A socket as a page of the book opens it, or the answer to that.
    async fn try_socket(&self, path: &str) -> Result<Page, String> {
        let mut request = format!("ws://{}{path}", self.host())
            .into_client_request()
            .unwrap();
        request
            .headers_mut()
            .insert("origin", self.origin().parse().unwrap());
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))
            .await
            .unwrap();
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(Page(socket)),
            Err(Error::Http(response)) => {
                let headers: String = response
                    .headers()
                    .iter()
                    .map(|(n, v)| format!("{n}: {}\n", v.to_str().unwrap()))
                    .collect();
                let body = response.body().clone().unwrap_or_default();
                Err(format!(
                    "HTTP/1.1 {}\n{headers}\n{}",
                    response.status(),
                    String::from_utf8_lossy(&body)
                ))
            }
            Err(error) => panic!("{path}: {error}"),
        }
    }

    pub async fn get(&self, path: &str) -> String {
        self.raw(&format!("GET {path} HTTP/1.1\r\nhost: {}\r\n", self.host()))
            .await
    }

    /// The answer to a request that is written as it stands.
    pub async fn raw(&self, head: &str) -> String {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))
            .await
            .unwrap();
        let close = if head.contains("upgrade") {
            ""
        } else {
            "connection: close\r\n"
        };
        stream
            .write_all(format!("{head}{close}\r\n").as_bytes())
            .await
            .unwrap();
        let mut answer = vec![];
        let mut bytes = [0; 4096];
        // A refusal ends where the server has nothing more to say.
        while let Ok(Ok(count @ 1..)) =
            time::timeout(Duration::from_millis(300), stream.read(&mut bytes)).await
        {
            answer.extend_from_slice(&bytes[..count]);
        }
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// The head of an opening handshake, but for the blank line.
pub fn handshake(path: &str, host: &str, origin: Option<&str>) -> String {
    let origin = origin.map_or(String::new(), |origin| format!("origin: {origin}\r\n"));
    format!(
        "GET {path} HTTP/1.1\r\nhost: {host}\r\n{origin}connection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    )
}

/// A socket of a page.
pub struct Page(WebSocketStream<TcpStream>);

impl Page {
    pub async fn say(&mut self, text: &str) {
        // Whoever is refused may be gone before all of it is sent.
        let _ = self.0.send(Message::text(text)).await;
    }

    /// The first message, or the Close that came in its place.
    pub async fn first(&mut self) -> Result<Value, (u16, String)> {
        let received = time::timeout(PATIENCE, self.0.next())
            .await
            .expect("something comes");
        match received {
            Some(Ok(Message::Text(text))) => Ok(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Close(Some(CloseFrame { code, reason })))) => {
                // Its answer leaves with the next poll.
                let _ = time::timeout(PATIENCE, self.0.next()).await;
                Err((code.into(), reason.to_string()))
            }
            _ => Err((1006, String::new())),
        }
    }

    pub async fn text(&mut self) -> String {
        match time::timeout(PATIENCE, self.0.next())
            .await
            .expect("a message comes")
        {
            Some(Ok(Message::Text(text))) => text.to_string(),
            other => panic!("no text, but {other:?}"),
        }
    }

    pub async fn next_of_any(&mut self) -> Value {
        loop {
            match self.first().await {
                Ok(message) if message["type"] == "book" && message["broken"].is_null() => {}
                Ok(message) => return message,
                Err(close) => panic!("no message, but a Close: {close:?}"),
            }
        }
    }

    /// The next message of this type; others before it are passed over.
    pub async fn next(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next_of_any().await;
            if message["type"] == kind {
                return message;
            }
        }
    }

    /// Waits until the transcript has this in it, names padded or not.
    pub async fn hears(&mut self, text: &str) {
        loop {
            let message = self.next("transcript").await;
            let transcript = message["transcript"].as_str().unwrap();
            let unpadded: Vec<_> = transcript
                .split(' ')
                .filter(|word| !word.is_empty())
                .collect();
            if transcript.contains(text) || unpadded.join(" ").contains(text) {
                return;
            }
        }
    }

    /// The transcript when it has grown, and then has not for a while.
    pub async fn quiet(&mut self, before: String) -> String {
        let mut last = before.clone();
        while let Ok(message) = time::timeout(
            if last == before {
                PATIENCE
            } else {
                Duration::from_millis(250)
            },
            self.next("transcript"),
        )
        .await
        {
            last = message["transcript"].as_str().unwrap().to_owned();
        }
        last
    }

    /// How it ends: the code that a page would be told.
    pub async fn close(&mut self) -> (u16, String) {
        loop {
            if let Err(close) = self.first().await {
                return close;
            }
        }
    }
}
