//! The timers of a call: a closed list of reasons, each armed at most once.

use core::time::Duration;

/// When to do what.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Deadline {
    /// The instant.
    pub at: Duration,
    /// When this fires, it is time to …
    pub reason: Reason,
}

/// It is time to …
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// … hang up: the reserved boundary is here.
    CreditEnd,
    /// … hang up: the call has reached its length.
    CallEnd,
    /// … stop what goes on so that the short ending fits before the reserved boundary.
    CreditStop,
    /// … stop what goes on so that the short ending fits into the call's length.
    CallStop,
    /// … greet the caller.
    Greet,
    /// … go on without an answer.
    NoAnswer,
    /// … remind a caller who has paused.
    PauseLasts,
    /// … ask whether the caller is still there.
    StillThere,
    /// … end a recording in which nobody speaks.
    SilenceLasts,
    /// … say that the part ends soon.
    PartWarning,
    /// … end the part.
    PartLimit,
    /// … stop waiting for the recorder.
    RecorderOverdue,
    /// … hang up after the farewell.
    Goodbye,
    /// … say that one minute of credit is left.
    CreditMinute,
    /// … say that fifteen seconds of credit are left.
    CreditSeconds,
    /// … say that the call ends soon.
    CallWarning,
}

impl Reason {
    /// Whether the timer belongs to the call rather than to the step that it is in.
    const fn of_call(self) -> bool {
        match self {
            Self::CreditEnd
            | Self::CallEnd
            | Self::CreditStop
            | Self::CallStop
            | Self::CreditMinute
            | Self::CreditSeconds
            | Self::CallWarning => true,
            Self::Greet
            | Self::NoAnswer
            | Self::PauseLasts
            | Self::StillThere
            | Self::SilenceLasts
            | Self::PartWarning
            | Self::PartLimit
            | Self::RecorderOverdue
            | Self::Goodbye => false,
        }
    }
}

/// The armed timers, at most one per reason.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timers(Vec<Deadline>);

impl Timers {
    /// Arms or moves a timer.
    pub(crate) fn arm(&mut self, reason: Reason, at: Duration) {
        self.disarm(reason);
        self.0.push(Deadline { at, reason });
    }

    /// Arms a timer, or moves it if that makes it fire earlier.
    pub(crate) fn arm_earlier(&mut self, reason: Reason, at: Duration) {
        let armed = self.0.iter().find(|armed| armed.reason == reason);
        if armed.is_none_or(|armed| at < armed.at) {
            self.arm(reason, at);
        }
    }

    /// Forgets a timer.
    pub(crate) fn disarm(&mut self, reason: Reason) {
        self.0.retain(|armed| armed.reason != reason);
    }

    /// Forgets the timers of the step; those of the call stay.
    pub(crate) fn leave_step(&mut self) {
        self.0.retain(|armed| armed.reason.of_call());
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// When the timer fires, if it runs.
    pub(crate) fn when(&self, reason: Reason) -> Option<Duration> {
        self.0.iter().find(|armed| armed.reason == reason).map(|armed| armed.at)
    }

    /// Whether the timer runs.
    pub(crate) fn is_armed(&self, reason: Reason) -> bool {
        self.when(reason).is_some()
    }

    /// The next to fire; of several at one instant the one that comes first in [`Reason`].
    pub(crate) fn next(&self) -> Option<Deadline> {
        self.0.iter().copied().min()
    }

    /// Takes the next one out if its time has come.
    pub(crate) fn pop_due(&mut self, now: Duration) -> Option<Reason> {
        let due = self.next().filter(|next| next.at <= now)?;
        self.disarm(due.reason);
        Some(due.reason)
    }
}
