//! Where in the journey a caller is.

use core::time::Duration;

use linka_model::EndReason;

/// A step of the journey with what only it needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// S1: answered, nothing said yet.
    Quiet,
    /// S1: the greeting.
    Welcome,
    /// S2: which language?
    Language { page: usize, tries: u8 },
    /// S3: notice and the keys there are.
    Hint { form: Form, wrong: u8 },
    /// S3: key 4. S6: for a caller who presses nothing at all.
    Information { back: Step },
    /// S4 and S5: one of several options.
    Question { topic: Topic, page: usize, tries: u8 },
    /// S4 and S5: the choice is read back.
    Chosen { topic: Topic },
    /// Before consent: the credit ends, record now?
    CreditOffer { back: Step },
    /// S6: may we record?
    Consent { form: Form, tries: u8 },
    /// S6n, and after too many empty recordings: the other ways to report.
    OtherWays,
    /// S7: what to do after the tone, and the tone.
    Preparing { empties: u8, tone_only: bool },
    /// S7: the recorder runs.
    Recording(Take),
    /// S7: the caller paused.
    Paused { take: Take, reminders: u8 },
    /// S7: the caller asked for help; paused meanwhile.
    Help { take: Take, tone_only: bool },
    /// S7: waiting for what the part holds.
    Stopping { take: Take, then: After },
    /// S8: send, listen, again, more?
    Review { silences: u8 },
    /// S8: the recording is played back.
    Listening,
    /// S10: take a pen.
    Pen { form: Form },
    /// S10: the code is read twice.
    Reading,
    /// S10: again or on?
    CodeMenu { silences: u8 },
    /// S11: receipt and next steps.
    Sent,
    /// S11: the last words; with the code among them where time is short.
    Closing { reason: EndReason, speaks_code: bool },
    /// Nothing is left to do.
    Over,
}

/// How much is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// The first time.
    Short,
    /// On `*`, or on a later try.
    Long,
}

/// What a question is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Topic {
    Category,
    Unit,
}

/// A step before the recording that can be started anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    Welcome,
    Language,
    Hint,
    Question(Topic),
    Consent,
}

/// A part that is being recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Take {
    /// Its number.
    pub(crate) part: u32,
    /// How many recordings before it were empty.
    pub(crate) empties: u8,
    /// Its length up to the last pause.
    pub(crate) held: Duration,
    /// When the recorder was started or resumed; `None` while it is paused.
    pub(crate) since: Option<Duration>,
    /// How often "are you still there" was asked.
    pub(crate) still_there: u8,
}

impl Take {
    /// The part's length at `now`.
    pub(crate) fn length(self, now: Duration) -> Duration {
        let running = self.since.map_or(Duration::ZERO, |since| now.saturating_sub(since));
        self.held.saturating_add(running)
    }

    /// The part as it is when the recorder pauses at `now`.
    pub(crate) fn paused(self, now: Duration) -> Self {
        Self { held: self.length(now), since: None, ..self }
    }

    /// The part as it is when the recorder goes on at `now`.
    pub(crate) fn resumed(self, now: Duration) -> Self {
        Self { since: Some(now), ..self }
    }
}

/// What follows when the recorder has said what a part holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum After {
    /// The review, opened by a sentence that says why the recording ended.
    Review { limit: Option<Limit> },
    /// The short ending.
    Cut(Cut),
    /// The end of the call, without a word.
    Leave(Leave),
    /// Nothing: the caller is gone.
    Gone,
}

/// A limit that ended a part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Limit {
    Part,
    Total,
}

/// Why the journey is cut short.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cut {
    Credit,
    CallLength,
    Fault,
    Shutdown,
}

/// Why the call ends at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Leave {
    /// `**`
    Stars,
    /// The reserved boundary is here.
    CreditEnd,
    /// The call has reached its length.
    CallEnd,
}

