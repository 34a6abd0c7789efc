//! What a page of the book can ask for while it is open: news of the exercises, and labs. `message` says what goes over its sockets.

use std::{path::PathBuf, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{
        FromRef, Query, Request, State,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code},
    },
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use tokio::{
    sync::watch,
    time::{self, Instant, MissedTickBehavior},
};

use self::{
    board::News,
    door::{Door, PageId, Seat},
    lab::{Session, Target, View},
    labs::Lab,
    message::{Do, FromLab, FromPage},
    mount::Sessions,
};
use crate::{event::Events, workspace::Workspace};

pub mod beats;
pub mod board;
pub mod bus;
pub mod door;
pub mod lab;
pub mod labs;
pub mod message;
pub mod mount;
pub mod values;

/// What pages may use, and how much of it.
#[derive(Clone)]
pub struct Pages {
    /// Where the built pages lie.
    book: PathBuf,
    news: watch::Receiver<Arc<News>>,
    doors: Arc<Doors>,
    sessions: Sessions,
}

/// The doors of a server. What is bounded here is what a page that runs wild could take from the machine.
#[derive(Debug)]
struct Doors {
    /// Sockets for news: one for each page that is open.
    news: Arc<Door>,
    /// Labs: each is a thread and a server of its own.
    labs: Arc<Door>,
    /// Those who are told that there is no room, which takes a moment.
    turned_away: Arc<Door>,
}

/// How often a socket is asked whether its page is still there.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// A page that has not answered for so long is gone.
const SILENCE: Duration = Duration::from_secs(50);
/// The longest that a page may take to accept a message, or the answer to a Close.
const PATIENCE: Duration = Duration::from_secs(5);
/// A lab that nobody has touched for so long is put away.
const IDLE: Duration = Duration::from_secs(15 * 60);
/// The largest message that a page may send to a lab; long payloads are described and not sent.
const FROM_PAGE: usize = 64 * 1024;

impl Pages {
    /// Tells pages about `events`, until all that send them are gone.
    pub fn new(ws: Workspace, book: PathBuf, events: &Events) -> Pages {
        Pages {
            book,
            news: board::keep(ws, events),
            doors: Arc::new(Doors {
                news: Door::new(64, 4),
                labs: Door::new(12, 4),
                turned_away: Door::new(32, 32),
            }),
            sessions: Sessions::default(),
        }
    }

    /// The routes of all this. They belong behind the guard of [`crate::serve::router`].
    pub fn routes(&self) -> Router {
        Router::new()
            .route("/live", get(news))
            .route("/live/lab", get(lab))
            .with_state(self.clone())
            .nest_service("/live/at", self.sessions.service())
            .layer(middleware::from_fn(asked_by_a_page))
    }

    /// Waits until every socket has said goodbye, though not for long.
    pub async fn gone(&self) {
        let gone = async {
            while self.doors.news.taken() + self.doors.labs.taken() > 0 {
                time::sleep(Duration::from_millis(5)).await;
            }
        };
        let _ = time::timeout(Duration::from_millis(500), gone).await;
    }
}

impl FromRef<Pages> for Arc<Doors> {
    fn from_ref(pages: &Pages) -> Self {
        Arc::clone(&pages.doors)
    }
}

