//! Which database the books are in: the embedded one, or a server that several nodes share.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use linka_store::{Server, Store, StoreError};
use serde::{Deserialize, Serialize};

use crate::config::{self, NodeConfig, beside};
use crate::failure::Failure;

/// Holds the password of the server, where no file does.
const PASSWORD: &str = "LINKA_DATABASE_PASSWORD";
/// What stands in the configuration for the database that needs no server.
const EMBEDDED: &str = "embedded";
/// The largest password file that is read, in bytes.
const PASSWORD_FILE_MAX: u64 = 4096;
/// Lies in the data folder of a node that uses a server, so that commands that are given the folder
/// find the books. It holds no password.
const NOTE: &str = "database.yaml";

/// Where the books are, as it is configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    database: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    database_password_file: Option<PathBuf>,
}

impl Database {
    /// The database that needs no server.
    pub(crate) fn embedded() -> Self {
        Self { database: EMBEDDED.to_owned(), database_password_file: None }
    }

    /// What a configuration file says.
    pub(crate) fn configured(file: &Path, config: &NodeConfig) -> Self {
        let secret = config.database_password_file.as_ref().map(|path| beside(file, path));
        let secret = secret.map(|path| std::path::absolute(&path).unwrap_or(path));
        Self { database: config.database.clone(), database_password_file: secret }
    }

    /// What a data folder was last used with; `None` where it was not used yet.
    pub(crate) fn noted(data: &Path) -> Result<Option<Self>, Failure> {
        let note = data.join(NOTE);
        if note.is_file() {
            return Ok(Some(config::read(&note)?));
        }
        Ok(data.join("linka.db").is_file().then(Self::embedded))
    }

    /// The server with its password, or `None` for the embedded database.
    pub(crate) fn server(&self) -> Result<Option<Server>, Failure> {
        if self.database == EMBEDDED {
            return Ok(None);
        }
        let server = Server::parse(&self.database)
            .map_err(|error| Failure::new(format!("{error}; or write `database: {EMBEDDED}`")))?;
        let password = self.password()?;
        Ok(Some(match password {
            Some(password) => server.with_password(password),
            None => server,
        }))
    }

    fn password(&self) -> Result<Option<String>, Failure> {
        let Some(path) = &self.database_password_file else {
            return Ok(std::env::var(PASSWORD).ok());
        };
        let read = || {
            if fs::metadata(path)?.len() > PASSWORD_FILE_MAX {
                return Err(io::Error::from(io::ErrorKind::FileTooLarge));
            }
            fs::read_to_string(path)
        };
        let text = read().map_err(|error| {
            Failure::new(format!("cannot read the password file {}: {error}", path.display()))
        })?;
        Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// Opens the books, with the data folder for what lies in files.
    pub(crate) async fn open(&self, data: &Path) -> Result<Store, Failure> {
        let Some(server) = self.server()? else {
            forget(data).map_err(|error| unusable(data, &error))?;
            return Store::open(data).await.map_err(|error| unusable(data, &error));
        };
        let store = Store::connect(&server, data).await?;
        self.note(data).map_err(|error| unusable(data, &error))?;
        Ok(store)
    }

    fn note(&self, data: &Path) -> Result<(), StoreError> {
        let path = data.join(NOTE);
        let failed = |source| StoreError::File { path: path.clone(), source };
        let text = serde_yaml::to_string(self).map_err(|error| failed(io::Error::other(error)))?;
        fs::write(&path, text).map_err(failed)
    }
}

/// Removes the note of a server that the folder was used with before.
fn forget(data: &Path) -> Result<(), StoreError> {
    let path = data.join(NOTE);
    match fs::remove_file(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::File { path, source })
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn unusable(folder: &Path, error: &StoreError) -> Failure {
    Failure::new(format!(
        "cannot use the data folder {}: {error}. Choose another with --data DIR, or make it writable",
        folder.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(database: &str) -> Database {
        Database { database: database.to_owned(), database_password_file: None }
    }

    #[test]
    fn embedded_needs_no_server_and_an_address_names_one() {
        assert!(Database::embedded().server().unwrap().is_none());
        let server = at("postgres://linka@db.example.org/books").server().unwrap().unwrap();
        assert_eq!(server.to_string(), "postgres://linka@db.example.org/books");
    }

    #[test]
    fn what_is_neither_is_refused_without_repeating_it() {
        for wrong in ["", "sqlite", "postgres://linka:hunter2@host/books"] {
            let message = at(wrong).server().unwrap_err().to_string();
            assert!(message.contains("database") && !message.contains("hunter2"), "{message}");
        }
    }

    #[test]
    fn a_note_is_read_as_it_was_written() {
        let database = Database {
            database_password_file: Some("/run/secrets/linka".into()),
            ..at("postgres://linka@db.example.org/books")
        };
        let text = serde_yaml::to_string(&database).unwrap();
        assert_eq!(config::parse::<Database>(&text, Path::new(NOTE)).unwrap(), database);
    }
}