impl State {
    /// A name for logs and tests; says nothing of the caller.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::Welcome => "welcome",
            Self::Language { .. } => "language",
            Self::Hint { .. } => "hint",
            Self::Information { .. } => "information",
            Self::Question { topic: Topic::Category, .. } => "category",
            Self::Question { topic: Topic::Unit, .. } => "unit",
            Self::Chosen { topic: Topic::Category } => "category_chosen",
            Self::Chosen { topic: Topic::Unit } => "unit_chosen",
            Self::CreditOffer { .. } => "credit_offer",
            Self::Consent { .. } => "consent",
            Self::OtherWays => "other_ways",
            Self::Preparing { .. } => "preparing",
            Self::Recording(_) => "recording",
            Self::Paused { .. } => "paused",
            Self::Help { .. } => "help",
            Self::Stopping { .. } => "stopping",
            Self::Review { .. } => "review",
            Self::Listening => "listening",
            Self::Pen { .. } => "pen",
            Self::Reading => "reading",
            Self::CodeMenu { .. } => "code_menu",
            Self::Sent => "sent",
            Self::Closing { .. } => "closing",
            Self::Over => "over",
        }
    }

    /// The part that the recorder holds open, running or paused.
    pub(crate) const fn open_take(&self) -> Option<Take> {
        match self {
            Self::Recording(take) | Self::Paused { take, .. } | Self::Help { take, .. } => {
                Some(*take)
            }
            Self::Quiet
            | Self::Welcome
            | Self::Language { .. }
            | Self::Hint { .. }
            | Self::Information { .. }
            | Self::Question { .. }
            | Self::Chosen { .. }
            | Self::CreditOffer { .. }
            | Self::Consent { .. }
            | Self::OtherWays
            | Self::Preparing { .. }
            | Self::Stopping { .. }
            | Self::Review { .. }
            | Self::Listening
            | Self::Pen { .. }
            | Self::Reading
            | Self::CodeMenu { .. }
            | Self::Sent
            | Self::Closing { .. }
            | Self::Over => None,
        }
    }

    /// From consent to the last decision about the recording: what a broken recorder would make
    /// pointless. The code may be read before the recording as well.
    pub(crate) const fn needs_recorder(&self) -> bool {
        match self {
            Self::Preparing { .. }
            | Self::Recording(_)
            | Self::Paused { .. }
            | Self::Help { .. }
            | Self::Stopping { .. }
            | Self::Review { .. }
            | Self::Listening
            | Self::Pen { .. }
            | Self::Reading
            | Self::CodeMenu { .. } => true,
            Self::Quiet
            | Self::Welcome
            | Self::Language { .. }
            | Self::Hint { .. }
            | Self::Information { .. }
            | Self::Question { .. }
            | Self::Chosen { .. }
            | Self::CreditOffer { .. }
            | Self::Consent { .. }
            | Self::OtherWays
            | Self::Sent
            | Self::Closing { .. }
            | Self::Over => false,
        }
    }

    /// The step to come back to after an offer to record now; `None` where that offer makes no
    /// sense (from the consent question on).
    pub(crate) const fn step_before_consent(&self) -> Option<Step> {
        match self {
            Self::Quiet => Some(Step::Welcome),
            Self::Welcome | Self::Language { .. } => Some(Step::Language),
            Self::Hint { .. } | Self::Information { back: Step::Hint } => Some(Step::Hint),
            Self::Question { topic, .. } => Some(Step::Question(*topic)),
            Self::Chosen { topic: Topic::Category } => Some(Step::Question(Topic::Unit)),
            Self::Chosen { topic: Topic::Unit } => Some(Step::Consent),
            Self::CreditOffer { .. }
            | Self::Information { .. }
            | Self::Consent { .. }
            | Self::OtherWays
            | Self::Preparing { .. }
            | Self::Recording(_)
            | Self::Paused { .. }
            | Self::Help { .. }
            | Self::Stopping { .. }
            | Self::Review { .. }
            | Self::Listening
            | Self::Pen { .. }
            | Self::Reading
            | Self::CodeMenu { .. }
            | Self::Sent
            | Self::Closing { .. }
            | Self::Over => None,
        }
    }
}
