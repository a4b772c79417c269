//! `cargo xtask test`: everything that a change has to pass, one table, one closing line.

mod artifacts;
mod checks;
mod lanes;
mod libtest;
mod register;
mod verdict;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use artifacts::{Built, SuiteBinary};
use lanes::{Ran, Suite};
use libtest::Outcome;
use register::Register;
use verdict::Verdict;

use crate::args::Options;
use crate::packages::{self, TOOLS, Tool, tool};
use crate::process::{Ended, cargo, log_dir, root};

/// The longest that one suite may take.
const SUITE_LIMIT: Duration = Duration::from_secs(15 * 60);
/// The same in the long form.
const SOAK_LIMIT: Duration = Duration::from_secs(12 * 60 * 60);
/// So many end-to-end suites run at once: they wait for speech and silence, and hardly compute.
/// Whatever computes runs alone.
const LANES: usize = 3;
/// End-to-end suites that compute all the same: they kill what others would have to wait for, and
/// compare bills with what a telephone saw.
const ALONE: [&str; 2] = ["linka-tests/money_nodes", "linka-tests/money_rounds"];
/// Cases of a property test in the long form, for proptest.
const SOAK_CASES: &str = "20000";
/// The lines of a failed suite's output that are shown.
const SHOWN_LINES: usize = 300;
/// The doc tests of all crates count as one suite.
const DOC_TESTS: &str = "doc tests";

/// Runs what the options ask for, prints the table, and says whether all is in order.
pub(crate) fn run(options: &Options) -> Result<bool, String> {
    let mut verdict = Verdict::default();
    match read_register() {
        Ok(register) => Run { options, register }.all(&mut verdict),
        Err(error) => verdict.problem(error),
    }
    println!("\n{verdict}");
    Ok(verdict.is_good())
}

struct Run<'a> {
    options: &'a Options,
    register: Register,
}

impl Run<'_> {
    fn all(mut self, verdict: &mut Verdict) {
        self.prepare_tools(verdict);
        if self.options.wants_checks() {
            checks::run(verdict);
        }
        let Some(built) = build(verdict) else { return };
        println!("── tests (their output is in {})", log_dir().display());
        self.suites(&built, verdict);
        self.missing_suites(verdict);
        if self.options.record {
            let written = fs::write(register_path(), self.register.to_toml());
            verdict.step("recording", || written.map(|()| true).map_err(|error| error.to_string()));
        }
    }

    /// Installs the outside programs of the suites that are asked for; all of them before all suites.
    fn prepare_tools(&self, verdict: &mut Verdict) {
        let needed = self.tools();
        verdict.step("outside programs", || {
            packages::install_missing(&needed);
            let missing: Vec<_> = needed.iter().filter(|tool| !tool.is_here()).collect();
            let names: Vec<_> = missing.iter().map(|tool| tool.program).collect();
            if names.is_empty() { Ok(true) } else { Err(format!("missing: {}", names.join(", "))) }
        });
        if needed.iter().any(|tool| tool.program == "pip3") {
            verdict.step("the card provider's SDK", packages::install_card_sdk);
        }
    }

    fn tools(&self) -> Vec<&'static Tool> {
        if self.options.only.is_empty() {
            return TOOLS.iter().collect();
        }
        let wanted = self.register.names().filter(|suite| self.options.wants(suite));
        let promises = wanted.filter_map(|suite| self.register.promise(suite));
        promises.flat_map(|promise| &promise.programs).filter_map(|program| tool(program)).collect()
    }

    fn suites(&mut self, built: &Built, verdict: &mut Verdict) {
        let (last, first): (Vec<&SuiteBinary>, Vec<&SuiteBinary>) = built
            .suites
            .iter()
            .partition(|suite| suite.is_end_to_end() && !ALONE.contains(&suite.name.as_str()));
        let named = |suite: &SuiteBinary| (suite.name.clone(), self.test_binary(suite, built));
        let mut first: Vec<_> = first.into_iter().map(named).collect();
        first.push((DOC_TESTS.to_owned(), self.doc_tests()));
        let last = last.into_iter().map(named).collect();
        self.run(first, 1, verdict);
        self.run(last, if self.options.soak { 1 } else { LANES }, verdict);
    }

    /// Runs the suites that are asked for, so many at once.
    fn run(&mut self, suites: Vec<(String, Command)>, lanes: usize, verdict: &mut Verdict) {
        let wanted = suites.into_iter().filter(|(name, _)| self.options.wants(name));
        let ready = |(name, command): (String, Command)| {
            let log = log_dir().join(format!("{}.log", name.replace(['/', ' '], "-")));
            Suite { name, command, log }
        };
        let suites = wanted.map(ready).collect();
        let limit = if self.options.soak { SOAK_LIMIT } else { SUITE_LIMIT };
        lanes::run(suites, lanes, limit, |ran| self.judge(ran, verdict));
    }

    fn judge(&mut self, ran: Ran, verdict: &mut Verdict) {
        let Ran { name, log, ended, took } = ran;
        let ended = match ended {
            Ok(ended) => ended,
            Err(error) => return verdict.problem(format!("{name}: {error}")),
        };
        let outcome = outcome(&ended);
        if outcome == Outcome::default() && self.register.promise(&name).is_none() {
            return; // a library without unit tests
        }
        if self.options.record {
            self.register.record(&name, outcome.counts.ran());
        }
        println!("   {name}: {} passed, {:.1} s", outcome.counts.passed, took.as_secs_f64());
        if outcome.counts.failed > 0 {
            show_failure(&name, &ended, &log);
        }
        verdict.add(&name, outcome, self.register.promise(&name), took);
    }

    fn test_binary(&self, suite: &SuiteBinary, built: &Built) -> Command {
        let mut command = Command::new(&suite.executable);
        command.current_dir(&suite.folder).env("CARGO_MANIFEST_DIR", &suite.folder);
        command.env("CARGO_PKG_NAME", &suite.package).arg("--show-output");
        if let Some(linka) = &built.linka {
            command.env("LINKA_BIN", linka);
        }
        self.lengthen(&mut command);
        command
    }

    fn doc_tests(&self) -> Command {
        let mut command = cargo();
        command.args(["test", "--locked", "--workspace", "--doc", "--no-fail-fast"]);
        self.lengthen(&mut command);
        command
    }

    fn lengthen(&self, command: &mut Command) {
        if self.options.soak {
            command.env("LINKA_SOAK", "1").env("PROPTEST_CASES", SOAK_CASES);
        }
    }

    /// Suites that are promised and did not run.
    fn missing_suites(&mut self, verdict: &mut Verdict) {
        let wanted = self.register.names().filter(|name| self.options.wants(name));
        let missing: Vec<String> =
            wanted.filter(|name| !verdict.has(name)).map(str::to_owned).collect();
        for name in missing {
            if self.options.record {
                self.register.record(&name, 0);
            } else {
                verdict.problem(format!("{name}: promised in xtask/suites.toml, did not run"));
            }
        }
    }
}

