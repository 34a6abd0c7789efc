//! Which labs there are, and how the servers of each are run.

use std::{pin::Pin, sync::Arc, time::Duration};

use axum::{Router, extract::Request};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use solution_05::{
    Config,
    token::{Key, TEST_KEY},
};
use tokio::sync::watch;
use tower::ServiceExt;

use super::{
    bus::{Exchange, Reach, Wire},
    lab::Target,
    mount::Hall,
};

/// A chapter's lab.
pub struct Lab {
    /// Its name: the chapter's number, and a word more where a chapter has several.
    pub name: &'static str,
    /// Where the learner's own servers listen.
    pub ports: &'static [u16],
    /// Runs the servers of the reference, until they are told to go.
    pub run: fn(Given) -> Running,
    /// Where the switch of the reference can stand; at first it stands at the first.
    pub switch: &'static [&'static str],
    /// What commands call `‹name›`, made for the client that says it, and anew every time.
    pub values: &'static [(&'static str, Make)],
}

/// Makes a value for the client of this name.
pub type Make = fn(&str) -> String;

/// What the servers of a lab are given.
pub struct Given {
    /// Where each of them meets its clients.
    pub halls: Vec<Hall>,
    /// Is done when they should go.
    pub stop: Stop,
    /// Where the switch stands.
    pub switch: watch::Receiver<usize>,
    /// The origin of the page.
    pub origin: String,
}

/// Servers that run.
pub type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Is done when servers should go.
pub type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A lab without anything special: a further one says what is.
const PLAIN: Lab = Lab {
    name: "",
    ports: &[],
    run: |_| Box::pin(async {}),
    switch: &[],
    values: &[],
};

/// All labs. A further one is an entry here, a dependency in Cargo.toml, and a `<ws-lab>` in the chapter: see book/labs/README.md.
pub const LABS: &[Lab] = &[
    Lab {
        name: "01",
        ports: &[3001],
        run: |given| Box::pin(given.serve(solution_01::app())),
        ..PLAIN
    },
    Lab {
        name: "02",
        ports: &[3002],
        run: |given| Box::pin(given.serve(solution_02::app())),
        ..PLAIN
    },
    Lab {
        name: "03",
        ports: &[3003],
        run: |given| Box::pin(given.serve(solution_03::app())),
        ..PLAIN
    },
    Lab {
        name: "04",
        ports: &[3004, 3104],
        run: |given| Box::pin(workers(given)),
        switch: &[
            "one bus for both workers",
            "a bus for each worker",
            "the bus is away",
        ],
        ..PLAIN
    },
    Lab {
        name: "05",
        ports: &[3005],
        run: |given| Box::pin(doors(given)),
        switch: &[
            "knows the origin of this page",
            "does not know the origin of this page",
        ],
        values: &[
            ("token", |user| token(user, HOUR)),
            ("brief", |user| token(user, BRIEF)),
            ("expired", |user| token(user, Duration::ZERO)),
            ("foreign", |user| {
                Key::new(b"the key of some other service, and not ours").sign(user, HOUR)
            }),
            ("base64url", |user| {
                BASE64_URL_SAFE_NO_PAD.encode(token(user, HOUR))
            }),
        ],
    },
    Lab {
        name: "06",
        ports: &[3006],
        run: |given| {
            let (hall, stop) = given.one();
            Box::pin(solution_06::serve(hall, stop))
        },
        ..PLAIN
    },
    Lab {
        name: "07",
        ports: &[3007],
        run: |given| {
            let (hall, stop) = given.one();
            Box::pin(solution_07::serve(hall, quick(), stop))
        },
        ..PLAIN
    },
];

impl Lab {
    /// The lab of this name.
    pub fn named(name: &str) -> Option<&'static Lab> {
        LABS.iter().find(|lab| lab.name == name)
    }

    /// The addresses of the learner's own servers.
    pub fn own(&self) -> Vec<String> {
        let ports = self.ports.iter();
        ports
            .map(|port| format!("http://127.0.0.1:{port}"))
            .collect()
    }

    /// What the server is, in words.
    pub fn reads(&self, target: Target) -> String {
        match target {
            Target::Reference => format!(
                "the reference of chapter {}, in a fresh instance",
                &self.name[..2]
            ),
            Target::Own => {
                let ports: Vec<_> = self
                    .ports
                    .iter()
                    .map(|port| format!("127.0.0.1:{port}"))
                    .collect();
                format!("your own, on {}", ports.join(" and "))
            }
        }
    }
}

impl Given {
    /// For a lab with one server.
    fn one(mut self) -> (Hall, Stop) {
        (self.halls.remove(0), self.stop)
    }

    /// Runs one server that knows of no end.
    async fn serve(self, app: Router) {
        let _ = axum::serve(self.one().0, app).await;
    }
}

// Chapter 04.

/// Two workers, and a switch for the bus between them.
async fn workers(mut given: Given) {
    let exchange = Arc::<Exchange>::default();
    for (worker, hall) in given.halls.into_iter().enumerate() {
        let exchange = Arc::clone(&exchange);
        let app = solution_04::app(Arc::new(Wire { exchange, worker }));
        tokio::spawn(axum::serve(hall, app).into_future());
    }
    while given.switch.changed().await.is_ok() {
        let reach = match *given.switch.borrow_and_update() {
            0 => Reach::Both,
            1 => Reach::Each,
            _ => Reach::Nobody,
        };
        exchange.turn(reach).await;
    }
}

// Chapter 07.

/// The numbers of the chapter, but for those that somebody would have to wait or to invite a hundred clients for. The page says which.
fn quick() -> solution_07::Config {
    solution_07::Config {
        heartbeat: Duration::from_secs(5),
        pong_grace: Duration::from_secs(5),
        max_connections: 3,
        ..solution_07::Config::default()
    }
}

// Chapter 05.

const HOUR: Duration = Duration::from_secs(3600);
/// A key hands out whole seconds, rounded down.
const BRIEF: Duration = Duration::from_millis(5900);

/// As `solution-05 token` prints it: signed with the published key, so that the learner's own server takes it, too.
fn token(user: &str, lifetime: Duration) -> String {
    Key::new(TEST_KEY).sign(user, lifetime)
}

/// Chapter 05, with a switch for the list of origins.
async fn doors(given: Given) {
    let app = |origins: &[&str]| {
        solution_05::app_with(Config {
            origins: origins.iter().map(|&origin| origin.into()).collect(),
            ..Config::default()
        })
    };
    // The list belongs to one door; all others are those of the first, whose tickets are good wherever the switch stands.
    let first = app(&["https://app.example", &given.origin]);
    let second = app(&["https://app.example"]);
    let switch = given.switch.clone();
    let either = Router::new().fallback(move |request: Request| {
        let other = *switch.borrow() == 1 && request.uri().path() == "/ws/cookie";
        let app = if other { &second } else { &first };
        app.clone().oneshot(request)
    });
    given.serve(either).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64url_is_read_by_the_chapter() {
        for text in ["", "a", "ab", "abc", "ü?", "{\"alg\":\"HS256\"}"] {
            let read = solution_05::token::from_base64url(&BASE64_URL_SAFE_NO_PAD.encode(text));
            assert_eq!(read.as_deref(), Some(text));
        }
    }

    #[test]
    fn a_lab_is_named_after_its_chapter_and_has_its_servers() {
        for lab in LABS {
            assert!(lab.name[..2].parse::<u16>().is_ok(), "{}", lab.name);
            assert!(!lab.ports.is_empty(), "{}", lab.name);
        }
    }
}
