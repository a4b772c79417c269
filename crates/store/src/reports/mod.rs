//! Reports of callers: a folder each, beside the database and without it.
//!
//! A report is `recording.wav` (8 kHz, 16 bit, mono) and `facts.json`. It is written while the
//! caller speaks and is readable after a crash at any point, but for the last second. Names are
//! random, and the times of files say no more than the day (C6, P9).

mod facts;
mod folder;
mod repair;
mod wav;
mod writer;

pub use facts::{ConsentFacts, Facts, Report, ReportState};
pub use folder::{Folder, Repaired, ReportListing};
pub use writer::{ReportWriter, SAMPLE_RATE, SAMPLES_MAX};
