//! Calls.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Names a call. Made by us at random: nothing of the trunk's Call-ID is in it (rule C2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(pub Uuid);

/// Why an answered call ended (rule M4).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The caller hung up.
    CallerHungUp,
    /// The journey came to its end and linka hung up.
    Completed,
    /// The credit was used up.
    CreditExhausted,
    /// Neither ACK nor media ever came: nothing is charged (M3).
    NeverConfirmed,
    /// No media for the media time-out.
    MediaTimeout,
    /// linka was stopped by its operator.
    Shutdown,
    /// linka died; settled at the last proof (M13).
    Crash,
    /// Something of ours failed during the call.
    Fault,
}

impl EndReason {
    /// As it is written in files and columns.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CallerHungUp => "caller_hung_up",
            Self::Completed => "completed",
            Self::CreditExhausted => "credit_exhausted",
            Self::NeverConfirmed => "never_confirmed",
            Self::MediaTimeout => "media_timeout",
            Self::Shutdown => "shutdown",
            Self::Crash => "crash",
            Self::Fault => "fault",
        }
    }
}
