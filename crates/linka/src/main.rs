//! linka: a telephone reporting line that an organisation runs itself.
//!
//! Reads the configuration, wires the parts together, starts and stops them.

mod booking;
mod cards;
mod check;
mod cli;
mod commands;
mod config;
mod damage;
mod database;
mod failure;
mod health;
mod jobs;
mod last_run;
mod mails;
mod node;
mod numbering;
mod output;
mod payments;
mod provision;
mod serving;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return failure::report(&failure::Failure::new(format!("cannot start: {error}")));
        }
    };
    let result = runtime.block_on(commands::run(cli.command));
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    match result {
        Ok(code) => code,
        Err(failure) => failure::report(&failure),
    }
}
