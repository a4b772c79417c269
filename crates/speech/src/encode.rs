//! Writes clips as Ogg Vorbis with the encoder of the Debian package vorbis-tools.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::SHIPPED_RATE_HZ;

/// About 30 kbit/s for speech at 16 kHz: five languages stay below 15 MB.
const QUALITY: &str = "3";
/// One serial for all: the same samples make the same file.
const SERIAL: &str = "1";

/// Why a clip was not written.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// A folder or file cannot be written.
    #[error("cannot be written: {0}")]
    Write(io::Error),
    /// The encoder is not there.
    #[error("oggenc cannot be run ({0}); install the Debian package vorbis-tools")]
    Program(io::Error),
    /// The encoder gave up.
    #[error("oggenc failed")]
    Failed,
}

/// Writes 16 kHz samples as Ogg Vorbis to `path`, and makes its folder.
///
/// # Errors
/// When the encoder cannot be run or fails, or the path cannot be written.
pub fn encode_ogg(samples: &[i16], path: &Path) -> Result<(), EncodeError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(EncodeError::Write)?;
    }
    let mut child = encoder(path).spawn().map_err(EncodeError::Program)?;
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    if let Some(mut stdin) = child.stdin.take() {
        // An encoder that ends without reading says why by its status.
        let _ = stdin.write_all(&bytes);
    }
    if child.wait().map_err(EncodeError::Program)?.success() {
        Ok(())
    } else {
        Err(EncodeError::Failed)
    }
}

fn encoder(path: &Path) -> Command {
    let rate = SHIPPED_RATE_HZ.to_string();
    let mut command = Command::new("oggenc");
    command
        .args(["--quiet", "--raw", "--raw-bits", "16", "--raw-chan", "1", "--raw-rate", &rate])
        .args(["--quality", QUALITY, "--serial", SERIAL, "--discard-comments", "--output"])
        .arg(path)
        .arg("-")
        .stdin(Stdio::piped());
    command
}
