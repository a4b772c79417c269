//! Programs under test and beside it: started with their output in files, ended by their own id,
//! never left behind.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use crate::clock::wait_for;
use crate::{Context, Failure, Result};

/// How long a program may take to end after it was killed.
const KILL_LIMIT: Duration = Duration::from_secs(5);

/// A running program. Dropping it kills it.
pub struct Running {
    name: String,
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Running {
    /// Starts a program; what it prints goes to `<name>.out` and `<name>.err` in `logs`.
    ///
    /// # Errors
    /// The program is not installed, or the files cannot be made.
    pub fn start(name: &str, command: &mut Command, logs: &Path) -> Result<Self> {
        let stdout = logs.join(format!("{name}.out"));
        let stderr = logs.join(format!("{name}.err"));
        let child = command
            .stdin(Stdio::null())
            .stdout(append(&stdout)?)
            .stderr(append(&stderr)?)
            .spawn()
            .because(|| format!("starting {name} ({})", command.get_program().display()))?;
        Ok(Self { name: name.to_owned(), child, stdout, stderr })
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed so far.
    #[must_use]
    pub fn stdout(&self) -> String {
        read_lossy(&self.stdout)
    }

    /// What it has complained of so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        read_lossy(&self.stderr)
    }

    /// The exit status, if it has ended.
    ///
    /// # Errors
    /// The system does not know the process.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().because(|| format!("looking at {}", self.name))
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// It still runs after `limit`; its last words are in the sentence.
    pub fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let what = format!("{} to end", self.name);
        wait_for(&what, limit, || self.ended()).because(|| self.last_words())
    }

    /// Asks it to end (SIGTERM) and waits.
    ///
    /// # Errors
    /// It does not end within `limit`.
    pub fn terminate(&mut self, limit: Duration) -> Result<ExitStatus> {
        self.signal("TERM")?;
        self.wait(limit)
    }

    /// Sends a signal by its name, such as `TERM`, to this process alone.
    ///
    /// # Errors
    /// `kill` is missing or refuses.
    pub fn signal(&mut self, signal: &str) -> Result<()> {
        if self.ended()?.is_some() {
            return Ok(());
        }
        // A child that was not waited for keeps its id: no stranger can be hit.
        run(Command::new("kill").args(["-s", signal, &self.id().to_string()])).map(drop)
    }

    /// Ends it at once (SIGKILL), as a power cut would.
    ///
    /// # Errors
    /// It is still there after five seconds.
    pub fn kill9(&mut self) -> Result<ExitStatus> {
        self.child.kill().because(|| format!("killing {}", self.name))?;
        self.wait(KILL_LIMIT)
    }

    /// The end of both outputs, for the sentence of a failure.
    #[must_use]
    pub fn last_words(&self) -> String {
        format!("{}\n{}\n{}\n", self.name, tail(&self.stdout()), tail(&self.stderr()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Nothing more can be done about a process that is already gone.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Runs a short program to its end and hands back its output.
///
/// # Errors
/// It is not installed or its exit status is not 0; its complaint is in the sentence.
pub fn run(command: &mut Command) -> Result<Output> {
    let program = command.get_program().display().to_string();
    let output = command.stdin(Stdio::null()).output().because(|| format!("running {program}"))?;
    if output.status.success() {
        return Ok(output);
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!("{program}: {}: {}", output.status, tail(&complaint))))
}

/// A command that needs root: plain for root itself, otherwise through `sudo -n`, which fails
/// instead of asking for a password.
///
/// # Errors
/// The process cannot look at itself.
pub fn as_root(program: &str) -> Result<Command> {
    let owner = fs::metadata("/proc/self").because(|| "looking for the own user id")?.uid();
    if owner == 0 {
        return Ok(Command::new(program));
    }
    let mut command = Command::new("sudo");
    command.args(["-n", program]);
    Ok(command)
}

fn append(path: &Path) -> Result<File> {
    File::options()
        .create(true)
        .append(true)
        .open(path)
        .because(|| format!("opening {}", path.display()))
}

fn read_lossy(path: &Path) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// The last 20 lines.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(20)..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper(logs: &Path) -> Running {
        Running::start("sleeper", Command::new("sleep").arg("60"), logs).unwrap()
    }

    #[test]
    fn what_a_program_prints_is_in_its_files() {
        let logs = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo heard; echo wrong >&2; exit 3"]);
        let mut child = Running::start("echo", &mut command, logs.path()).unwrap();
        let status = child.wait(Duration::from_secs(5)).unwrap();
        assert_eq!(status.code(), Some(3));
        assert_eq!((child.stdout().as_str(), child.stderr().as_str()), ("heard\n", "wrong\n"));
    }

    #[test]
    fn terminate_ends_a_program_by_its_id() {
        let logs = tempfile::tempdir().unwrap();
        let status = sleeper(logs.path()).terminate(Duration::from_secs(5)).unwrap();
        assert!(!status.success());
    }

    #[test]
    fn dropping_kills() {
        let logs = tempfile::tempdir().unwrap();
        let child = sleeper(logs.path());
        let process = PathBuf::from(format!("/proc/{}", child.id()));
        assert!(process.exists());
        drop(child);
        assert!(!process.exists());
    }

    #[test]
    fn waiting_for_a_program_that_runs_on_fails() {
        let logs = tempfile::tempdir().unwrap();
        assert!(sleeper(logs.path()).wait(Duration::from_millis(50)).is_err());
    }

    #[test]
    fn a_failed_command_tells_its_complaint() {
        let failure = run(Command::new("sh").args(["-c", "echo no >&2; exit 4"])).unwrap_err();
        assert_eq!(failure.to_string(), "sh: exit status: 4: no");
    }

    #[test]
    fn only_the_last_twenty_lines_are_kept() {
        let text: String = (0..30).map(|n| format!("{n}\n")).collect();
        assert!(tail(&text).starts_with("10\n"));
    }
}
