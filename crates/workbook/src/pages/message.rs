//! What the server and its pages say to each other. This is the one place where it is written down.
//!
//! Everything is a JSON object in a text message, and its `type` (from the server) or `do` (from a page) says which.
//! The first message on either socket has the [`VERSION`]; a page that knows another one loads itself again.
//!
//! # News: `/live?id=ID&page=PAGE&chapter=NN`
//!
//! The page listens, and says nothing. `ID` is 1 to 32 small letters and digits of the page's own choice.
//! It gets the whole state at first, and then each of these messages whenever it would be another one than the last:
//!
//! ```json
//! {"type":"hello","version":2}
//! {"type":"run","chapter":"01","doing":"checking","error":null,"current":true,"verdict":{ }}
//! {"type":"exercises","exercises":[
//!     {"number":"01","page":"01-lifecycle.html","state":"failing","passed":4,"total":16,"current":true}]}
//! {"type":"book","page":"a1b2c3d4e5f60718","broken":null}
//! ```
//!
//! - `run`: `verdict` is that of `crates/checks/README.md`, or `null`; `current` says whether it is about the sources as they are.
//!   `doing` is `null`, or `checking`, `not compiled` (the learner's code), `not built` (cargo gave up).
//!   `error` is what the compiler said first when it is `not compiled`, `{"message":"…","location":"exercises/…/src/lib.rs:12"}`, and `null` otherwise.
//! - `exercises`: `state` is `passing`, `failing`, `not started` or `unknown`.
//! - `book`: `page` is a fingerprint of this page as it was built last, `broken` why the last build failed.
//!
//! # A lab: `/live/lab?id=ID&lab=NAME&target=reference`
//!
//! `target` is `reference`, the chapter's own server, started for this socket and gone with it; or `own`, the learner's, on `127.0.0.1:30NN`.
//! The page says what a client shall do ([`FromPage`]), for example
//!
//! ```json
//! {"do":"connect","as":"alice","path":"/ws/echo"}
//! {"do":"text","as":"alice","text":"hello"}
//! ```
//!
//! and gets ([`FromLab`])
//!
//! ```json
//! {"type":"opened","version":2,"at":["/live/at/7"],"reads":"the solution of chapter 01"}
//! {"type":"transcript","transcript":"…","frames":[{"line":3,"bytes":"81 85 …"}],
//!     "clients":{"alice":{"open":true,"streams":false,"reads":true,"answers":true}},"full":false}
//! {"type":"filled","text":"…","with":"…"}
//! {"type":"refused","why":"…"}
//! ```
//!
//! `transcript` is the whole of it, and sent again whenever it has grown. Below each path of `at` one server of the same instance is reached by HTTP and by a
//! page's own `WebSocket`: a path here for the reference, an address for the learner's own. How one of them refuses the page, which no page is told, becomes a
//! line of the transcript.
//!
//! A command may name a value that only the server can make, as `‹token›`, or one that a command before it has kept (`"keep":"ticket"` keeps the body of the answer).
//! Its own clients send the value; for what the page sends by itself it asks: `{"do":"fill","as":"page","text":"/ws?token=‹token›"}` is answered by `filled`.
//! `{"do":"switch","as":"operator","text":"…"}` turns the switch of a lab that has one, to a position that `labs.rs` names.
//!
//! # Close codes
//!
//! | code | why | what the page does |
//! |---|---|---|
//! | 1001 | the workbook ends | comes again, with backoff |
//! | 1008, 1003, 1009 | the page broke a rule of this file | says so, and does not come again |
//! | 1013 | no room | says so, and comes again, with backoff |
//! | 4000 | the lab has shown as many lines as it shows | offers to begin anew |
//! | 4001 | the lab was idle | offers to begin anew |

use std::error::Error as _;

use axum::extract::ws::{Message, close_code};
use serde::{Deserialize, Serialize};

use super::lab::View;

/// The version of all this.
pub const VERSION: u32 = 2;
/// Close code: the lab has shown as many lines as it shows.
pub const OVER: u16 = 4000;
/// Close code: nobody has touched the lab for long.
pub const IDLE: u16 = 4001;

