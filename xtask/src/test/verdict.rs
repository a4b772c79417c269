//! Gathers what ran and what is wrong, and shows it as a table with the closing line.

use std::fmt;
use std::time::Duration;

use super::libtest::{Counts, Outcome};
use super::register::Promise;
use crate::packages::tool;
use crate::process::now;

/// One line of the table.
#[derive(Debug)]
struct Row {
    suite: String,
    counts: Counts,
    database: String,
    programs: String,
    took: Duration,
}

/// Everything found so far.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    rows: Vec<Row>,
    /// What this machine's kernel could not do: `suite: name (why)`.
    not_run: Vec<String>,
    /// What is wrong beside failed tests.
    problems: Vec<String>,
}

impl Verdict {
    /// Runs one step with its name and time shown; a failure becomes a problem.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce() -> Result<bool, String>) {
        println!("── {name}");
        let started = now();
        match work() {
            Ok(true) => {}
            Ok(false) => self.problem(format!("{name}: failed, see above")),
            Err(error) => self.problem(format!("{name}: {error}")),
        }
        println!("   {}", seconds(now().duration_since(started)));
    }

    /// Notes something that is wrong.
    pub(crate) fn problem(&mut self, what: String) {
        println!("   ! {what}");
        self.problems.push(what);
    }

    /// Takes in a suite that ran, and judges it by its promise.
    pub(crate) fn add(
        &mut self,
        suite: &str,
        outcome: Outcome,
        promise: Option<&Promise>,
        took: Duration,
    ) {
        for problem in judge(outcome.counts, promise) {
            self.problem(format!("{suite}: {problem}"));
        }
        self.not_run.extend(outcome.not_run.iter().map(|what| format!("{suite}: {what}")));
        let database = promise.and_then(|promise| promise.database.clone());
        self.rows.push(Row {
            suite: suite.to_owned(),
            counts: outcome.counts,
            database: database.unwrap_or_else(|| "–".to_owned()),
            programs: promise.map(versions).unwrap_or_default(),
            took,
        });
    }

    /// Whether a suite of this name ran.
    pub(crate) fn has(&self, suite: &str) -> bool {
        self.rows.iter().any(|row| row.suite == suite)
    }

    /// Whether everything is in order.
    pub(crate) fn is_good(&self) -> bool {
        self.problems.is_empty() && self.totals().failed == 0
    }

    fn totals(&self) -> Counts {
        let mut totals = Counts::default();
        self.rows.iter().for_each(|row| totals += row.counts);
        totals
    }

    /// `N passed, M failed, K skipped`. A problem counts as a failure; a test that said that it
    /// could not run counts as skipped, although libtest took its silence for success.
    fn closing_line(&self) -> String {
        let totals = self.totals();
        let not_run = count(&self.not_run);
        let passed = totals.passed.saturating_sub(not_run);
        let failed = totals.failed + count(&self.problems);
        format!("{passed} passed, {failed} failed, {} skipped", totals.ignored + not_run)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.suite.chars().count()).max().unwrap_or(0).max(5);
        let heads = ("suite", "tests", "time", "database", "outside programs");
        writeln!(
            f,
            "{:width$}  {:>5}  {:>9}  {:10}  {}",
            heads.0, heads.1, heads.2, heads.3, heads.4
        )?;
        for row in &self.rows {
            let (ran, took) = (row.counts.ran(), seconds(row.took));
            let line = format!(
                "{:width$}  {ran:>5}  {took:>9}  {:10}  {}",
                row.suite, row.database, row.programs
            );
            writeln!(f, "{}", line.trim_end())?;
        }
        self.not_run.iter().try_for_each(|what| writeln!(f, "NOT RUN: {what}"))?;
        self.problems.iter().try_for_each(|what| writeln!(f, "WRONG: {what}"))?;
        write!(f, "{}", self.closing_line())
    }
}

/// What is wrong with these numbers.
fn judge(counts: Counts, promise: Option<&Promise>) -> Vec<String> {
    let mut problems = Vec::new();
    match promise {
        None => problems.push("is not in xtask/suites.toml (cargo xtask test --record)".to_owned()),
        Some(promise) if counts.ran() < promise.tests => {
            problems.push(format!("ran {} tests of {} promised", counts.ran(), promise.tests));
        }
        Some(_) => {}
    }
    if counts.ignored > 0 {
        problems.push(format!("{} tests are ignored; nothing may be", counts.ignored));
    }
    problems
}

