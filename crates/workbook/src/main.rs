//! The command line of the workbook: reads what is asked and hands it on.

use std::{
    io::{self, Write},
    panic,
    process::{self, ExitCode},
};

use anyhow::{Context, Result, bail};
use clap::Parser;
use workbook::{
    args::{Cli, Command},
    check::{self, Question},
    doctor, hint, list, live, quiz, reset, solution,
    workspace::Workspace,
};

fn main() -> ExitCode {
    end_with_the_reader();
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    if cli.command.is_some() && cli.serve.is_set() {
        bail!(
            "--port, --poll and --ignore-stdin are for serving, which is what cargo workbook does without a command"
        );
    }
    let ws = Workspace::find(cli.root.as_deref())?;
    let done = |()| ExitCode::SUCCESS;
    match cli.command {
        None => block_on(live::run(ws, &cli.serve)).map(done),
        Some(Command::List) => list::run(&ws).map(done),
        Some(Command::Check { number: None, .. }) => block_on(check::every(&ws)),
        Some(Command::Check {
            number: Some(number),
            all,
            at,
        }) => block_on(check::one(&ws, number, &Question { all, at })),
        Some(Command::Hint {
            number,
            level,
            step,
        }) => hint::run(&ws, number, level, step).map(done),
        Some(Command::Reset { number }) => reset::run(&ws, number).map(done),
        Some(Command::Solution { number, spoil }) => solution::run(&ws, number, spoil).map(done),
        Some(Command::Quiz(asked)) => block_on(quiz::run(&ws, &asked)).map(done),
        Some(Command::Doctor) => doctor::run(&ws),
    }
}

fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Runtime::new().context("could not start the runtime")?;
    let result = runtime.block_on(work);
    // A book that is being built at this moment is not waited for.
    runtime.shutdown_background();
    result
}

/// Ends quietly when whoever read our output has gone, as `head` does, instead of panicking in `println!`.
fn end_with_the_reader() {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let text = info.payload().downcast_ref::<String>();
        let Some(text) = text.filter(|text| text.starts_with("failed printing to std")) else {
            return hook(info);
        };
        // What `println!` says ends with the error's number, which is in every language the same.
        if GONE
            .iter()
            .any(|number| text.ends_with(&format!("(os error {number})")))
        {
            process::exit(CUT_SHORT);
        }
        // A full disk, perhaps. There may be no standard error to say it on either.
        let _ = writeln!(io::stderr(), "error: {text}");
        process::exit(2);
    }));
}

/// EPIPE, and what Windows calls it.
const GONE: &[u32] = if cfg!(windows) { &[109, 232] } else { &[32] };

/// What a shell makes of a program that SIGPIPE ended: 0 would say that everything passes.
const CUT_SHORT: i32 = 141;
