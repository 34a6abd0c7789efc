//! The conversations of every chapter, and the verdict on a server that had them.
//!
//! # Layout
//!
//! - `ch01`, …: the suite of each chapter, as data ([`Chapter`])
//! - `stage`, `log`, `play`, `apart`: a server to be checked, what it logs, one conversation with it, and that in a process of its own
//! - `workers`, `broker`, `network`: several servers that share a bus, what the bus is made of, and what lies between
//! - `scenes`: what the conversations of several chapters have in common; `served`: a server in another process
//! - `judge`, `verdict`, `report`: what became of it, as data, as a file, as text
//! - `suite`, `hints`: the files of a suite, read
//! - `accept`: the other side, solutions and variants and known mistakes
//! - `run`: the `main` of `exercises/NN-topic/tests/check.rs`

pub mod ch01;
pub mod ch02;
pub mod ch03;
pub mod ch04;
pub mod ch05;
pub mod ch06;
pub mod ch07;

pub mod accept;
pub mod broker;
pub mod hints;
pub mod verdict;

mod apart;
mod chapter;
mod judge;
mod log;
mod network;
mod play;
mod report;
mod run;
mod scenes;
mod served;
mod stage;
mod suite;
mod workers;

pub use chapter::{Chapter, Conversation, Mistake, Script};
pub use judge::{Case, Place, judge};
pub use log::Log;
pub use play::{Hang, PATIENCE, Played, play};
pub use report::{Show, report};
pub use run::{Package, main, speaks_utf8};
pub use stage::{Door, Shutdown, Stage, Start, Subject};
pub use suite::{LOCK, fingerprint, workspace};
pub use workers::{Bus, Workers};

/// All chapters that have a suite.
pub static CHAPTERS: &[&Chapter] = &[
    &ch01::CHAPTER,
    &ch02::CHAPTER,
    &ch03::CHAPTER,
    &ch04::CHAPTER,
    &ch05::CHAPTER,
    &ch06::CHAPTER,
    &ch07::CHAPTER,
];

/// What the checks of all chapters expand to.
#[doc(hidden)]
#[macro_export]
macro_rules! check {
    ($chapter:ident, $subject:expr) => {
        $crate::check!($chapter, $subject, None);
    };
    ($chapter:ident, $subject:expr, $broker:expr) => {
        fn main() -> std::process::ExitCode {
            let package = $crate::Package {
                name: env!("CARGO_PKG_NAME"),
                tmp: env!("CARGO_TARGET_TMPDIR"),
                broker: $broker,
            };
            $crate::main(&$crate::$chapter::CHAPTER, $subject, package)
        }
    };
}

/// The check of chapter 01: `checks::ch01_lifecycle!(exercise_01::app);`
#[macro_export]
macro_rules! ch01_lifecycle {
    ($app:path) => {
        $crate::check!(ch01, $crate::Subject::app($app));
    };
}

/// The check of chapter 02: `checks::ch02_messages!(exercise_02::app);`
#[macro_export]
macro_rules! ch02_messages {
    ($app:path) => {
        $crate::check!(ch02, $crate::Subject::app($app));
    };
}

/// The check of chapter 03: `checks::ch03_connection_manager!(exercise_03::app);`
#[macro_export]
macro_rules! ch03_connection_manager {
    ($app:path) => {
        $crate::check!(ch03, $crate::Subject::app($app));
    };
}

/// The check of chapter 04: `checks::ch04_multi_worker!(exercise_04::connect, exercise_04::app);`
#[macro_export]
macro_rules! ch04_multi_worker {
    ($connect:path, $app:path) => {
        $crate::check!(
            ch04,
            $crate::Subject::workers($connect, $app),
            Some($crate::ch04::broker)
        );
    };
}

/// The check of chapter 05: `checks::ch05_auth!(exercise_05::app);`
#[macro_export]
macro_rules! ch05_auth {
    ($app:path) => {
        $crate::check!(ch05, $crate::Subject::app($app));
    };
}

/// The check of chapter 06: `checks::ch06_sse!(exercise_06::serve);`
#[macro_export]
macro_rules! ch06_sse {
    ($serve:path) => {
        $crate::check!(ch06, $crate::Subject::serve($serve));
    };
}

/// The check of chapter 07: `checks::ch07_production!(exercise_07::serve);`
#[macro_export]
macro_rules! ch07_production {
    ($serve:path) => {
        $crate::check!(
            ch07,
            $crate::Subject::serve(|listener, shutdown| $serve(
                listener,
                Default::default(),
                shutdown
            ))
        );
    };
}
