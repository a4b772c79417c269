//! The line itself: starts `linka demo` or `linka serve` on ports of its own, waits until it can be
//! called, and ends it politely or not.

mod binary;
mod configuration;
mod demo;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::child::Running;
use crate::clock::wait_for;
use crate::http;
use crate::ports::{MediaPorts, free_port};
use crate::{Context, Failure, Result};

pub use binary::binary;
pub use configuration::Configuration;
pub use demo::{Demo, Line, LineState};

/// How long starting may take: a fresh demo renders nothing and should need a second.
const START_LIMIT: Duration = Duration::from_secs(30);
/// How long a polite end may take when nobody is on the line.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// A running, or for the moment stopped, `linka demo` or `linka serve`.
pub struct Server {
    folder: TempDir,
    /// What `serve` is started from; without it, `demo`.
    configuration: Option<PathBuf>,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    sip: SocketAddr,
    http: SocketAddr,
    media: MediaPorts,
    process: Option<Running>,
}

impl Server {
    /// Starts with a fresh data folder.
    ///
    /// # Errors
    /// The binary cannot be built, or does not answer in time; its last words are in the sentence.
    pub fn start() -> Result<Self> {
        Self::start_with(&[], &[])
    }

    /// The same with more arguments and environment variables, such as `RUST_LOG`.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_with(arguments: &[&str], environment: &[(&str, &str)]) -> Result<Self> {
        let pairs = environment.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let mut server = Self {
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            environment: pairs.collect(),
            ..Self::stopped()?
        };
        server.go()?;
        Ok(server)
    }

    /// Starts `linka serve` from a configuration, with a fresh data folder.
    ///
    /// # Errors
    /// As [`Server::start`]; also if the configuration cannot be written.
    pub fn serve(configuration: &Configuration) -> Result<Self> {
        Self::serve_at(configuration, SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?)))
    }

    /// The same with a web address that somebody else has to know beforehand.
    ///
    /// # Errors
    /// As [`Server::serve`].
    pub fn serve_at(configuration: &Configuration, http: SocketAddr) -> Result<Self> {
        let mut server = Self { http, ..Self::stopped()? };
        let addresses = (server.sip, server.http);
        let file = configuration.write(server.folder.path(), addresses, &server.media)?;
        server.configuration = Some(file);
        server.go()?;
        Ok(server)
    }

    fn stopped() -> Result<Self> {
        let home = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Ok(Self {
            folder: tempfile::tempdir()?,
            configuration: None,
            arguments: Vec::new(),
            environment: Vec::new(),
            sip: home(free_port()?),
            http: home(free_port()?),
            media: MediaPorts::reserve()?,
            process: None,
        })
    }

    /// Starts again with the same data and ports after [`Server::stop`] or [`Server::kill9`].
    ///
    /// # Errors
    /// As [`Server::start`]; also if it still runs.
    pub fn go(&mut self) -> Result<()> {
        if self.process.is_some() {
            return Err(Failure::new("linka runs already"));
        }
        let mut command = linka_command()?;
        match &self.configuration {
            Some(file) => command.arg("serve").arg("--config").arg(file),
            None => self.demo_options(command.arg("demo")),
        };
        command.args(&self.arguments).envs(self.environment.iter().cloned());
        let mut process = Running::start("linka", &mut command, self.folder.path())?;
        wait_for("linka to answer /healthz", START_LIMIT, || self.is_ready(&mut process))
            .because(|| process.last_words())?;
        self.process = Some(process);
        Ok(())
    }

    fn demo_options<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.args(["--sip", &self.sip.to_string(), "--http", &self.http.to_string()]);
        command.args(["--rtp-ports", &self.media.to_string()]).arg("--data").arg(self.data())
    }

    fn is_ready(&self, process: &mut Running) -> Result<Option<()>> {
        if let Some(status) = process.ended()? {
            return Err(Failure::new(format!("linka ended: {status}")));
        }
        let healthy = http::fetch(self.http, "/healthz").is_ok_and(|answer| answer.status == 200);
        let described = self.configuration.is_some() || self.demo().is_ok();
        Ok((healthy && described).then_some(()))
    }

    /// Ends it as an operator does (SIGTERM) and waits.
    ///
    /// # Errors
    /// It does not run, or does not end within 20 s.
    pub fn stop(&mut self) -> Result<ExitStatus> {
        self.running()?.terminate(STOP_LIMIT).inspect(|_| self.process = None)
    }

    /// Ends it as a power cut does (SIGKILL).
    ///
    /// # Errors
    /// It does not run.
    pub fn kill9(&mut self) -> Result<ExitStatus> {
        self.running()?.kill9().inspect(|_| self.process = None)
    }

    /// Stops and starts.
    ///
    /// # Errors
    /// As [`Server::stop`] and [`Server::go`].
    pub fn restart(&mut self) -> Result<()> {
        self.stop()?;
        self.go()
    }

    /// The process, to look at or to signal.
    ///
    /// # Errors
    /// It does not run.
    pub fn running(&mut self) -> Result<&mut Running> {
        self.process.as_mut().because(|| "linka does not run")
    }

    /// What `demo.json` says now.
    ///
    /// # Errors
    /// It is not there, or is not as it should be.
    pub fn demo(&self) -> Result<Demo> {
        Demo::read(&self.data().join("demo.json"))
    }

    /// Runs another subcommand on the same data, such as `["credit", "grant", …]`.
    ///
    /// # Errors
    /// The program cannot be run; a failure of the command itself is in the output.
    pub fn linka(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = linka_command()?;
        command.args(arguments).arg("--data").arg(self.data()).stdin(Stdio::null());
        command.output().because(|| "running linka")
    }

    /// Runs a subcommand on the configuration of `serve`, such as `["bank", "import", …]`.
    ///
    /// # Errors
    /// The program cannot be run, or there is no configuration; a failure of the command itself is in
    /// the output.
    pub fn configured(&self, arguments: &[&str]) -> Result<Output> {
        let file = self.configuration.as_ref().because(|| "a demo has no configuration")?;
        let mut command = linka_command()?;
        command.args(arguments).arg("--config").arg(file).stdin(Stdio::null());
        command.output().because(|| "running linka")
    }

    /// Runs a subcommand on the same data that must succeed; gives back what it says.
    ///
    /// # Errors
    /// It fails; with its complaint.
    pub fn operate(&self, arguments: &[&str]) -> Result<String> {
        said(arguments, &self.linka(arguments)?)
    }

    /// Runs a subcommand on the same data that must fail with 1; gives back its complaint.
    ///
    /// # Errors
    /// It ends otherwise.
    pub fn refused(&self, arguments: &[&str]) -> Result<String> {
        let output = self.linka(arguments)?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        let told = complaint.strip_prefix("error: ").filter(|_| output.status.code() == Some(1));
        let told = told.because(|| format!("linka {}: {complaint}", arguments.join(" ")))?;
        Ok(told.trim_end().to_owned())
    }

    /// Runs a subcommand that must succeed, with `--json`, and reads what it prints.
    ///
    /// # Errors
    /// It fails, or prints something else.
    pub fn json(&self, arguments: &[&str]) -> Result<Value> {
        let printed = self.operate(&[arguments, &["--json"]].concat())?;
        serde_json::from_str(&printed).because(|| format!("linka {}", arguments.join(" ")))
    }

    /// Where it listens for SIP.
    #[must_use]
    pub fn sip(&self) -> SocketAddr {
        self.sip
    }

    /// Where it listens for HTTP.
    #[must_use]
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// The range of its media ports.
    #[must_use]
    pub fn media(&self) -> &MediaPorts {
        &self.media
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The folder of this test: the data folder, the logs, and room for recordings. It is removed
    /// in the end.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Everything it has printed so far, on both outputs, over all its starts.
    #[must_use]
    pub fn log(&self) -> String {
        let read = |name| fs::read(self.folder.path().join(name)).unwrap_or_default();
        let bytes = [read("linka.out"), read("linka.err")].concat();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// What a command that must have succeeded has said.
fn said(arguments: &[&str], output: &Output) -> Result<String> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!("linka {}: {complaint}", arguments.join(" "))))
}

/// `linka` as it is run from a checkout: at its root, where it finds `prompts/`.
///
/// # Errors
/// The binary cannot be built.
pub fn linka_command() -> Result<Command> {
    let mut command = Command::new(binary()?);
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    Ok(command)
}

#[cfg(test)]
mod tests;
