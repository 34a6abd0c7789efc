//! `cargo workbook`: serves the book, watches the exercises and says how far they are.
//!
//! # Layout
//!
//! ```text
//! args       the command line
//! workspace  where the workbook is, which exercises it has
//! exercise   one of them, and where its parts lie
//! live       the server and the watcher: one loop
//!   serve      pages, to this machine only
//!   pages      what an open page is told, and its labs
//!   book       building them
//!   watch      what has changed on disk
//!   input      the end of standard input
//!   event      what happened, for whoever tells the reader
//! check      cargo as a child, and what it says on the way
//! quiz       the questions of the book, in the terminal
//! list, hint, reset, solution, doctor    the other commands
//! progress   progress.txt
//! clock, term    dates; what the terminal can show
//! ```

pub mod args;
pub mod workspace;

pub mod exercise;

pub mod live;

pub mod serve;

pub mod pages;

pub mod book;
pub mod check;
pub mod event;
pub mod input;
pub mod watch;

pub mod doctor;
pub mod hint;
pub mod list;
pub mod quiz;
pub mod reset;
pub mod solution;

pub mod progress;

pub mod clock;
pub mod term;
