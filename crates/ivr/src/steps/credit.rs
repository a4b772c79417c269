//! Credit that runs out (rule M11, decision 21).

use core::time::Duration;

use linka_model::PromptKey;

use super::Cue;
use crate::flow::Flow;
use crate::state::{State, Step};
use crate::{Action, Fact, Key, Reason};

/// How long before the reserved boundary the flow hangs up if everything else failed, so that the
/// end of the call is on its way when the media is cut.
const BEFORE_BOUNDARY: Duration = Duration::from_secs(1);

impl Flow {
    pub(crate) fn credit_ends(&mut self, at: Duration, now: Duration) {
        let stop = at.saturating_sub(self.script.limits.closing);
        self.timers.arm(Reason::CreditEnd, at.saturating_sub(BEFORE_BOUNDARY));
        self.timers.arm(Reason::CreditStop, stop);
        self.warn_of_credit(Reason::CreditMinute, stop, self.script.waits.last_minute, now);
        self.warn_of_credit(Reason::CreditSeconds, stop, self.script.waits.last_seconds, now);
        if let Some(back) = self.state.step_before_consent() {
            self.offer_to_record(back, None);
        }
    }

    pub(crate) fn credit_extended(&mut self) {
        self.timers.disarm(Reason::CreditEnd);
        self.timers.disarm(Reason::CreditStop);
        self.timers.disarm(Reason::CreditMinute);
        self.timers.disarm(Reason::CreditSeconds);
    }

    /// A warning that comes too late would name a wrong time: it is left out.
    fn warn_of_credit(&mut self, reason: Reason, stop: Duration, ahead: Duration, now: Duration) {
        self.timers.disarm(reason);
        let at = stop.saturating_sub(ahead);
        if at >= now {
            self.timers.arm(reason, at);
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
