//! The committed register of suites: what has to run, how much of it, and against what.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

use crate::packages::tool;

/// The head of the file, which `--record` writes again.
const HEAD: &str = "\
# What `cargo xtask test` has to run. A suite that runs fewer tests than it promises here fails, so
# that no test is lost unseen. `cargo xtask test --record` writes the numbers again; databases and
# outside programs are written by hand.
";

/// What is promised of one suite.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Promise {
    /// The least number of tests.
    pub(crate) tests: u32,
    /// The database that it runs against.
    pub(crate) database: Option<String>,
    /// Outside programs that it starts: names in the table of packages.
    #[serde(default)]
    pub(crate) programs: Vec<String>,
}

/// All promises, by the name of the suite.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Register(BTreeMap<String, Promise>);

impl Register {
    /// Reads the file. A promise of nothing or an unknown program is an error that names the suite.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let promises: BTreeMap<String, Promise> =
            toml::from_str(text).map_err(|error| format!("xtask/suites.toml: {error}"))?;
        for (suite, promise) in &promises {
            if promise.tests == 0 {
                return Err(format!("xtask/suites.toml: {suite} promises no tests"));
            }
            if let Some(program) = promise.programs.iter().find(|name| tool(name).is_none()) {
                return Err(format!("xtask/suites.toml: {suite}: unknown program {program:?}"));
            }
        }
        Ok(Self(promises))
    }

    /// What is promised of this suite.
    pub(crate) fn promise(&self, suite: &str) -> Option<&Promise> {
        self.0.get(suite)
    }

    /// The names of all suites.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Sets the number of tests of a suite, new or known; zero forgets it.
    pub(crate) fn record(&mut self, suite: &str, tests: u32) {
        match (self.0.get_mut(suite), tests) {
            (_, 0) => drop(self.0.remove(suite)),
            (Some(promise), _) => promise.tests = tests,
            (None, _) => {
                let promise = Promise { tests, database: None, programs: Vec::new() };
                self.0.insert(suite.to_owned(), promise);
            }
        }
    }

    /// The text of the file.
    pub(crate) fn to_toml(&self) -> String {
        let mut text = HEAD.to_owned();
        for (suite, promise) in &self.0 {
            // Writing to a String cannot fail.
            let _ = write!(text, "\n[\"{suite}\"]\ntests = {}\n", promise.tests);
            if let Some(database) = &promise.database {
                let _ = writeln!(text, "database = {database:?}");
            }
            if !promise.programs.is_empty() {
                let _ = writeln!(text, "programs = {:?}", promise.programs);
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[\"linka-tests/calls\"]\ntests = 7\ndatabase = \"SQLite\"\n\
        programs = [\"sipp\", \"tcpdump\"]\n\n[linka-model]\ntests = 3\n";

    #[test]
    fn a_promise_has_a_number_a_database_and_programs() {
        let register = Register::parse(TEXT).unwrap();
        let promise = register.promise("linka-tests/calls").unwrap();
        assert_eq!(promise.tests, 7);
        assert_eq!(promise.database.as_deref(), Some("SQLite"));
        assert_eq!(promise.programs, ["sipp", "tcpdump"]);
        assert_eq!(register.names().collect::<Vec<_>>(), ["linka-model", "linka-tests/calls"]);
    }

    #[test]
    fn a_promise_of_nothing_is_refused() {
        let refused = Register::parse("[linka-model]\ntests = 0\n");
        assert!(refused.is_err_and(|error| error.contains("linka-model promises no tests")));
    }

    #[test]
    fn unknown_programs_and_fields_are_refused() {
        let program = Register::parse("[a]\ntests = 1\nprograms = [\"telnet\"]\n");
        assert!(program.is_err_and(|error| error.contains("telnet")));
        let field = Register::parse("[a]\ntest = 1\ntests = 1\n");
        assert!(field.is_err_and(|error| error.contains("test")));
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        let register = Register::parse(TEXT).unwrap();
        assert_eq!(Register::parse(&register.to_toml()), Ok(register));
    }

    #[test]
    fn recording_keeps_database_and_programs() {
        let mut register = Register::parse(TEXT).unwrap();
        register.record("linka-tests/calls", 9);
        let promise = register.promise("linka-tests/calls").unwrap();
        assert_eq!((promise.tests, promise.programs.len()), (9, 2));
    }

    #[test]
    fn recording_adds_new_suites_and_forgets_empty_ones() {
        let mut register = Register::parse(TEXT).unwrap();
        register.record("linka-rtp", 4);
        register.record("linka-model", 0);
        assert_eq!(register.names().collect::<Vec<_>>(), ["linka-rtp", "linka-tests/calls"]);
    }

    #[test]
    fn the_committed_register_can_be_read() {
        assert!(Register::parse(include_str!("../../suites.toml")).is_ok());
    }
}