fn build(verdict: &mut Verdict) -> Option<Built> {
    let mut built = None;
    verdict.step("building everything", || {
        built = Some(artifacts::build()?);
        Ok(true)
    });
    built
}

/// A process that failed without a failed test (it hung, or died) is one failure.
fn outcome(ended: &Ended) -> Outcome {
    let mut outcome = Outcome::parse(&ended.output);
    if !ended.success && outcome.counts.failed == 0 {
        outcome.counts.failed = 1;
    }
    outcome
}

fn show_failure(name: &str, ended: &Ended, log: &Path) {
    let why = if ended.out_of_time { "out of time" } else { "failed" };
    println!("   ! {name}: {why}; the whole output is in {}", log.display());
    println!("{}", failure_part(&ended.output));
}

/// The part of the output that tells of failures: from libtest's own heading on, or its end.
fn failure_part(output: &str) -> String {
    let from = output.find("\nfailures:\n").unwrap_or(0);
    let lines: Vec<&str> = output.get(from..).unwrap_or(output).lines().collect();
    let skipped = lines.len().saturating_sub(SHOWN_LINES);
    lines.get(skipped..).unwrap_or(&lines).join("\n")
}

fn register_path() -> PathBuf {
    root().join("xtask/suites.toml")
}

fn read_register() -> Result<Register, String> {
    let text = fs::read_to_string(register_path());
    Register::parse(&text.map_err(|error| format!("xtask/suites.toml: {error}"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(success: bool, output: &str) -> Ended {
        Ended { success, out_of_time: false, output: output.to_owned() }
    }

    #[test]
    fn a_process_that_dies_before_its_first_test_is_a_failure() {
        assert_eq!(outcome(&ended(false, "")).counts.failed, 1);
    }

    #[test]
    fn failed_tests_are_not_counted_twice_for_the_exit_status() {
        let output =
            "running 2 tests\ntest result: FAILED. 0 passed; 2 failed; 0 ignored; 0 measured\n";
        assert_eq!(outcome(&ended(false, output)).counts.failed, 2);
    }

    #[test]
    fn of_a_failed_suite_the_failures_are_shown() {
        let output = "running 2 tests\nsuccesses:\nmuch\n\nfailures:\n---- a stdout ----\nwhy\n";
        assert_eq!(failure_part(output), "\nfailures:\n---- a stdout ----\nwhy");
    }

    #[test]
    fn of_a_long_output_the_end_is_shown() {
        let output: String = (0..400).map(|line| format!("line {line}\n")).collect();
        let shown = failure_part(&output);
        assert_eq!(shown.lines().count(), SHOWN_LINES);
        assert!(shown.starts_with("line 100\n") && shown.ends_with("line 399"));
    }
}
