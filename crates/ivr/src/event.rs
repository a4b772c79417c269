//! What happens to a call.

use core::time::Duration;

use crate::{Key, PlayId};

/// What the engine tells the flow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// The 2xx is being sent: the call begins. The greeting follows 1 s later at the latest.
    Answered,
    /// The first RTP packet of the caller came. The greeting follows 600 ms later (decision 26).
    MediaStarted,
    /// A key was pressed.
    Key(Key),
    /// All of this play was sent out. A play that was stopped never reports.
    Played {
        /// Which.
        play: PlayId,
    },
    /// While recording: the caller begins to speak (debounced by the media). When the recorder
    /// starts or resumes the caller counts as silent, so that the first speech after it is always
    /// reported.
    Spoke,
    /// While recording: the caller falls silent. How long is the flow's business.
    Silent,
    /// The answer to [`StopRecording`](crate::Action::StopRecording), exactly one each.
    Recorded {
        /// The part's length without pauses.
        length: Duration,
        /// The speech in it.
        speech: Duration,
    },
    /// The recorder cannot go on (disk full and such). A `StopRecording` that follows is still
    /// answered by `Recorded`, with what is safely held.
    RecordingFailed,
    /// What was submitted could not be handed in.
    ReportFailed,
    /// The credit was not extended: the call must be over at `at` (decision 21).
    CreditEnds {
        /// The reserved boundary.
        at: Duration,
    },
    /// Credit came after all: forget `CreditEnds`.
    CreditExtended,
    /// The caller left.
    HungUp,
    /// The operator stops linka: save, say goodbye.
    Shutdown,
}
