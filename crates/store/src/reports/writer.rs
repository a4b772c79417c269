//! Writing one report while its caller speaks.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use linka_model::{Ended, ReportId};

use super::facts::{Facts, Report, ReportState};
use super::wav::Wav;
use crate::durable::sync_folder;

/// Samples a second of every recording.
pub const SAMPLE_RATE: u32 = 8000;
/// The longest recording: 120 minutes.
pub const SAMPLES_MAX: u32 = 120 * 60 * SAMPLE_RATE;

/// A report that is being recorded. All of it blocks on the disk: keep it on a thread that may.
///
/// Dropping it without [`ReportWriter::finish`] leaves the report as a crash would; it is repaired
/// at the next start.
pub struct ReportWriter {
    folder: PathBuf,
    report: Report,
    wav: Wav,
}

impl ReportWriter {
    /// Makes the folder of a report under `parent` and begins its recording.
    pub(super) fn begin(parent: &Path, id: ReportId, facts: Facts) -> io::Result<Self> {
        let folder = parent.join(id.0.to_string());
        DirBuilder::new().mode(0o700).create(&folder)?;
        let report = Report { id, state: ReportState::Recording, seconds: 0, facts };
        report.write(&folder)?;
        let wav = Wav::create(&folder.join("recording.wav"))?;
        stamp(parent, report.day_ms())?;
        sync_folder(&folder)?;
        sync_folder(parent)?;
        Ok(Self { folder, report, wav })
    }

    /// The report's identity.
    pub const fn id(&self) -> ReportId {
        self.report.id
    }

    /// How many samples were recorded so far: the position of the next one.
    pub const fn position(&self) -> u32 {
        self.wav.samples()
    }

    /// Adds samples; every full second is made durable at once. Beyond [`SAMPLES_MAX`], or when the
    /// disk is full, this fails and what was written stays.
    pub fn append(&mut self, samples: &[i16]) -> io::Result<()> {
        let fits = u32::try_from(samples.len())
            .ok()
            .and_then(|count| self.position().checked_add(count))
            .is_some_and(|end| end <= SAMPLES_MAX);
        if fits { self.wav.append(samples) } else { Err(io::ErrorKind::FileTooLarge.into()) }
    }

    /// Forgets everything from a position on: the caller records a part again.
    pub fn discard_from(&mut self, position: u32) -> io::Result<()> {
        self.wav.truncate(position)
    }

    /// Reads recorded samples from a position on, for play-back; gives back how many there were.
    pub fn read_at(&mut self, position: u32, into: &mut [i16]) -> io::Result<usize> {
        self.wav.read_at(position, into)
    }

    /// Hands the report in. The facts are the latest: what was learnt since the beginning counts.
    pub fn finish(self, facts: Facts, ended: Ended) -> io::Result<Report> {
        let Self { folder, report, wav } = self;
        let seconds = wav.finish()?.div_ceil(SAMPLE_RATE);
        let report = Report { state: ended.into(), seconds, facts, ..report };
        report.write(&folder)?;
        stamp_all(&folder, report.day_ms())?;
        Ok(report)
    }

    /// Deletes the report: nothing in it is worth keeping.
    pub fn abandon(self) -> io::Result<()> {
        let day_ms = self.report.day_ms();
        fs::remove_dir_all(&self.folder)?;
        let Some(parent) = self.folder.parent() else { return Ok(()) };
        stamp(parent, day_ms)?;
        sync_folder(parent)
    }
}

/// Gives the files of a report, its folder and the folder above the time of the day's start: times
/// of files shall not tell when a caller called (P9).
pub(super) fn stamp_all(folder: &Path, day_ms: i64) -> io::Result<()> {
    stamp(&folder.join("recording.wav"), day_ms)?;
    stamp(&folder.join("facts.json"), day_ms)?;
    stamp(folder, day_ms)?;
    folder.parent().map_or(Ok(()), |parent| stamp(parent, day_ms))
}

fn stamp(path: &Path, day_ms: i64) -> io::Result<()> {
    let since_1970 = Duration::from_millis(u64::try_from(day_ms).unwrap_or(0));
    File::open(path)?.set_modified(SystemTime::UNIX_EPOCH + since_1970)
}
