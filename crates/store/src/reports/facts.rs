//! What is written down beside a recording.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use linka_metering::calendar;
use linka_model::{Consent, Ended, Lang, LineId, ReportId};
use serde::{Deserialize, Serialize};

use crate::CodeHash;
use crate::durable::sync_folder;

/// The largest facts file that is read, in bytes.
const FACTS_MAX: u64 = 64 * 1024;

/// What is known of a report. Nothing of it is the caller's number, name or address, and its time
/// is the day alone (C6).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The line that was called.
    pub line: LineId,
    /// Its name at the time.
    pub line_name: String,
    /// The language that the caller chose.
    pub language: Lang,
    /// The category that the caller chose.
    pub category: Option<String>,
    /// The part of the organisation that the report is for.
    pub unit: Option<String>,
    /// The look-up form of the case code.
    pub case_code: Option<CodeHash>,
    /// What the caller agreed to.
    pub consent: ConsentFacts,
    /// The day, in UTC: `2026-01-31`.
    pub day: String,
}

/// The proof of a consent: what was asked, in which words, and what was answered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentFacts {
    /// What the answer means.
    pub answer: Consent,
    /// The language of the question.
    pub language: Lang,
    /// The prompt that asked.
    pub prompt: String,
    /// The version of the prompts.
    pub prompt_version: String,
    /// The key that was pressed; `None` where there was no answer.
    pub key: Option<char>,
}

/// Where a report stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportState {
    /// The caller is speaking, or linka died while they were.
    Recording,
    /// See [`Ended::Reviewed`].
    Reviewed,
    /// See [`Ended::Unreviewed`].
    Unreviewed,
    /// See [`Ended::Interrupted`].
    Interrupted,
}

/// The facts file of a report.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Its identity, which is also the name of its folder.
    pub id: ReportId,
    /// Where it stands.
    pub state: ReportState,
    /// Whole seconds of audio; a second begun counts. 0 while it is recorded.
    pub seconds: u32,
    /// What is known of it.
    pub facts: Facts,
}

impl From<Ended> for ReportState {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Reviewed => Self::Reviewed,
            Ended::Unreviewed => Self::Unreviewed,
            Ended::Interrupted => Self::Interrupted,
        }
    }
}

impl ReportState {
    /// As it is written in files and shown to people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Reviewed => Ended::Reviewed.as_str(),
            Self::Unreviewed => Ended::Unreviewed.as_str(),
            Self::Interrupted => Ended::Interrupted.as_str(),
        }
    }
}

impl Report {
    /// The start of its day in milliseconds since 1970: the time that its files bear.
    pub(super) fn day_ms(&self) -> i64 {
        calendar::parse_utc(&self.facts.day).unwrap_or(0)
    }

    /// Reads the facts file of a folder.
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        let path = folder.join("facts.json");
        if fs::metadata(&path)?.len() > FACTS_MAX {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        Ok(serde_json::from_slice(&fs::read(path)?)?)
    }

    /// Writes the facts file of a folder: the old one stands until the new one is whole on disk.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self)?;
        let unfinished = folder.join("facts.json.new");
        let mut options = OpenOptions::new();
        let mut file =
            options.write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&unfinished, folder.join("facts.json"))?;
        sync_folder(folder)
    }
}
