//! Reports that a crash left behind.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use super::facts::{Report, ReportState};
use super::wav::{HEADER_LEN, repair};
use super::writer::{SAMPLE_RATE, stamp_all};
use crate::durable::sync_parent;

/// What became of a folder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    /// It was whole.
    Whole,
    /// It is readable up to the crash and says that it was interrupted.
    Repaired,
    /// There was less than a second of audio in it: it is gone.
    Removed,
}

/// Looks at one folder and repairs it where linka died while it was recorded.
pub(super) fn look_after(folder: &Path) -> io::Result<Outcome> {
    let recording = folder.join("recording.wav");
    let report = match Report::read(folder) {
        Ok(report) => report,
        // Died before the facts were written: only then is there no recording either.
        Err(error) if error.kind() == io::ErrorKind::NotFound && !recording.try_exists()? => {
            remove(folder)?;
            return Ok(Outcome::Removed);
        }
        Err(error) => return Err(error),
    };
    if report.state != ReportState::Recording {
        return Ok(Outcome::Whole);
    }
    let length = fs::metadata(&recording).map_or(0, |file| file.len());
    if length < HEADER_LEN + 2 * u64::from(SAMPLE_RATE) {
        remove(folder)?;
        return Ok(Outcome::Removed);
    }
    let samples = repair(&mut OpenOptions::new().read(true).write(true).open(&recording)?)?;
    let seconds = samples.div_ceil(SAMPLE_RATE);
    let report = Report { state: ReportState::Interrupted, seconds, ..report };
    report.write(folder)?;
    stamp_all(folder, report.day_ms())?;
    Ok(Outcome::Repaired)
}

/// Removes a report for good.
fn remove(folder: &Path) -> io::Result<()> {
    fs::remove_dir_all(folder)?;
    sync_parent(folder)
}
