//! Everything that a contributor runs: tests, benches, prompts. `cargo xtask help` lists it.
#![expect(clippy::print_stdout, reason = "a command-line tool speaks on its standard output")]
#![expect(clippy::print_stderr, reason = "a command-line tool complains on its standard error")]

mod args;
mod mutants;
mod packages;
mod process;
mod prompts;
mod test;

use std::process::ExitCode;

use args::Task;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match Task::parse(&arguments).and_then(run) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the task found everything in order.
fn run(task: Task) -> Result<bool, String> {
    match task {
        Task::Test(options) => test::run(&options),
        Task::Bench(arguments) => {
            process::shown(process::cargo().args(["bench", "--workspace"]).args(arguments))
        }
        Task::Prompts(arguments) => prompts::run(&arguments).map(|()| true),
        Task::Mutants(words) => mutants::run(&words),
        Task::Advisories => {
            packages::install_cargo_deny()?;
            process::shown(process::cargo().args(["deny", "check", "advisories"]))
        }
        Task::Help => {
            println!("{}", args::HELP);
            Ok(true)
        }
    }
}
