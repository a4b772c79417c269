//! The checks beside the tests: formatting, licences, prompts, lints.

use super::verdict::Verdict;
use crate::packages::install_cargo_deny;
use crate::process::{cargo, shown};
use crate::prompts;

/// Runs all of them, cheap ones first; each that fails is a problem, none keeps the others from
/// running.
pub(crate) fn run(verdict: &mut Verdict) {
    verdict.step("formatting", || cargo_shown(&["fmt", "--all", "--check"]));
    verdict.step("licences, bans and sources", licences);
    let clippy = ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
    let prompts = || prompts::run(&["--check".to_owned()]).map(|()| true);
    verdict.step("prompts against their texts", prompts);
    verdict.step("lints", || cargo_shown(&clippy));
}

/// Offline: what may be linked is decided by our own file. All crates must have been fetched, those
/// of other systems too.
fn licences() -> Result<bool, String> {
    install_cargo_deny()?;
    let fetched = cargo_shown(&["fetch", "--quiet", "--locked"])?;
    let offline =
        ["deny", "--offline", "--log-level", "error", "check", "licenses", "bans", "sources"];
    Ok(fetched && cargo_shown(&offline)?)
}

fn cargo_shown(arguments: &[&str]) -> Result<bool, String> {
    shown(cargo().args(arguments))
}
