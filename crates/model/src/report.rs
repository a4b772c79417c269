//! What a caller leaves behind.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Names a report. Random; says nothing of call, caller or time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReportId(pub Uuid);

/// What the caller agreed to, by key. There is no default (Directive (EU) 2019/1937, Art. 18).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// Key 1: the recording may be kept.
    Audio,
    /// Key 2: a transcript may be kept, the recording is deleted after it. Only with a transcriber.
    Transcript,
    /// Key 3, or no answer after all tries: nothing is recorded.
    None,
}

/// How a report came to its end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The caller reached the review and sent it (or let it be sent by silence).
    Reviewed,
    /// The caller hung up before the review; it was handed in as it stood.
    Unreviewed,
    /// linka or the credit stopped it in the middle.
    Interrupted,
}

impl Ended {
    /// As it is written in files and shown to people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reviewed => "reviewed",
            Self::Unreviewed => "unreviewed",
            Self::Interrupted => "interrupted",
        }
    }
}

impl Consent {
    /// As it is written in files and shown to people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Transcript => "transcript",
            Self::None => "none",
        }
    }
}
