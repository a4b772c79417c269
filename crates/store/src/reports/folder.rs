//! The folder that all reports lie in.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use linka_model::{Consent, Lang, LineId, ReportId};
use serde::Serialize;
use uuid::Uuid;

use super::facts::{Facts, Report};
use super::repair::{Outcome, look_after};
use super::writer::ReportWriter;
use crate::StoreError;
use crate::database::private_directory;
use crate::durable::sync_folder;

/// So many reports are listed or repaired at most.
const REPORTS_MAX: usize = 100_000;

/// Where the reports are.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

/// What [`Folder::recover`] found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Repaired {
    /// Reports that are readable again and marked as interrupted.
    pub interrupted: u32,
    /// Folders with less than a second of audio, which are gone.
    pub removed: u32,
    /// Folders that could not be read or repaired; they were left as they are.
    pub damaged: u32,
}

/// A report, as it is listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ReportListing {
    /// Its identity.
    pub id: ReportId,
    /// The line that was called.
    pub line: LineId,
    /// Its name at the time.
    pub line_name: String,
    /// The language that the caller chose.
    pub language: Lang,
    /// The category that the caller chose.
    pub category: Option<String>,
    /// The part of the organisation that it is for.
    pub unit: Option<String>,
    /// What the caller agreed to.
    pub consent: Consent,
    /// Whole seconds of audio.
    pub seconds: u32,
    /// How it ended, or `recording`.
    pub ended: &'static str,
    /// The recording.
    pub audio: PathBuf,
    /// The day.
    pub day: String,
}

impl Folder {
    /// Opens the folder `reports` under a data directory; makes it where it is missing.
    pub fn open(data_directory: &Path) -> Result<Self, StoreError> {
        let path = data_directory.join("reports");
        private_directory(&path)?;
        sync_folder(data_directory).map_err(StoreError::file(data_directory))?;
        Ok(Self { path })
    }

    /// Begins a report. Its folder is named after `id`, which must be random.
    pub fn begin(&self, id: ReportId, facts: Facts) -> Result<ReportWriter, StoreError> {
        ReportWriter::begin(&self.path, id, facts).map_err(StoreError::file(&self.path))
    }

    /// Repairs what a crash left behind. Call it at the start, before the first report begins.
    pub fn recover(&self) -> Result<Repaired, StoreError> {
        let mut repaired = Repaired::default();
        for id in self.ids()? {
            match look_after(&self.path_of(id)) {
                Ok(Outcome::Whole) => {}
                Ok(Outcome::Repaired) => repaired.interrupted += 1,
                Ok(Outcome::Removed) => repaired.removed += 1,
                Err(_) => repaired.damaged += 1,
            }
        }
        Ok(repaired)
    }

    /// All readable reports, newest day first; within a day their order says nothing.
    pub fn list(&self) -> Result<Vec<ReportListing>, StoreError> {
        let ids = self.ids()?;
        let mut rows: Vec<ReportListing> = ids
            .into_iter()
            .filter_map(|id| self.report(id).ok())
            .map(|r| self.listing(r))
            .collect();
        rows.sort_by(|a, b| b.day.cmp(&a.day).then(a.id.cmp(&b.id)));
        Ok(rows)
    }

    /// Whether a report has a case code, which only the secret of this installation finds. One that
    /// cannot be read may have one.
    pub fn has_codes(&self) -> Result<bool, StoreError> {
        let has_code =
            |id: ReportId| self.report(id).map_or(true, |report| report.facts.case_code.is_some());
        Ok(self.ids()?.into_iter().any(has_code))
    }

    /// The facts of one report.
    pub fn report(&self, id: ReportId) -> Result<Report, StoreError> {
        let path = self.path_of(id);
        Report::read(&path).map_err(StoreError::file(path))
    }

    fn listing(&self, report: Report) -> ReportListing {
        let Report { id, state, seconds, facts } = report;
        ReportListing {
            id,
            line: facts.line,
            line_name: facts.line_name,
            language: facts.language,
            category: facts.category,
            unit: facts.unit,
            consent: facts.consent.answer,
            seconds,
            ended: state.as_str(),
            audio: self.path_of(id).join("recording.wav"),
            day: facts.day,
        }
    }

    fn path_of(&self, id: ReportId) -> PathBuf {
        self.path.join(id.0.to_string())
    }

    /// The folders that bear the name of a report; whatever else lies there is not ours.
    fn ids(&self) -> Result<Vec<ReportId>, StoreError> {
        let names = |entry: io::Result<fs::DirEntry>| {
            let name = entry.ok()?.file_name();
            Uuid::try_parse(name.to_str()?).ok().map(ReportId)
        };
        let entries = fs::read_dir(&self.path).map_err(StoreError::file(&self.path))?;
        Ok(entries.filter_map(names).take(REPORTS_MAX).collect())
    }
}
