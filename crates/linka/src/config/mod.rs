//! The configuration files: strict, and every error names file, line and column.

mod lines;
mod mail;
mod node;
mod payments;
mod term;
mod trunks;

use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

pub(crate) use lines::{Choice, LineConfig, Organisation, Setup, Spoken};
pub(crate) use mail::{Mail, Reader, Security, Smtp};
pub(crate) use node::{LogFormat, LogLevel, NodeConfig, PortRange};
pub(crate) use payments::{Card, Issuer, Payments};
pub(crate) use term::Term;
pub(crate) use trunks::{Trunks, demo_trunk};

/// What is wrong with a file: what, where, how to mend.
#[derive(Debug)]
pub(crate) struct ConfigError(String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

impl ConfigError {
    /// A fault that no parser finds.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// Reads a file of YAML.
pub(crate) fn read<T: DeserializeOwned>(file: &Path) -> Result<T, ConfigError> {
    parse(&text(file)?, file)
}

/// The text of a file.
pub(crate) fn text(file: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(file)
        .map_err(|error| ConfigError(format!("cannot read {}: {error}", file.display())))
}

/// Reads YAML; `file` is its name for people.
pub(crate) fn parse<T: DeserializeOwned>(yaml: &str, file: &Path) -> Result<T, ConfigError> {
    let options = serde_yaml::options! { strict_booleans: true };
    serde_yaml::from_str_with_options(yaml, options).map_err(|error| {
        let text = error.to_string();
        let remark = if text.contains("<input>") { text } else { format!("{text}\n --> <input>") };
        ConfigError(remark.replace("<input>", &file.display().to_string()))
    })
}

/// A path in a file is meant from the file's own folder.
pub(crate) fn beside(file: &Path, path: &Path) -> PathBuf {
    file.parent().map_or_else(|| path.to_path_buf(), |folder| folder.join(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(yaml: &str) -> String {
        parse::<NodeConfig>(yaml, Path::new("config/linka.yaml")).unwrap_err().to_string()
    }

    #[test]
    fn the_shipped_file_shows_every_default() {
        let file = Path::new("config/linka.yaml");
        let shipped: NodeConfig =
            parse(include_str!("../../../../config/linka.yaml"), file).unwrap();
        let silent: NodeConfig = parse("organisations: []", file).unwrap();
        // The organisations are an example; what is left out of the file has no value to show.
        let shown = NodeConfig { organisations: Vec::new(), ..shipped };
        assert_eq!(format!("{shown:?}"), format!("{silent:?}"));
    }

    #[test]
    fn an_unknown_key_a_wrong_type_and_a_key_given_twice_are_refused_with_their_place() {
        for (yaml, place, what) in [
            ("data: d\nsipp: {}\n", "config/linka.yaml:2:1", "unknown field `sipp`"),
            ("data: d\nsip: {calls_max: many}\n", "config/linka.yaml:2:18", "invalid u16"),
            ("data: d\ndata: e\n", "config/linka.yaml:2:1", "duplicate"),
            ("data: d\nrtp: {portable_sockets: yes}\n", "config/linka.yaml:2:25", "boolean"),
        ] {
            let message = refused(yaml);
            assert!(message.contains(place) && message.contains(what), "{yaml}: {message}");
            assert!(message.contains(yaml.lines().nth(1).unwrap()), "the excerpt: {message}");
        }
    }
}
