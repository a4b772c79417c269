//! `cargo xtask mutants`: makes each mistake of a list in a copy of the checkout, and expects a test
//! to notice.

mod checkout;
mod list;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use checkout::Checkout;
use list::Mutant;

use crate::process::{Ended, cargo, log_dir, logged, root};

/// The longest that a build and its test may take.
const LIMIT: Duration = Duration::from_secs(20 * 60);

/// What became of a test.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    /// It passed.
    Green,
    /// It failed.
    Red,
    /// It did not run.
    Nothing(String),
}

/// Tries the mutants whose names contain one of these words, or all; says whether every catcher is
/// green without a mistake and red with it.
pub(crate) fn run(words: &[String]) -> Result<bool, String> {
    let wanted = |mutant: &Mutant| {
        words.is_empty() || words.iter().any(|word| mutant.name.contains(word.as_str()))
    };
    let mutants: Vec<Mutant> = Mutant::all(&root())?.into_iter().filter(wanted).collect();
    if mutants.is_empty() {
        return Err("no mutant is called so; see xtask/mutants.toml".to_owned());
    }
    let copy = Checkout::make(&root(), &folder().join("checkout"))?;
    for mutant in &mutants {
        let seen = test(mutant, copy.root())?;
        if seen != Seen::Green {
            return Err(format!("without any mistake {} is {seen}", mutant.catcher));
        }
    }
    println!("{} tests are green without a mistake", mutants.len());
    let mut all_red = true;
    for mutant in &mutants {
        let seen = mutated(mutant, &copy)?;
        all_red &= seen == Seen::Red;
        println!("{}\n    as {}\n    {seen}: {}", mutant.name, mutant.modelled_on, mutant.catcher);
    }
    Ok(all_red)
}

/// Makes a mistake, looks what its catcher says, and mends it.
fn mutated(mutant: &Mutant, copy: &Checkout) -> Result<Seen, String> {
    let seen = mutant.apply(copy.root()).and_then(|()| test(mutant, copy.root()));
    mutant.files().try_for_each(|file| copy.restore(file))?;
    seen
}

/// Runs the catcher of a mutant in a checkout.
fn test(mutant: &Mutant, checkout: &Path) -> Result<Seen, String> {
    let mut command = cargo();
    command.current_dir(checkout).env("CARGO_TARGET_DIR", target());
    // Each mutant is built, and its test runs but once.
    command.env("CARGO_PROFILE_DEV_OPT_LEVEL", "0").env("CARGO_PROFILE_DEV_DEBUG", "none");
    command.args(["test", "--locked", "--package", &mutant.package]);
    match &mutant.suite {
        Some(suite) => command.args(["--test", suite]),
        None => command.arg("--lib"),
    };
    command.args(["--", "--exact", &mutant.catcher]);
    let log = folder().join(format!("{}.log", mutant.name.replace(' ', "-")));
    Ok(seen(&logged(&mut command, &log, LIMIT)?, &log))
}

fn seen(ended: &Ended, log: &Path) -> Seen {
    let says = |text: &str| ended.output.lines().any(|line| line.starts_with(text));
    if !says("running 1 test") {
        return Seen::Nothing(format!("not run, see {}", log.display()));
    }
    // A test that hangs or dies has noticed too.
    if ended.success && says("test result: ok. 1 passed") { Seen::Green } else { Seen::Red }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Green => f.write_str("GREEN"),
            Self::Red => f.write_str("red"),
            Self::Nothing(why) => f.write_str(why),
        }
    }
}

/// The target folder of the checkout serves the copy too: what both link is built once.
fn target() -> PathBuf {
    let logs = log_dir();
    logs.parent().unwrap_or(&logs).to_owned()
}

fn folder() -> PathBuf {
    target().join("mutants")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(success: bool, output: &str) -> Seen {
        let ended = Ended { success, out_of_time: false, output: output.to_owned() };
        seen(&ended, Path::new("log"))
    }

    #[test]
    fn only_a_test_that_ran_is_red_or_green() {
        let passed = "running 1 test\ntest result: ok. 1 passed; 0 failed; 0 ignored\n";
        assert_eq!(judged(true, passed), Seen::Green);
        let failed = "running 1 test\ntest result: FAILED. 0 passed; 1 failed; 0 ignored\n";
        assert_eq!(judged(false, failed), Seen::Red);
        assert_eq!(judged(false, "running 1 test\n"), Seen::Red);
        let not_built = "error: could not compile `linka-store`\n";
        assert!(matches!(judged(false, not_built), Seen::Nothing(_)));
        let no_such_test = "running 0 tests\ntest result: ok. 0 passed; 0 failed; 0 ignored\n";
        assert!(matches!(judged(true, no_such_test), Seen::Nothing(_)));
    }
}
