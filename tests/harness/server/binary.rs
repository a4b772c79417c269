//! Where the program under test is.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::child::run;
use crate::{Context, Failure, Result};

/// The `linka` to test: `LINKA_BIN` if set, otherwise the one beside this test program in
/// `target/<profile>`, brought up to date by cargo once per test program: cargo does not build
/// other packages' binaries for a test, and an old one would be tested without a word.
///
/// # Errors
/// It does not build.
pub fn binary() -> Result<&'static Path> {
    static BINARY: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();
    let binary = BINARY.get_or_init(|| find().map_err(|failure| failure.to_string()));
    binary.as_deref().map_err(|sentence| Failure::new(sentence.as_str()))
}

fn find() -> Result<PathBuf> {
    if let Some(given) = env::var_os("LINKA_BIN") {
        return Ok(PathBuf::from(given));
    }
    let program = env::current_exe()?;
    let (target, profile) =
        place(&program).because(|| format!("{} is not in a target folder", program.display()))?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--package", "linka", "--profile", cargo_profile(&profile)]);
    build.arg("--target-dir").arg(&target).current_dir(env!("CARGO_MANIFEST_DIR"));
    run(&mut build)?;
    Ok(target.join(profile).join("linka"))
}

/// The target folder and the profile's folder of `target/<profile>/deps/<test program>`.
fn place(program: &Path) -> Option<(PathBuf, String)> {
    let profile = program.parent()?.parent()?;
    Some((profile.parent()?.to_owned(), profile.file_name()?.to_str()?.to_owned()))
}

/// The profile whose output goes to that folder.
fn cargo_profile(folder: &str) -> &str {
    match folder {
        "debug" => "dev",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_test_program_tells_target_and_profile() {
        let (target, profile) = place(Path::new("/t/debug/deps/calls-0123")).unwrap();
        assert_eq!((target, profile.as_str()), (PathBuf::from("/t"), "debug"));
        assert_eq!(cargo_profile("debug"), "dev");
        assert_eq!(cargo_profile("release"), "release");
    }
}
