//! Credit that runs out (rule M11, decision 21).

use core::time::Duration;

use linka_model::PromptKey;

use super::{Cue, Recorder};
use crate::flow::Flow;
use crate::state::{State, Step};
use crate::{Action, Fact, Key, Reason};

/// How long before the reserved boundary the flow hangs up if everything else failed, so that the
/// end of the call is on its way when the media is cut.
const BEFORE_BOUNDARY: Duration = Duration::from_secs(1);

impl Flow {
    pub(crate) fn credit_ends(&mut self, at: Duration, now: Duration) {
        let stop = at.saturating_sub(self.script.limits.closing);
        let known = self.timers.when(Reason::CreditStop) == Some(stop);
        self.timers.arm(Reason::CreditEnd, at.saturating_sub(BEFORE_BOUNDARY));
        self.timers.arm(Reason::CreditStop, stop);
        let minute = self.script.waits.last_minute;
        let in_time = self.arm_warning(Reason::CreditMinute, stop, minute, now);
        self.arm_warning(Reason::CreditSeconds, stop, self.script.waits.last_seconds, now);
        if let Some(back) = self.state.step_before_consent() {
            self.end.is_announced(in_time);
            self.offer_to_record(back, None);
        } else if !known {
            self.end.comes(in_time);
            self.tell_of_end(now);
        }
    }

    pub(crate) fn credit_extended(&mut self) {
        self.timers.disarm(Reason::CreditEnd);
        self.timers.disarm(Reason::CreditStop);
        self.timers.disarm(Reason::CreditMinute);
        self.timers.disarm(Reason::CreditSeconds);
        // Where the call's own end is near, what was to be said of it still is.
        if self.timers.is_armed(Reason::CallWarning) {
            self.end.is_off();
        }
    }

    /// A warning that comes too late would name a wrong time: it is left out. True if it comes.
    fn arm_warning(
        &mut self,
        reason: Reason,
        stop: Duration,
        ahead: Duration,
        now: Duration,
    ) -> bool {
        self.timers.disarm(reason);
        let at = stop.saturating_sub(ahead);
        if at >= now {
            self.timers.arm(reason, at);
        }
        at >= now
    }

    /// A warning's time has come. Where nothing is recorded now, the next recording opens with it.
    pub(crate) fn warn_of_end(&mut self, warning: Recorder, now: Duration) {
        if self.state.open_take().is_some() {
            self.end.is_heard();
            self.cue(Cue::Recorder(warning), now);
        } else if warning == Recorder::CallWarning {
            self.end.comes(false);
            self.tell_of_end(now);
        } else {
            self.end.warning_is_missed();
        }
    }

    /// Says at once what is news. Where something else must be said first, the next menu or the
    /// next recording opens with it.
    fn tell_of_end(&mut self, now: Duration) {
        match self.state {
            State::Consent { form, tries } => self.ask_consent(form, tries, None),
            State::Information { back: Step::Consent } => self.ask_consent_last(),
            State::Review { silences } => self.ask_review(silences, None),
            State::Listening => self.ask_review(0, None),
            State::Pen { form } => self.ask_pen(form, None),
            State::CodeMenu { silences } => self.ask_code_menu(silences, None),
            State::Recording(_) | State::Paused { .. } | State::Help { .. } => {
                if self.end.take_missed() {
                    self.cue(Cue::Recorder(Recorder::EndIsNear), now);
                }
            }
            State::Quiet
            | State::Welcome
            | State::Language { .. }
            | State::Hint { .. }
            | State::Information { .. }
            | State::Question { .. }
            | State::Chosen { .. }
            | State::CreditOffer { .. }
            | State::OtherWays
            | State::Preparing { .. }
            | State::Stopping { .. }
            | State::Reading
            | State::Sent
            | State::Closing { .. }
            | State::Over => {}
        }
    }

    fn offer_to_record(&mut self, back: Step, first: Option<PromptKey>) {
        let words = self.prompts(first, &[PromptKey::CreditSoon]);
        self.ask(State::CreditOffer { back }, words);
    }

    /// Who does not want to record now goes on where the offer broke in.
    pub(super) fn credit_offer(&mut self, back: Step, cue: Cue, now: Duration) {
        match cue {
            Cue::Key(Key::D1) => self.record_now(back),
            Cue::Key(Key::Star) => self.offer_to_record(back, None),
            Cue::Key(Key::Hash) | Cue::Waited => self.start(back, None),
            Cue::Key(_) => self.start(back, Some(PromptKey::Invalid)),
            Cue::Played => self.wait(self.script.waits.menu, now),
            Cue::Recorder(_) => {}
        }
    }

    /// Straight to the consent question, in the language that the call has so far.
    fn record_now(&mut self, back: Step) {
        if matches!(back, Step::Welcome | Step::Language) {
            self.actions.push(Action::Note(Fact::Language(self.lang)));
        }
        self.start_consent(None);
    }
}