fn versions(promise: &Promise) -> String {
    let tools = promise.programs.iter().filter_map(|program| tool(program));
    tools.map(|tool| tool.version()).collect::<Vec<_>>().join(", ")
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

fn count(list: &[String]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promise(tests: u32) -> Promise {
        Promise { tests, database: Some("SQLite".to_owned()), programs: Vec::new() }
    }

    fn outcome(passed: u32, failed: u32, ignored: u32) -> Outcome {
        Outcome { counts: Counts { passed, failed, ignored }, not_run: Vec::new() }
    }

    fn verdict(outcome: Outcome, promised: Option<u32>) -> Verdict {
        let mut verdict = Verdict::default();
        verdict.add(
            "linka-sip",
            outcome,
            promised.map(promise).as_ref(),
            Duration::from_millis(1234),
        );
        verdict
    }

    fn last_line(verdict: &Verdict) -> String {
        verdict.to_string().lines().last().unwrap_or_default().to_owned()
    }

    #[test]
    fn a_suite_that_keeps_its_promise_is_good() {
        let verdict = verdict(outcome(7, 0, 0), Some(7));
        assert!(verdict.is_good());
        assert_eq!(last_line(&verdict), "7 passed, 0 failed, 0 skipped");
    }

    #[test]
    fn fewer_tests_than_promised_are_a_failure() {
        let verdict = verdict(outcome(6, 0, 0), Some(7));
        assert!(!verdict.is_good());
        assert!(verdict.to_string().contains("WRONG: linka-sip: ran 6 tests of 7 promised"));
        assert_eq!(last_line(&verdict), "6 passed, 1 failed, 0 skipped");
    }

    #[test]
    fn an_ignored_test_is_skipped_and_a_failure() {
        let verdict = verdict(outcome(7, 0, 1), Some(7));
        assert!(!verdict.is_good());
        assert_eq!(last_line(&verdict), "7 passed, 1 failed, 1 skipped");
    }

    #[test]
    fn a_suite_that_nobody_promised_is_a_failure() {
        assert!(!verdict(outcome(7, 0, 0), None).is_good());
    }

    #[test]
    fn a_failed_test_is_a_failure_counted_once() {
        let verdict = verdict(outcome(6, 1, 0), Some(7));
        assert!(!verdict.is_good());
        assert_eq!(last_line(&verdict), "6 passed, 1 failed, 0 skipped");
    }

    #[test]
    fn what_the_kernel_cannot_do_is_listed_and_skipped_without_failing() {
        let not_run = vec!["lossy wire (no sch_netem)".to_owned()];
        let verdict = verdict(Outcome { not_run, ..outcome(7, 0, 0) }, Some(7));
        assert!(verdict.is_good());
        assert!(verdict.to_string().contains("NOT RUN: linka-sip: lossy wire (no sch_netem)"));
        assert_eq!(last_line(&verdict), "6 passed, 0 failed, 1 skipped");
    }

    #[test]
    fn a_failed_step_fails_the_whole() {
        let mut verdict = verdict(outcome(7, 0, 0), Some(7));
        verdict.step("lints", || Ok(false));
        assert_eq!(last_line(&verdict), "7 passed, 1 failed, 0 skipped");
        verdict.step("licences", || Err("no network".to_owned()));
        assert_eq!(last_line(&verdict), "7 passed, 2 failed, 0 skipped");
    }

    #[test]
    fn a_good_step_leaves_no_trace() {
        let mut verdict = Verdict::default();
        verdict.step("formatting", || Ok(true));
        assert!(verdict.is_good());
    }

    #[test]
    fn the_table_names_suite_number_time_and_database() {
        let table = verdict(outcome(7, 0, 0), Some(7)).to_string();
        let row = table.lines().nth(1).unwrap_or_default();
        assert_eq!(
            row.split_whitespace().collect::<Vec<_>>(),
            ["linka-sip", "7", "1.2", "s", "SQLite"]
        );
    }
}
