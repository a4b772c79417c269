//! S6n, S11 and every other way out.

use core::time::Duration;

use linka_model::{EndReason, Ended, PromptKey};

use super::Cue;
use crate::flow::Flow;
use crate::state::{After, Cut, Leave, State};
use crate::{Action, Key, Reason, Utterance};

impl Flow {
    /// S6n: nothing is recorded; what else the caller can do.
    pub(super) fn say_other_ways(&mut self, first: Option<PromptKey>) {
        let words = self.prompts(first, &[PromptKey::InfoChannels]);
        self.ask(State::OtherWays, words);
    }

    pub(super) fn other_ways(&mut self, cue: Cue) {
        match cue {
            Cue::Key(Key::Star) => self.say_other_ways(None),
            Cue::Key(Key::Hash) | Cue::Played => self.say_farewell(),
            Cue::Key(_) | Cue::Waited | Cue::Recorder(_) => {}
        }
    }

    /// S11: the receipt.
    pub(super) fn start_sent(&mut self) {
        let words = self.prompts(None, &[PromptKey::Sent, self.script.next_steps]);
        self.ask(State::Sent, words);
    }

    pub(super) fn sent(&mut self, cue: Cue) {
        match cue {
            Cue::Key(Key::Star) => self.start_sent(),
            Cue::Key(Key::Hash) | Cue::Played => self.say_farewell(),
            Cue::Key(_) | Cue::Waited | Cue::Recorder(_) => {}
        }
    }

    fn say_farewell(&mut self) {
        let words = self.prompts(None, &[PromptKey::Farewell]);
        self.close(EndReason::Completed, false, words);
    }

    fn close(&mut self, reason: EndReason, speaks_code: bool, words: Vec<Utterance>) {
        self.ask(State::Closing { reason, speaks_code }, words);
    }

    pub(super) fn closing(
        &mut self,
        reason: EndReason,
        speaks_code: bool,
        cue: Cue,
        now: Duration,
    ) {
        match cue {
            Cue::Played => {
                if speaks_code {
                    self.note_code_spoken();
                }
                self.wait_for_goodbye(now);
            }
            Cue::Key(Key::Hash) if !speaks_code => {
                if self.hush() {
                    self.wait_for_goodbye(now);
                }
            }
            Cue::Waited => self.hang_up(reason),
            Cue::Key(_) | Cue::Recorder(_) => {}
        }
    }

    fn wait_for_goodbye(&mut self, now: Duration) {
        let at = now.saturating_add(self.script.waits.goodbye);
        self.timers.arm(Reason::Goodbye, at);
    }

    fn hang_up(&mut self, reason: EndReason) {
        self.hush();
        self.actions.push(Action::HangUp(reason));
        self.finish();
    }

    /// Cuts the journey short, unless it is ending anyway.
    pub(crate) fn cut(&mut self, cut: Cut, now: Duration) {
        if let Some(take) = self.state.open_take() {
            self.stop_recording(take, After::Cut(cut), now);
        } else if let State::Stopping { take, then } = self.state {
            self.state = State::Stopping { take, then: then.with_cut(cut) };
        } else if !self.is_ending() {
            self.close_short(cut);
        }
    }

    const fn is_ending(&self) -> bool {
        matches!(self.state, State::OtherWays | State::Sent | State::Closing { .. } | State::Over)
    }

    /// The short ending (decision 21): what was recorded is handed in, the code is read without
    /// waiting for a pen, and goodbye.
    pub(super) fn close_short(&mut self, cut: Cut) {
        self.hush();
        let handed_in = self.submit(Ended::Interrupted);
        let mut words = self.prompts(cut.first_words(handed_in), &[]);
        let submitted = self.report.is_submitted();
        let speaks_code = submitted && !self.code_spoken;
        if speaks_code {
            words.extend(self.code_twice());
        }
        if submitted {
            words.push(self.prompt(PromptKey::Sent));
        }
        words.push(self.prompt(PromptKey::Farewell));
        self.close(cut.end_reason(), speaks_code, words);
    }

    /// The recorder cannot go on. Between consent and handing in that is the end: nobody shall speak
    /// into a line that keeps nothing.
    pub(crate) fn recording_failed(&mut self, now: Duration) {
        if self.state.needs_recorder() && !self.report.is_submitted() {
            self.cut(Cut::Fault, now);
        }
    }

    /// The report could not be handed in: no receipt and no code may be promised.
    pub(crate) fn report_failed(&mut self) {
        let told = State::Closing { reason: EndReason::Fault, speaks_code: false };
        if self.report.is_submitted() && self.state != told {
            let words = self.prompts(None, &[PromptKey::NotSaved, PromptKey::Farewell]);
            self.close(EndReason::Fault, false, words);
        }
    }

    /// Ends the call at once, without a word.
    pub(crate) fn leave(&mut self, leave: Leave, now: Duration) {
        if let Some(take) = self.state.open_take() {
            self.stop_recording(take, After::Leave(leave), now);
        } else if let State::Stopping { take, then } = self.state {
            self.state = State::Stopping { take, then: then.with_leave(leave) };
        } else {
            self.leave_now(leave);
        }
    }

    pub(super) fn leave_now(&mut self, leave: Leave) {
        let (ended, reason) = match leave {
            Leave::Stars => (self.as_it_stands(), EndReason::Completed),
            Leave::CallEnd => (Ended::Interrupted, EndReason::Completed),
            Leave::CreditEnd => (Ended::Interrupted, EndReason::CreditExhausted),
        };
        self.submit(ended);
        self.hang_up(reason);
    }

    /// What becomes of a report whose caller leaves now: from the review on it counts as sent.
    pub(crate) const fn as_it_stands(&self) -> Ended {
        if matches!(self.state, State::Review { .. } | State::Listening) {
            Ended::Reviewed
        } else {
            Ended::Unreviewed
        }
    }
}

impl Cut {
    /// What opens the short ending. "Saved" is said only of what was handed in just now.
    const fn first_words(self, handed_in: bool) -> Option<PromptKey> {
        match (self, handed_in) {
            (Self::Fault | Self::Shutdown, true) => Some(PromptKey::SystemError),
            (Self::Fault, false) => Some(PromptKey::NotSaved),
            (Self::CallLength, _) => Some(PromptKey::LimitCall),
            (Self::Credit, _) | (Self::Shutdown, false) => None,
        }
    }

    const fn end_reason(self) -> EndReason {
        match self {
            Self::Credit => EndReason::CreditExhausted,
            Self::CallLength => EndReason::Completed,
            Self::Fault => EndReason::Fault,
            Self::Shutdown => EndReason::Shutdown,
        }
    }
}

impl After {
    const fn with_cut(self, cut: Cut) -> Self {
        match self {
            Self::Review { .. } | Self::Cut(_) => Self::Cut(cut),
            Self::Leave(leave) => Self::Leave(leave),
            Self::Gone => Self::Gone,
        }
    }

    const fn with_leave(self, leave: Leave) -> Self {
        match self {
            Self::Review { .. } | Self::Cut(_) | Self::Leave(_) => Self::Leave(leave),
            Self::Gone => Self::Gone,
        }
    }
}
