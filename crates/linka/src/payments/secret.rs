//! Secrets come from files or from the environment, never from the configuration itself.

use std::fs;
use std::io::Read;
use std::path::Path;

use linka_model::Redacted;

use crate::failure::Failure;

/// The largest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 4096;

/// The content of the file where one is named, else of the environment variable.
pub(crate) fn secret(
    file: Option<&Path>,
    variable: &str,
) -> Result<Option<Redacted<String>>, Failure> {
    let Some(path) = file else {
        return Ok(std::env::var(variable).ok().map(Redacted::new));
    };
    let mut text = String::new();
    let read =
        fs::File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_string(&mut text));
    read.map_err(|error| {
        Failure::new(format!("cannot read the secret in {}: {error}", path.display()))
    })?;
    Ok(Some(Redacted::new(text.trim_end_matches(['\r', '\n']).to_owned())))
}
