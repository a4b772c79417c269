//! How mails of a data folder go out, for commands that are given the folder and no configuration:
//! what they wrote into files there would count as sent, and nobody would get it.

use std::fs;
use std::io;
use std::path::Path;

use crate::failure::Failure;

/// Lies in the data folder of a node whose mails go to a server. It says nothing more.
const NOTE: &str = "mails-go-to-a-server";

/// Remembers it.
pub(super) fn write(data: &Path, to_server: bool) -> Result<(), Failure> {
    let path = data.join(NOTE);
    let done = if to_server { fs::write(&path, "") } else { fs::remove_file(&path) };
    match done {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Failure::new(format!("{}: {error}", path.display())))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Refuses where the last node of this folder had a mail server.
pub(crate) fn refuse_server(data: &Path) -> Result<(), Failure> {
    if !data.join(NOTE).exists() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "mails of {} go to a server that the node's configuration names: give that file with --config FILE",
        data.display()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_whose_mails_go_to_a_server_is_refused_until_they_do_not() {
        let folder = tempfile::tempdir().unwrap();
        assert!(refuse_server(folder.path()).is_ok());
        write(folder.path(), false).unwrap();
        write(folder.path(), true).unwrap();
        let why = refuse_server(folder.path()).unwrap_err().to_string();
        assert!(why.contains("--config FILE"), "{why}");
        write(folder.path(), false).unwrap();
        assert!(refuse_server(folder.path()).is_ok());
    }
}
