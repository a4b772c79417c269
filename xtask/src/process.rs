//! Starts other programs, bounded in time.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How often a running program is asked whether it has ended.
const POLL: Duration = Duration::from_millis(20);

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Where logs of the tests are left for people to read.
pub(crate) fn log_dir() -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("xtask")
}

/// The cargo that started us, in the root of the workspace.
///
/// What it told us about our own package is taken back: build scripts would take it for a change of
/// theirs and build again.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name.as_ref());
        }
    }
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// Runs a program whose output people see as it comes; whether it ended well.
pub(crate) fn shown(command: &mut Command) -> Result<bool, String> {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    Ok(status.success())
}

/// Runs a program that is expected to end soon, and returns what it printed; `None` if it failed.
pub(crate) fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A program that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// It ended by itself, with status 0.
    pub(crate) success: bool,
    /// It had to be ended because its time was over.
    pub(crate) out_of_time: bool,
    /// All that it printed, on both outputs, in order.
    pub(crate) output: String,
}

/// Runs a program with both outputs in a file, and kills it with all its children after `limit`.
pub(crate) fn logged(command: &mut Command, log: &Path, limit: Duration) -> Result<Ended, String> {
    let file = create(log)?;
    let both = file.try_clone().map_err(|error| format!("{}: {error}", log.display()))?;
    // A group of its own, so that the children of a test that hangs end with it.
    command.stdin(Stdio::null()).stdout(file).stderr(both).process_group(0);
    let mut child = command.spawn().map_err(|error| cannot_start(command, &error))?;
    let status = wait(&mut child, limit).map_err(|error| cannot_start(command, &error))?;
    let output = fs::read(log).map_err(|error| format!("{}: {error}", log.display()))?;
    Ok(Ended {
        success: status == Some(true),
        out_of_time: status.is_none(),
        output: String::from_utf8_lossy(&output).into_owned(),
    })
}

fn create(log: &Path) -> Result<File, String> {
    let parent = log.parent().map_or(Ok(()), fs::create_dir_all);
    parent.and_then(|()| File::create(log)).map_err(|error| format!("{}: {error}", log.display()))
}

/// Whether the child ended well; `None` if it had to be killed.
fn wait(child: &mut Child, limit: Duration) -> std::io::Result<Option<bool>> {
    let started = now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.success()));
        }
        if now().duration_since(started) >= limit {
            answer("kill", &["-KILL", "--", &format!("-{}", child.id())]);
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(POLL);
    }
}

/// The moment, for saying how long a step took.
#[expect(clippy::disallowed_methods, reason = "nothing of the product runs here; people wait")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("{}: {error}", command.get_program().to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn log(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("linka-xtask-{}-{name}.log", std::process::id()))
    }

    #[test]
    fn both_outputs_are_kept_in_order() {
        let log = log("order");
        let ended =
            logged(&mut shell("echo one; echo two >&2; echo three"), &log, Duration::from_secs(20));
        assert_eq!(ended.map(|ended| ended.output), Ok("one\ntwo\nthree\n".to_owned()));
        fs::remove_file(log).unwrap();
    }

    #[test]
    fn a_failing_program_has_no_success() {
        let log = log("failing");
        let ended = logged(&mut shell("exit 3"), &log, Duration::from_secs(20)).unwrap();
        assert!(!ended.success && !ended.out_of_time);
        fs::remove_file(log).unwrap();
    }

    #[test]
    fn a_program_that_hangs_is_ended_with_its_children() {
        let log = log("hanging");
        let started = now();
        let script = "sleep 300 & echo $!; wait";
        let ended = logged(&mut shell(script), &log, Duration::from_secs(3)).unwrap();
        assert!(ended.out_of_time && !ended.success);
        assert!(now().duration_since(started) < Duration::from_secs(20));
        let child = ended.output.trim();
        // A killed child may wait as a zombie for init to reap it: its command line is empty then.
        let left = fs::read(format!("/proc/{child}/cmdline")).unwrap_or_default();
        assert!(!child.is_empty() && left.is_empty());
        fs::remove_file(log).unwrap();
    }

    #[test]
    fn the_root_holds_the_workspace() {
        assert!(root().join("Cargo.lock").is_file());
    }
}
