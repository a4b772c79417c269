//! S6: consent. By key only, never assumed, and noted before anything is recorded.

use core::time::Duration;

use linka_model::{Consent, PromptKey};

use super::Cue;
use crate::flow::Flow;
use crate::state::{Form, State, Step};
use crate::{Action, Fact, Key, Reason};

/// How often each question stays without an answer until the information is heard (decision 26).
const SILENT_ROUNDS: u8 = 2;

impl Flow {
    pub(super) fn start_consent(&mut self, first: Option<PromptKey>) {
        self.ask_consent(Form::Short, 0, first);
    }

    pub(super) fn consent(&mut self, form: Form, tries: u8, cue: Cue, now: Duration) {
        match cue {
            Cue::Key(Key::D1) => self.agree(Consent::Audio, form, Key::D1),
            Cue::Key(Key::D2) if self.script.has_transcriber => {
                self.agree(Consent::Transcript, form, Key::D2);
            }
            Cue::Key(Key::D3) => self.refuse(form, Some(Key::D3)),
            Cue::Key(Key::Star) => {
                if !self.take_back(now) {
                    self.ask_consent(Form::Long, tries, None);
                }
            }
            Cue::Key(Key::Hash) => self.skip_to_wait(self.script.waits.menu, now),
            Cue::Key(_) => self.consent_again(form, tries, PromptKey::Invalid),
            Cue::Played => self.wait(self.script.waits.menu, now),
            Cue::Waited => self.consent_unanswered(form, tries),
            Cue::Recorder(_) => {}
        }
    }

    pub(super) fn ask_consent(&mut self, form: Form, tries: u8, first: Option<PromptKey>) {
        let mut words = self.menu(first, self.consent_prompt(form));
        words.extend(self.hint_repeat_once());
        self.ask(State::Consent { form, tries }, words);
    }

    /// Who has pressed nothing since the category may not know what this line is. Questions before
    /// this one were asked three times by then.
    fn consent_unanswered(&mut self, form: Form, tries: u8) {
        if self.keyless && tries + 1 == SILENT_ROUNDS && SILENT_ROUNDS < self.script.limits.tries {
            self.inform(Step::Consent);
        } else {
            self.consent_again(form, tries, PromptKey::NoInput);
        }
    }

    /// After the information: the try that is left.
    pub(super) fn ask_consent_last(&mut self) {
        self.ask_consent(Form::Long, SILENT_ROUNDS, None);
    }

    /// No answer after all tries is a refusal.
    fn consent_again(&mut self, form: Form, tries: u8, first: PromptKey) {
        if tries + 1 < self.script.limits.tries {
            self.ask_consent(Form::Long, tries + 1, Some(first));
        } else {
            self.refuse(form, None);
        }
    }

    fn agree(&mut self, consent: Consent, form: Form, key: Key) {
        self.note_consent(consent, form, Some(key));
        // Where the credit is ending already, the time that is left belongs to the caller.
        if self.script.code_first && !self.timers.is_armed(Reason::CreditStop) {
            self.start_pen();
        } else {
            self.prepare_first_part();
        }
    }

    fn refuse(&mut self, form: Form, key: Option<Key>) {
        self.note_consent(Consent::None, form, key);
        self.say_other_ways(Some(PromptKey::ConsentNone));
    }

    fn note_consent(&mut self, consent: Consent, form: Form, key: Option<Key>) {
        let (lang, prompt) = (self.lang, self.consent_prompt(form));
        self.actions.push(Action::Note(Fact::Consent { consent, lang, key, prompt }));
    }

    fn consent_prompt(&self, form: Form) -> PromptKey {
        match (self.script.has_transcriber, form) {
            (false, Form::Short) => PromptKey::ConsentTwoShort,
            (false, Form::Long) => PromptKey::ConsentTwoAsk,
            (true, Form::Short) => PromptKey::ConsentShort,
            (true, Form::Long) => PromptKey::ConsentAsk,
        }
    }
}