/// The first message for news.
pub fn hello() -> Message {
    Message::text(format!(r#"{{"type":"hello","version":{VERSION}}}"#))
}

/// What a lab tells its page.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum FromLab {
    /// It is there.
    Opened {
        /// [`VERSION`].
        version: u32,
        /// Where the page itself reaches each server: below this path, or at this address.
        at: Vec<String>,
        /// What the server is, in words.
        reads: String,
    },
    /// What was said so far.
    Transcript(View),
    /// What [`Do::Fill`] asked for.
    Filled {
        /// The text as the page sent it.
        text: String,
        /// The same with values in place of their names.
        with: String,
    },
    /// A command was not carried out.
    Refused {
        /// Why.
        why: String,
    },
}

impl FromLab {
    /// As it is sent.
    pub fn text(&self) -> Message {
        let json = serde_json::to_string(self).expect("strings and numbers are always JSON");
        Message::text(json)
    }
}

/// What a page wants of a client in a lab.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FromPage {
    /// The client's name in the transcript.
    pub r#as: String,
    /// What it shall do.
    pub r#do: Do,
    /// For `connect` and `request`: path and query.
    #[serde(default)]
    pub path: String,
    /// For `connect` and `request`: headers, at most 16.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// For `connect` and `request`: which server, where the lab has several.
    #[serde(default)]
    pub server: usize,
    /// For `request`: the method.
    #[serde(default)]
    pub method: Method,
    /// The text of a message, the payload of a ping, the body of a request, the reason of a Close.
    #[serde(default)]
    pub text: String,
    /// For `bytes`, and for a `text` that is not UTF-8: the payload, two hexadecimal digits a byte.
    #[serde(default)]
    pub hex: String,
    /// The payload that many times over; for `burst` that many messages, for a POST that many lines; for `fragments` in that many frames.
    #[serde(default = "once")]
    pub times: usize,
    /// For `burst`, and for the lines of a POST: how many bytes longer each is.
    #[serde(default)]
    pub fill: usize,
    /// For `close`: the code.
    #[serde(default)]
    pub code: Option<u16>,
    /// For `request`: the name under which the body of a 200 is kept as a value.
    #[serde(default)]
    pub keep: String,
}

impl FromPage {
    /// Whether it is told to the servers, and to no client.
    pub fn is_for_servers(&self) -> bool {
        matches!(self.r#do, Do::Shutdown | Do::Switch)
    }
}

fn once() -> usize {
    1
}

/// What a client can be told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Do {
    /// Open a WebSocket.
    Connect,
    /// Send an HTTP request, on a connection of its own.
    Request,
    /// Send a text message.
    Text,
    /// Send a text message in several frames.
    Fragments,
    /// Send many text messages at once; their lines are summed up.
    Burst,
    /// Send a binary message.
    Bytes,
    /// Send a ping.
    Ping,
    /// Answer no pings from now on.
    Ignore,
    /// Send a Close.
    Close,
    /// End TCP without a Close.
    Vanish,
    /// End TCP with a reset.
    Reset,
    /// Read nothing any more.
    Stop,
    /// Read again.
    Read,
    /// Leave a Close of the server's unanswered.
    Silent,
    /// Answer a Close of the server's: how every client begins.
    Answer,
    /// Nothing: it is the servers of the lab that are told to go.
    Shutdown,
    /// Nothing: the switch of the lab is turned to `text`.
    Switch,
    /// Nothing: the page wants to know the values in `text`, to use them itself.
    Fill,
}

/// The methods that a lab sends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// To ask.
    #[default]
    Get,
    /// To change.
    Post,
}

/// What a page is told whose message could not be received.
pub fn farewell(error: &axum::Error) -> Option<(u16, &'static str)> {
    use tokio_tungstenite::tungstenite::Error;
    match error.source()?.downcast_ref::<Error>()? {
        Error::Capacity(_) => Some((close_code::SIZE, "a command has at most 64 KiB")),
        Error::Utf8(_) => Some((close_code::INVALID, "text has to be UTF-8")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_comes_from_a_closed_set() {
        let read = |text| serde_json::from_str::<FromPage>(text);
        let command = read(r#"{"do":"text","as":"alice","text":"hello"}"#).unwrap();
        assert_eq!((command.r#do, command.times), (Do::Text, 1));
        for wrong in [
            r#"{"do":"run","as":"alice"}"#,
            r#"{"do":"request","as":"alice","method":"DELETE"}"#,
            r#"{"do":"text","as":"alice","host":"evil.example"}"#,
            r#"{"do":"text"}"#,
            r#"{"do":"text","as":"alice","times":-1}"#,
            "[]",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
