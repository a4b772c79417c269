//! Runs sipp along a scenario.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tempfile::TempDir;

use super::scenario::Scenario;
use super::trace::Message;
use crate::child::{Running, as_root};
use crate::ports::{MediaPorts, free_port};
use crate::{Context, Failure, Result};

/// The most calls at once: sipp takes four media ports a call, and a range has 200.
const CALLS_MAX: usize = 50;
/// Time for sipp itself on top of the calls' limit.
const MARGIN: Duration = Duration::from_secs(5);

/// One or many callers to a line, not yet calling.
pub struct Caller {
    line: SocketAddr,
    numbers: Vec<String>,
    limit: Duration,
    folder: TempDir,
    port: u16,
    media: MediaPorts,
}

impl Caller {
    /// Will call this number at this address, for a minute at most.
    ///
    /// # Errors
    /// No ports are free.
    pub fn to(line: SocketAddr, number: &str) -> Result<Self> {
        Self::to_many(line, &[number])
    }

    /// Will call all these numbers at once.
    ///
    /// # Errors
    /// No ports are free, or there are none or more than 50 numbers.
    pub fn to_many(line: SocketAddr, numbers: &[&str]) -> Result<Self> {
        if numbers.is_empty() || numbers.len() > CALLS_MAX {
            return Err(Failure::new(format!("1 to {CALLS_MAX} calls, not {}", numbers.len())));
        }
        Ok(Self {
            line,
            numbers: numbers.iter().map(|number| (*number).to_owned()).collect(),
            limit: Duration::from_secs(60),
            folder: tempfile::tempdir()?,
            port: free_port()?,
            media: MediaPorts::reserve()?,
        })
    }

    /// Fails what is not over after this time.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// The port where the first caller hears; the next callers follow at distances of four.
    #[must_use]
    pub fn media_port(&self) -> u16 {
        self.media.low()
    }

    /// A tcpdump filter for everything that the callers hear and say.
    #[must_use]
    pub fn media_filter(&self) -> String {
        format!("udp portrange {}", self.media)
    }

    /// Calls, and waits until all calls are over.
    ///
    /// # Errors
    /// sipp cannot run. A call that went otherwise than the scenario is no error: see the report.
    pub fn run(self, scenario: &Scenario) -> Result<Report> {
        self.start(scenario)?.finish()
    }

    /// Begins to call and goes on beside the test.
    ///
    /// # Errors
    /// sipp cannot be started.
    pub fn start(self, scenario: &Scenario) -> Result<Calling> {
        let calls = self.numbers.len().to_string();
        let rows: String = self.numbers.iter().map(|number| format!("{number};\n")).collect();
        let csv = self.folder.path().join("numbers.csv");
        fs::write(&csv, format!("SEQUENTIAL\n{rows}"))?;
        let mut command = as_root("sipp")?;
        command.arg(self.line.to_string()).arg("-inf").arg(&csv);
        command.args(["-m", &calls, "-l", &calls, "-r", &calls]);
        let place = Place { folder: &self.folder, port: self.port, media: &self.media };
        place.complete(&mut command, scenario, self.limit)?;
        let process = Running::start("sipp", &mut command, self.folder.path())?;
        let Self { limit, folder, port, media, .. } = self;
        Ok(Calling { process, limit, folder, port, _media: media })
    }
}

/// Answers one call on a port of its own: a stand-in for the line.
///
/// # Errors
/// sipp cannot be started, or no ports are free.
pub fn answer_with(scenario: &Scenario, limit: Duration) -> Result<Calling> {
    let (folder, port, media) = (tempfile::tempdir()?, free_port()?, MediaPorts::reserve()?);
    let mut command = as_root("sipp")?;
    command.args(["-m", "1"]);
    Place { folder: &folder, port, media: &media }.complete(&mut command, scenario, limit)?;
    let process = Running::start("sipp", &mut command, folder.path())?;
    Ok(Calling { process, limit, folder, port, _media: media })
}

/// Where one run of sipp lives.
struct Place<'a> {
    folder: &'a TempDir,
    port: u16,
    media: &'a MediaPorts,
}

