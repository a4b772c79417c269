//! S3: what the line is, and the keys there are.

use linka_model::PromptKey;

use super::Cue;
use crate::Key;
use crate::flow::Flow;
use crate::state::{Form, State, Topic};

impl Flow {
    pub(super) fn start_hint(&mut self, first: Option<PromptKey>) {
        self.say_hint(Form::Short, 0, first);
    }

    /// There is no wait: who presses nothing makes a report.
    pub(super) fn hint(&mut self, form: Form, wrong: u8, cue: Cue) {
        match cue {
            Cue::Key(Key::D1 | Key::Hash) | Cue::Played => self.leave_hint(),
            Cue::Key(Key::D4) => self.inform(),
            Cue::Key(Key::D9) if self.has_languages() => self.start_language(None),
            Cue::Key(Key::Star) => self.say_hint(Form::Long, wrong, None),
            Cue::Key(_) => self.wrong_key_at_hint(form, wrong),
            Cue::Waited | Cue::Recorder(_) => {}
        }
    }

    /// The keys of the hint count here too; `#` and the end lead back to it.
    pub(super) fn information(&mut self, cue: Cue) {
        match cue {
            Cue::Key(Key::Hash) | Cue::Played => self.start_hint(None),
            Cue::Key(Key::Star | Key::D4) => self.inform(),
            Cue::Key(_) => self.hint(Form::Short, 0, cue),
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

    fn inform(&mut self) {
        let keys = [PromptKey::InfoHow, PromptKey::Notice, PromptKey::InfoChannels];
        let words = self.prompts(None, &keys);
        self.ask(State::Information, words);
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
