//! A configuration for `linka serve`, as an operator would write it.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::ports::MediaPorts;

/// What differs from one test to another. Addresses and folders are put in where it is written.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// The list under `organisations:`, in YAML.
    pub organisations: String,
    /// `trunks.yaml`, whole.
    pub trunks: String,
    /// Price lists instead of those in `config/ratecards`: a file name each, and its text.
    pub ratecards: Vec<(String, String)>,
    /// The address of a database server; without it, the embedded database.
    pub database: Option<String>,
    /// Other sections of the configuration, in YAML.
    pub sections: String,
}

/// A carrier on this machine.
const TRUNKS: &str = "\
trunks:
  - name: local
    signalling: [\"127.0.0.0/8\"]
    media: [\"127.0.0.0/8\"]
    country_code: \"420\"
";

impl Configuration {
    /// These organisations, the shipped price lists, and one trunk: this machine.
    #[must_use]
    pub fn of(organisations: &str) -> Self {
        let organisations = organisations.to_owned();
        let (trunks, ratecards) = (TRUNKS.to_owned(), Vec::new());
        Self { organisations, trunks, ratecards, database: None, sections: String::new() }
    }

    /// The same with another `trunks.yaml`.
    #[must_use]
    pub fn trunks(self, trunks: &str) -> Self {
        Self { trunks: trunks.to_owned(), ..self }
    }

    /// The same with this price list, and others so given, instead of those shipped.
    #[must_use]
    pub fn ratecard(mut self, name: &str, text: &str) -> Self {
        self.ratecards.push((name.to_owned(), text.to_owned()));
        self
    }

    /// The same in the database of a server.
    #[must_use]
    pub fn database(self, address: &str) -> Self {
        Self { database: Some(address.to_owned()), ..self }
    }

    /// The same with these sections.
    #[must_use]
    pub fn sections(self, yaml: &str) -> Self {
        Self { sections: yaml.to_owned(), ..self }
    }

    /// Writes all its files into a folder, with `data` beside them; returns the main one.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn write(
        &self,
        folder: &Path,
        (sip, http): (SocketAddr, SocketAddr),
        media: &MediaPorts,
    ) -> Result<PathBuf> {
        let house = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let cards = folder.join("ratecards");
        fs::create_dir_all(&cards)?;
        for (name, text) in &self.ratecards {
            fs::write(cards.join(name), text)?;
        }
        let cards = if self.ratecards.is_empty() { house.join("config/ratecards") } else { cards };
        fs::write(folder.join("trunks.yaml"), &self.trunks)?;
        let main = folder.join("node.yaml");
        let prompts = house.join("prompts");
        let database = self.database.as_deref().unwrap_or("embedded");
        let text = format!(
            "data: data\ndatabase: \"{database}\"\nprompts: \"{}\"\nratecards: \"{}\"\n\
             trunks: trunks.yaml\n\
             sip: {{ listen: \"{sip}\" }}\nrtp: {{ ports: {media} }}\n\
             http: {{ listen: \"{http}\" }}\n{}organisations:\n{}",
            prompts.display(),
            cards.display(),
            self.sections,
            self.organisations
        );
        fs::write(&main, text)?;
        Ok(main)
    }
}