impl Place<'_> {
    /// The arguments that every run has.
    fn complete(
        &self,
        command: &mut std::process::Command,
        scenario: &Scenario,
        limit: Duration,
    ) -> Result<()> {
        let path = |name: &str| self.folder.path().join(name);
        fs::write(path("scenario.xml"), scenario.xml())?;
        command.arg("-sf").arg(path("scenario.xml"));
        command.args(["-i", "127.0.0.1", "-p", &self.port.to_string()]);
        command.args(["-mi", "127.0.0.1", "-mp", &self.media.low().to_string()]);
        command.args(["-nostdin", "-timeout_error", "-timeout"]);
        command.arg(format!("{}s", limit.as_secs().max(1)));
        command.arg("-trace_msg").arg("-message_file").arg(path("messages"));
        command.arg("-trace_err").arg("-error_file").arg(path("errors"));
        command.arg("-trace_stat").arg("-stf").arg(path("statistics"));
        Ok(())
    }
}

/// Calls under way. Dropping it kills sipp.
pub struct Calling {
    process: Running,
    limit: Duration,
    folder: TempDir,
    port: u16,
    _media: MediaPorts,
}

impl Calling {
    /// Where this side is for SIP.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// The messages so far.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        let bytes = fs::read(self.folder.path().join("messages")).unwrap_or_default();
        Message::parse_all(&String::from_utf8_lossy(&bytes))
    }

    /// Waits until all calls are over.
    ///
    /// # Errors
    /// sipp outlives its own limit, or left no statistics.
    pub fn finish(mut self) -> Result<Report> {
        let status = self.process.wait(self.limit + MARGIN)?;
        let read = |name: &str| {
            fs::read(self.folder.path().join(name))
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                .unwrap_or_default()
        };
        let statistics = read("statistics");
        Ok(Report {
            code: status.code().unwrap_or(-1),
            successful: counter(&statistics, "SuccessfulCall(C)")
                .because(|| self.process.last_words())?,
            failed: counter(&statistics, "FailedCall(C)").because(|| self.process.last_words())?,
            errors: read("errors"),
            messages: self.messages(),
        })
    }
}

/// What became of the calls.
#[derive(Debug)]
pub struct Report {
    /// sipp's exit status: 0 if all went as the scenario says.
    pub code: i32,
    /// Calls that went as the scenario says.
    pub successful: u32,
    /// The others.
    pub failed: u32,
    /// What sipp complained of: the unexpected message, for example.
    pub errors: String,
    /// Everything on the wire.
    pub messages: Vec<Message>,
}

impl Report {
    /// This report, if everything went as the scenario says.
    ///
    /// # Errors
    /// It did not; the sentence holds sipp's complaint.
    pub fn as_planned(self) -> Result<Self> {
        if self.code == 0 && self.failed == 0 {
            return Ok(self);
        }
        let Self { code, successful, failed, errors, .. } = &self;
        let counts = format!("exit status {code}, {successful} calls as planned, {failed} not");
        Err(Failure::new(format!("sipp: {counts}\n{errors}")))
    }

    /// The responses that came with this status, in order.
    #[must_use]
    pub fn responses(&self, status: u16) -> Vec<&Message> {
        let wanted = |message: &&Message| !message.sent && message.status() == Some(status);
        self.messages.iter().filter(wanted).collect()
    }
}

/// The last value of a column in sipp's statistics (semicolons, a heading).
fn counter(statistics: &str, column: &str) -> Option<u32> {
    let (heading, rows) = statistics.split_once('\n')?;
    let place = heading.split(';').position(|name| name == column)?;
    rows.lines().last()?.split(';').nth(place)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_row_of_the_statistics_counts() {
        let statistics = "A;SuccessfulCall(C);FailedCall(C);\nx;0;0;\ny;7;2;\n";
        assert_eq!(counter(statistics, "SuccessfulCall(C)"), Some(7));
        assert_eq!(counter(statistics, "FailedCall(C)"), Some(2));
        assert_eq!(counter(statistics, "Other"), None);
    }

    #[test]
    fn too_many_calls_are_refused() {
        let line = "127.0.0.1:5060".parse().unwrap();
        assert!(Caller::to_many(line, &["1"; 51]).is_err());
        assert!(Caller::to_many(line, &[]).is_err());
    }
}
