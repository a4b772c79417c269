//! S3: what the line is, and the keys there are.

use linka_model::PromptKey;

use super::Cue;
use crate::Key;
use crate::flow::Flow;
use crate::state::{Form, State, Step, Topic};

impl Flow {
    pub(super) fn start_hint(&mut self, first: Option<PromptKey>) {
        self.say_hint(Form::Short, 0, first);
    }

    /// There is no wait: who presses nothing makes a report.
    pub(super) fn hint(&mut self, form: Form, wrong: u8, cue: Cue) {
        match cue {
            Cue::Key(Key::D1 | Key::Hash) | Cue::Played => self.leave_hint(),
            Cue::Key(Key::D4) => self.inform(Step::Hint),
            Cue::Key(Key::D9) if self.has_languages() => self.start_language(None),
            Cue::Key(Key::Star) => self.say_hint(Form::Long, wrong, None),
            Cue::Key(_) => self.wrong_key_at_hint(form, wrong),
            Cue::Waited | Cue::Recorder(_) => {}
        }
    }

    /// `#` and the end lead back. The hint's keys count here too; those of the consent question do
    /// not, as consent is an answer to a question that was just heard.
    pub(super) fn information(&mut self, back: Step, cue: Cue) {
        match cue {
            Cue::Key(Key::Star | Key::D4) => self.inform(back),
            Cue::Key(Key::Hash) | Cue::Played if back == Step::Hint => self.start_hint(None),
            Cue::Key(_) if back == Step::Hint => self.hint(Form::Short, 0, cue),
            Cue::Key(_) | Cue::Played => self.ask_consent_last(),
            Cue::Waited | Cue::Recorder(_) => {}
        }
    }

    /// The short hint opens with its key and closes with the notice, so that there is time to
    /// press before the next menu speaks.
    fn say_hint(&mut self, form: Form, wrong: u8, first: Option<PromptKey>) {
        let mut keys = match form {
            Form::Short => vec![PromptKey::InfoHint, PromptKey::NoticeShort],
            Form::Long => vec![PromptKey::Notice, PromptKey::MainNew, PromptKey::MainInfo],
        };
        if form == Form::Long && self.has_languages() {
            keys.push(PromptKey::MainLanguage);
        }
        let words = self.prompts(first, &keys);
        self.ask(State::Hint { form, wrong }, words);
    }

    pub(super) fn inform(&mut self, back: Step) {
        let keys = [PromptKey::InfoHow, PromptKey::Notice, PromptKey::InfoChannels];
        let words = self.prompts(None, &keys);
        self.ask(State::Information { back }, words);
    }

    fn wrong_key_at_hint(&mut self, form: Form, wrong: u8) {
        if wrong + 1 < self.script.limits.tries {
            self.say_hint(form, wrong + 1, Some(PromptKey::Invalid));
        } else {
            self.leave_hint();
        }
    }

    fn leave_hint(&mut self) {
        self.start_question(Topic::Category, None);
    }
}
