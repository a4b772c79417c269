//! What went wrong, for the person at the terminal: one message that says how to mend it.

use std::fmt;
use std::process::ExitCode;

use linka_store::StoreError;

use crate::config::ConfigError;

/// A failure of a command.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self(error.to_string())
    }
}

impl From<crate::numbering::NumberError> for Failure {
    fn from(error: crate::numbering::NumberError) -> Self {
        Self(error.to_string())
    }
}

impl From<linka_speech::PackError> for Failure {
    fn from(error: linka_speech::PackError) -> Self {
        Self(error.to_string())
    }
}

impl From<linka_engine::StartError> for Failure {
    fn from(error: linka_engine::StartError) -> Self {
        Self(error.to_string())
    }
}

impl From<linka_engine::PhoneError> for Failure {
    fn from(error: linka_engine::PhoneError) -> Self {
        Self(error.to_string())
    }
}

/// Prints the failure and turns it into the exit status.
#[expect(clippy::print_stderr, reason = "the message is for the person at the terminal")]
pub(crate) fn report(failure: &Failure) -> ExitCode {
    let text = failure.to_string();
    if text.starts_with("error") {
        eprintln!("{text}")
    } else {
        eprintln!("error: {text}")
    }
    ExitCode::FAILURE
}
