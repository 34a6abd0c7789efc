//! What is read from a member's socket, and written to it: as in chapter 03. Given, and finished.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use tokio::{sync::mpsc, time::sleep};

use super::{
    Member,
    room::{Connection, QUEUE},
};

/// How long the connection of somebody who was put out may take to end.
const GRACE: Duration = Duration::from_secs(5);

/// Runs a connection: one task that writes what the room says, and this one, which listens to the member.
pub async fn converse(socket: WebSocket, member: Member, connection: Connection) {
    let (sink, stream) = socket.split();
    let Connection {
        queue,
        waits,
        put_out,
    } = connection;
    let writer = tokio::spawn(write(sink, queue, waits));
    tokio::select! {
        () = hear(stream, &member) => {}
        () = async { drop(put_out.await); sleep(GRACE).await } => {}
    }
    writer.abort();
}

/// Has said what the member says, until it is gone.
async fn hear(mut stream: SplitStream<WebSocket>, member: &Member) {
    // Until `None`, so that a Close is answered.
    while let Some(Ok(message)) = stream.next().await {
        if let Message::Text(text) = message {
            member.say(&text).await;
        }
    }
}

/// Writes what waits in the queue: all of it, then one flush.
async fn write(
    mut sink: SplitSink<WebSocket, Message>,
    mut queue: mpsc::Receiver<Utf8Bytes>,
    waits: Arc<AtomicBool>,
) {
    waits.store(false, Relaxed);
    let mut batch = Vec::with_capacity(QUEUE);
    while queue.recv_many(&mut batch, QUEUE).await > 0 {
        let written = noting(&waits, async {
            for text in batch.drain(..) {
                sink.feed(Message::Text(text)).await?;
            }
            sink.flush().await
        });
        if written.await.is_err() {
            return;
        }
    }
    // The room has let go of its end of the queue: this member was put out.
    let close = CloseFrame {
        code: close_code::AGAIN,
        reason: "you are too far behind".into(),
    };
    let _ = sink.send(Message::Close(Some(close))).await;
}

/// Awaits a future, and notes whether it waits: for the peer, that is, and not for a turn of its task.
async fn noting<F: Future>(waits: &AtomicBool, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let poll = future.as_mut().poll(cx);
        waits.store(poll.is_pending(), Relaxed);
        poll
    })
    .await
}
