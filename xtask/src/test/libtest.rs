//! Reads what a test executable prints.

use std::ops::AddAssign;

/// How many tests there were, by how they ended.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Ended well.
    pub(crate) passed: u32,
    /// Ended badly, or were announced and never ended.
    pub(crate) failed: u32,
    /// Were left out by an attribute in the code.
    pub(crate) ignored: u32,
}

impl Counts {
    /// The tests that really ran.
    pub(crate) fn ran(self) -> u32 {
        self.passed + self.failed
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

/// What the output of one suite says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The sum over all its summaries (doc tests print one for each crate).
    pub(crate) counts: Counts,
    /// What could not run on this machine: `name (why)`, each once.
    pub(crate) not_run: Vec<String>,
}

impl Outcome {
    /// Reads the output of one or more test executables.
    ///
    /// Tests that were announced and have no end (the process died) count as failed.
    pub(crate) fn parse(output: &str) -> Self {
        let mut outcome = Self::default();
        let mut announced = 0;
        for line in output.lines() {
            if let Some(count) = announcement(line) {
                announced += count;
            } else if let Some(counts) = summary(line) {
                outcome.counts += counts;
            } else if let Some(what) = line.strip_prefix("NOT RUN: ") {
                outcome.note_not_run(what.trim());
            }
        }
        let ended = outcome.counts.ran() + outcome.counts.ignored;
        outcome.counts.failed += u32::saturating_sub(announced, ended);
        outcome
    }

    fn note_not_run(&mut self, what: &str) {
        if !self.not_run.iter().any(|known| known == what) {
            self.not_run.push(what.to_owned());
        }
    }
}

/// `running 12 tests`
fn announcement(line: &str) -> Option<u32> {
    let rest = line.strip_prefix("running ")?;
    rest.strip_suffix(" tests").or_else(|| rest.strip_suffix(" test"))?.parse().ok()
}

/// `test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s`
fn summary(line: &str) -> Option<Counts> {
    let (_, numbers) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let number = |word: &str| {
        let field = numbers.split("; ").find_map(|field| field.strip_suffix(word))?;
        field.trim().parse().ok()
    };
    Some(Counts {
        passed: number("passed")?,
        failed: number("failed")?,
        ignored: number("ignored")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u32, failed: u32, ignored: u32) -> Counts {
        Counts { passed, failed, ignored }
    }

    const GREEN: &str = "\nrunning 3 tests\ntest a ... ok\ntest b ... ok\ntest c ... ok\n\n\
        test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";

    #[test]
    fn a_green_suite_is_counted() {
        assert_eq!(Outcome::parse(GREEN).counts, counts(3, 0, 0));
    }

    #[test]
    fn failed_and_ignored_tests_are_counted_apart() {
        let red = "running 6 tests\ntest result: FAILED. 3 passed; 2 failed; 1 ignored; \
            0 measured; 0 filtered out; finished in 1.20s\n";
        assert_eq!(Outcome::parse(red).counts, counts(3, 2, 1));
        assert_eq!(Outcome::parse(red).counts.ran(), 5);
    }

    #[test]
    fn tests_whose_process_died_count_as_failed() {
        assert_eq!(Outcome::parse("running 8 tests\ntest a ... ok\n").counts, counts(0, 8, 0));
        assert_eq!(Outcome::parse(&format!("{GREEN}running 1 test\n")).counts, counts(3, 1, 0));
    }

    #[test]
    fn the_summaries_of_several_crates_add_up() {
        let docs = format!("{GREEN}   Doc-tests linka_model\n{GREEN}");
        assert_eq!(Outcome::parse(&docs).counts, counts(6, 0, 0));
    }

    #[test]
    fn what_could_not_run_is_listed_once() {
        let line = "NOT RUN: loss on the wire (no sch_netem)\n";
        let outcome = Outcome::parse(&format!("{line}{GREEN}{line}"));
        assert_eq!(outcome.not_run, ["loss on the wire (no sch_netem)"]);
    }

    #[test]
    fn lines_that_only_look_alike_are_no_numbers() {
        let output =
            "running late\nrunning x tests\ntest result: unknown\n test result: ok. 9 passed\n";
        assert_eq!(Outcome::parse(output), Outcome::default());
    }
}
