//! Reads the command line.

/// What `cargo xtask help` prints.
pub(crate) const HELP: &str = "\
cargo xtask test [--record] [suite…]   formatting, lints, licences and every test; with names, only
                                       the suites whose name contains one of them
                --record               write the numbers of tests that ran into xtask/suites.toml
cargo xtask soak [suite…]              the same suites in their long form (LINKA_SOAK=1)
cargo xtask bench [arguments…]         the benches (arguments of cargo bench)
cargo xtask mutants [word…]            mistakes made on purpose in a copy: a test has to notice each
cargo xtask prompts [--check] [lang…]  render the prompts again, or compare them with their texts
cargo xtask advisories                 known holes in what we link (asks the network)
cargo xtask help                       this list

Tests install the Debian packages that they need (root, or sudo without a password).";

/// One thing to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Checks and tests, in their short or long form.
    Test(Options),
    /// Benches, with the arguments that go to `cargo bench`.
    Bench(Vec<String>),
    /// The prompt packs, with the arguments that the module `prompts` reads.
    Prompts(Vec<String>),
    /// Mistakes made on purpose: those whose names contain a word, or all.
    Mutants(Vec<String>),
    /// The advisory database.
    Advisories,
    /// The list of tasks.
    Help,
}

/// How the tests are to be run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Parts of suite names; none means: all suites and all checks.
    pub(crate) only: Vec<String>,
    /// Write the numbers of tests that ran into the register of suites.
    pub(crate) record: bool,
    /// Run the long form of every test.
    pub(crate) soak: bool,
}

impl Options {
    /// Whether this suite is asked for.
    pub(crate) fn wants(&self, suite: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| suite.contains(part.as_str()))
    }

    /// Whether the checks beside the tests (formatting, lints, licences) are asked for.
    pub(crate) fn wants_checks(&self) -> bool {
        self.only.is_empty() && !self.soak
    }
}

impl Task {
    /// Reads the arguments after `cargo xtask`. An unknown task or option is an error that names it.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, String> {
        let Some((task, rest)) = arguments.split_first() else { return Ok(Self::Help) };
        match task.as_str() {
            "test" => Ok(Self::Test(options(rest)?)),
            "soak" => Ok(Self::Test(Options { soak: true, ..options(rest)? })),
            "bench" => Ok(Self::Bench(rest.to_vec())),
            "prompts" => Ok(Self::Prompts(rest.to_vec())),
            "mutants" => Ok(Self::Mutants(rest.to_vec())),
            "advisories" => Ok(Self::Advisories),
            "help" | "--help" | "-h" => Ok(Self::Help),
            unknown => Err(format!("there is no task {unknown:?}; `cargo xtask help` lists them")),
        }
    }
}

fn options(arguments: &[String]) -> Result<Options, String> {
    let mut options = Options::default();
    for argument in arguments {
        match argument.as_str() {
            "--record" => options.record = true,
            unknown if unknown.starts_with('-') => {
                return Err(format!("there is no option {unknown:?} here"));
            }
            suite => options.only.push(suite.to_owned()),
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Task, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Task::parse(&words)
    }

    #[test]
    fn without_a_task_the_list_is_shown() {
        assert_eq!(parse(""), Ok(Task::Help));
    }

    #[test]
    fn names_after_test_choose_suites() {
        let only = vec!["tidy".to_owned(), "linka-sip".to_owned()];
        let expected = Options { only, record: true, soak: false };
        assert_eq!(parse("test tidy --record linka-sip"), Ok(Task::Test(expected)));
    }

    #[test]
    fn soak_is_the_same_suites_in_their_long_form() {
        let expected = Options { soak: true, ..Options::default() };
        assert_eq!(parse("soak"), Ok(Task::Test(expected)));
    }

    #[test]
    fn prompts_and_benches_hand_their_arguments_on() {
        assert_eq!(parse("prompts --check"), Ok(Task::Prompts(vec!["--check".to_owned()])));
        let expected = vec!["--bench".to_owned(), "mixer".to_owned()];
        assert_eq!(parse("bench --bench mixer"), Ok(Task::Bench(expected)));
    }

    #[test]
    fn words_after_mutants_choose_mutants() {
        assert_eq!(parse("mutants floor"), Ok(Task::Mutants(vec!["floor".to_owned()])));
    }

    #[test]
    fn unknown_tasks_and_options_are_named_in_the_error() {
        assert!(parse("tset").is_err_and(|error| error.contains("tset")));
        assert!(parse("test --fast").is_err_and(|error| error.contains("--fast")));
    }

    #[test]
    fn without_names_every_suite_and_every_check_is_wanted() {
        let all = Options::default();
        assert!(all.wants("linka-rtp") && all.wants_checks());
    }

    #[test]
    fn a_name_wants_the_suites_that_contain_it_and_no_checks() {
        let some = Options { only: vec!["rtp".to_owned()], ..Options::default() };
        assert!(some.wants("linka-rtp/no_alloc"));
        assert!(!some.wants("linka-sip"));
        assert!(!some.wants_checks());
    }
}