/// Refuses what no page of ours has asked for; the guard of the server has looked at `Host` and at the value of `Origin` before.
///
/// A socket without an `Origin` is not from a browser, and nobody else has business here. A plain request
/// of another site may come without one (an image, a link), and says `Sec-Fetch-Site` instead.
async fn asked_by_a_page(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let upgrade = headers.contains_key(header::UPGRADE);
    let site = headers.get("sec-fetch-site").map(|site| site.as_bytes());
    let elsewhere = !matches!(site, None | Some(b"same-origin" | b"none"));
    if elsewhere || (upgrade && !headers.contains_key(header::ORIGIN)) {
        let text = "Refused: this is for the pages of this book, and for nobody else.\n";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    next.run(request).await
}

/// What a page says of itself when it opens its socket for news.
#[derive(Debug, Deserialize)]
struct NewsQuery {
    id: PageId,
    /// Its path in the book: it wants to know when that changes.
    page: String,
    /// The chapter whose verdict it shows.
    #[serde(default)]
    chapter: String,
}

async fn news(
    State(pages): State<Pages>,
    Query(query): Query<NewsQuery>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let seat = match pages.doors.news.enter(&query.id) {
        Some(seat) => seat,
        None => {
            return turn_away(
                &pages.doors,
                upgrade,
                "too many pages of this book are open",
            );
        }
    };
    // Nothing is expected from this page, so nothing of any length is accepted.
    sized(upgrade, 1024).on_upgrade(move |socket| tell_news(socket, pages, query, seat))
}

/// Sends what differs from what this page was told last, as soon as it differs.
async fn tell_news(mut socket: WebSocket, mut pages: Pages, query: NewsQuery, _seat: Seat) {
    let mut told = Told::default();
    let mut pulse = Pulse::new();
    if send(&mut socket, message::hello()).await.is_err() {
        return;
    }
    loop {
        let news = Arc::clone(&pages.news.borrow_and_update());
        for text in told.differs(&news, &query, &pages.book).await {
            if send(&mut socket, text).await.is_err() {
                return;
            }
        }
        loop {
            tokio::select! {
                changed = pages.news.changed() => match changed {
                    Ok(()) => break,
                    Err(_) => return part(socket, close_code::AWAY, "the workbook has ended").await,
                },
                received = socket.recv() => match received {
                    Some(Ok(Message::Pong(_))) => pulse.felt(),
                    // Until `None`, so that a Close is answered.
                    Some(Ok(Message::Close(_) | Message::Ping(_))) => {}
                    Some(Ok(Message::Text(_) | Message::Binary(_))) => {
                        return part(socket, close_code::POLICY, "a page only listens here").await;
                    }
                    Some(Err(_)) | None => return,
                },
                alive = pulse.beat() => {
                    if !alive || send(&mut socket, Message::Ping(Default::default())).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

/// What a page was told last.
#[derive(Default)]
struct Told {
    exercises: Option<Utf8Bytes>,
    run: Option<Utf8Bytes>,
    book: Option<Utf8Bytes>,
    builds: Option<u64>,
}

impl Told {
    async fn differs(
        &mut self,
        news: &News,
        query: &NewsQuery,
        book: &std::path::Path,
    ) -> Vec<Message> {
        // The run first: somebody waits for it.
        let run = news.runs.get(&query.chapter).cloned();
        let mut new = vec![];
        for (told, now) in [
            (&mut self.run, run),
            (&mut self.exercises, Some(news.exercises.clone())),
        ] {
            if let Some(now) = now.filter(|now| told.as_ref() != Some(now)) {
                *told = Some(now.clone());
                new.push(Message::Text(now));
            }
        }
        if self.builds != Some(news.builds) {
            self.builds = Some(news.builds);
            let now = board::page(book, &query.page, news.broken.as_deref()).await;
            if self.book.as_ref() != Some(&now) {
                self.book = Some(now.clone());
                new.push(Message::Text(now));
            }
        }
        new
    }
}

/// What a page says when it opens a lab.
#[derive(Debug, Deserialize)]
struct LabQuery {
    id: PageId,
    lab: String,
    target: Target,
}

async fn lab(
    State(pages): State<Pages>,
    Query(query): Query<LabQuery>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Some(lab) = Lab::named(&query.lab) else {
        let text = "There is no lab of this name.\n";
        return (StatusCode::NOT_FOUND, text).into_response();
    };
    let Some(seat) = pages.doors.labs.enter(&query.id) else {
        return turn_away(
            &pages.doors,
            upgrade,
            "too many labs are open: close another page",
        );
    };
    // The guards have looked at it: it is ours, under the name by which the reader knows us.
    let origin = headers.get(header::ORIGIN);
    let origin = origin.and_then(|origin| origin.to_str().ok());
    let origin = origin.unwrap_or_default().to_owned();
    let upgrade = sized(upgrade, FROM_PAGE);
    upgrade.on_upgrade(move |socket| play_lab(socket, pages, (lab, query.target), origin, seat))
}

/// Runs a lab for as long as its page is there.
async fn play_lab(
    socket: WebSocket,
    pages: Pages,
    (lab, target): (&'static Lab, Target),
    origin: String,
    _seat: Seat,
) {
    let Pages { news, sessions, .. } = pages;
    let (mut socket, mut news) = (socket, news);
    let mut session = match Session::open(lab, target, origin) {
        Ok(session) => session,
        Err(error) => {
            eprintln!("note: a lab could not be opened: {error}");
            return part(
                socket,
                close_code::ERROR,
                "the lab could not be opened; the terminal says why",
            )
            .await;
        }
    };
    let mounted = sessions.mount(&session);
    let opened = FromLab::Opened {
        version: message::VERSION,
        at: match target {
            Target::Reference => mounted.prefixes(),
            Target::Own => lab.own(),
        },
        reads: lab.reads(target),
    };
    if send(&mut socket, opened.text()).await.is_err() {
        return;
    }
    let mut view = session.view();
    let mut pulse = Pulse::new();
    let mut touched = Instant::now();
    loop {
        tokio::select! {
            changed = view.changed() => {
                let over = changed.is_err();
                let now = View::clone(&view.borrow_and_update());
                let full = now.full;
                if send(&mut socket, FromLab::Transcript(now).text()).await.is_err() {
                    return;
                }
                if over || full {
                    return part(socket, message::OVER, "this lab has shown all it can").await;
                }
            }
            // Only its end matters: then the whole workbook ends.
            changed = news.changed() => if changed.is_err() {
                return part(socket, close_code::AWAY, "the workbook has ended").await;
            },
            received = socket.recv() => match received {
                Some(Ok(Message::Text(text))) => {
                    touched = Instant::now();
                    let answer = match serde_json::from_str::<FromPage>(&text) {
                        Ok(FromPage { r#do: Do::Fill, text, .. }) => {
                            session.fill(&text).map(|with| Some(FromLab::Filled { text, with }))
                        }
                        Ok(command) => session.tell(command).map(|()| None),
                        Err(error) => Err(format!("that is no command of a lab: {error}")),
                    };
                    let answer = answer.unwrap_or_else(|why| Some(FromLab::Refused { why }));
                    if let Some(answer) = answer
                        && send(&mut socket, answer.text()).await.is_err()
                    {
                        return;
                    }
                }
                Some(Ok(Message::Binary(_))) => {
                    return part(socket, close_code::UNSUPPORTED, "a lab reads JSON, which is text").await;
                }
                Some(Ok(Message::Pong(_))) => pulse.felt(),
                Some(Ok(Message::Close(_) | Message::Ping(_))) => {}
                Some(Err(error)) => {
                    if let Some((code, reason)) = message::farewell(&error) {
                        part(socket, code, reason).await;
                    }
                    return;
                }
                None => return,
            },
            alive = pulse.beat() => {
                if touched.elapsed() > IDLE {
                    return part(socket, message::IDLE, "nobody has touched this lab for a quarter of an hour").await;
                }
                if !alive || send(&mut socket, Message::Ping(Default::default())).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// A socket with small buffers and a limit on what it accepts.
fn sized(upgrade: WebSocketUpgrade, limit: usize) -> WebSocketUpgrade {
    upgrade
        .read_buffer_size(4096)
        .max_message_size(limit)
        .max_frame_size(limit)
}

/// Says no in a way that a page can read: a status would reach it as 1006, like a server that is not there.
fn turn_away(doors: &Doors, upgrade: WebSocketUpgrade, reason: &'static str) -> Response {
    match doors.turned_away.enter(&PageId::anybody()) {
        Some(seat) => sized(upgrade, 1024).on_upgrade(move |socket| async move {
            let _seat = seat;
            part(socket, close_code::AGAIN, reason).await;
        }),
        // So many at once are no page that reads the reason.
        None => {
            let text = format!("Refused for now: {reason}.\n");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                [(header::RETRY_AFTER, "5")],
                text,
            )
                .into_response()
        }
    }
}

async fn send(socket: &mut WebSocket, message: impl Into<Message>) -> Result<(), ()> {
    match time::timeout(PATIENCE, socket.send(message.into())).await {
        Ok(Ok(())) => Ok(()),
        // The page is gone, or as good as gone.
        Ok(Err(_)) | Err(_) => Err(()),
    }
}

/// Starts the closing handshake, and sees it through.
async fn part(mut socket: WebSocket, code: u16, reason: &'static str) {
    let reason = Utf8Bytes::from_static(reason);
    let close = Message::Close(Some(CloseFrame { code, reason }));
    if send(&mut socket, close).await.is_ok() {
        let drain = async { while let Some(Ok(_)) = socket.recv().await {} };
        let _ = time::timeout(PATIENCE, drain).await;
    }
}

/// Whether the page at the other end is still there.
struct Pulse {
    felt: Instant,
    beats: time::Interval,
}

impl Pulse {
    fn new() -> Pulse {
        let mut beats = time::interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let felt = Instant::now();
        Pulse { felt, beats }
    }

    fn felt(&mut self) {
        self.felt = Instant::now();
    }

    /// Waits for the next beat; whether the page has answered lately.
    async fn beat(&mut self) -> bool {
        self.beats.tick().await;
        self.felt.elapsed() < SILENCE
    }
}
