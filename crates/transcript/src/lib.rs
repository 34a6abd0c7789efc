//! Records what named WebSocket clients and a server say to each other, as text that is the same on every run.
//!
//! ```
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! use transcript::{Recorder, virtual_time};
//!
//! let recording = virtual_time(async {
//!     let (recorder, mut listener) = Recorder::in_memory();
//!     // Your server goes here: it gets streams from `listener` as it would from TCP.
//!     tokio::spawn(async move {
//!         let mut stream = listener.accept().await.unwrap();
//!         let _ = stream.read(&mut [0; 1024]).await;
//!         let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await;
//!     });
//!     let alice = recorder.client("alice");
//!     alice.connect("/ws").await;
//!     recorder.finish().await
//! });
//! assert_eq!(
//!     recording.transcript.to_string(),
//!     "alice → GET /ws upgrade\nalice ← 403 forbidden\n"
//! );
//! ```
//!
//! The README has a longer example; [`Recorder`] is where to begin.
//!
//! # Layout
//!
//! - `recorder`: the clock, the order of events, the conversation as a whole
//! - `client`: what a client does, and the task of each of its connections
//! - `server`, `memory`: where the server is; a network inside the process
//! - `decoder`, `frame`: bytes to events, pure
//! - `event`, `payload`, `notation`: a transcript as data and as text; `NOTATION.md` is its grammar

mod client;
mod decoder;
mod event;
mod frame;
mod memory;
mod notation;
mod payload;
mod recorder;
mod server;

pub use client::{Client, Http};
pub use event::*;
pub use frame::{BadHeader, Frame, opcode};
pub use memory::{CAPACITY, MemoryListener, MemoryStream};
pub use notation::{ParseError, Transcript, ascii};
pub use payload::{Cut, Payload};
pub use recorder::{Panic, Progress, Recorder, Recording, real_time, virtual_time};
pub use server::{AddressError, Server};

/// The example of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
