//! S10: the case code. It is read when the report was sent, and on some lines before the recording
//! too (decision 13).

use core::time::Duration;

use linka_model::PromptKey;

use super::Cue;
use crate::flow::Flow;
use crate::state::{Form, State};
use crate::{Action, Fact, Key, Utterance};

impl Flow {
    pub(super) fn start_pen(&mut self) {
        self.ask_pen(Form::Short, None);
    }

    /// Who presses nothing hears the code all the same.
    pub(super) fn pen(&mut self, form: Form, cue: Cue, now: Duration) {
        match cue {
            Cue::Key(Key::D1) | Cue::Waited => self.read_code(),
            Cue::Key(Key::Star) => self.ask_pen(Form::Long, None),
            Cue::Key(Key::Hash) => {
                if self.hush() {
                    self.wait(self.script.waits.pen, now);
                } else {
                    self.read_code();
                }
            }
            Cue::Key(_) => self.ask_pen(form, Some(PromptKey::Invalid)),
            Cue::Played => self.wait(self.script.waits.pen, now),
            Cue::Recorder(_) => {}
        }
    }

    /// Nothing but the keys of the code menu and `*` may break into the digits.
    pub(super) fn reading(&mut self, cue: Cue) {
        match cue {
            Cue::Key(Key::D1 | Key::Star) => self.read_code(),
            Cue::Key(Key::Hash) => self.ask_code_menu(0, None),
            Cue::Played => {
                self.note_code_spoken();
                self.ask_code_menu(0, None);
            }
            Cue::Key(_) | Cue::Waited | Cue::Recorder(_) => {}
        }
    }

    pub(super) fn code_menu(&mut self, silences: u8, cue: Cue, now: Duration) {
        match cue {
            Cue::Key(Key::D1) => self.read_code(),
            Cue::Key(Key::Hash) => self.after_code(),
            Cue::Key(Key::Star) => self.ask_code_menu(silences, None),
            Cue::Key(_) => self.ask_code_menu(silences, Some(PromptKey::Invalid)),
            Cue::Played => self.wait(self.script.waits.code, now),
            Cue::Waited if silences < self.script.limits.repeats => {
                self.ask_code_menu(silences + 1, Some(PromptKey::NoInput));
            }
            Cue::Waited => self.after_code(),
            Cue::Recorder(_) => {}
        }
    }

    pub(super) fn ask_pen(&mut self, form: Form, first: Option<PromptKey>) {
        let key = match form {
            Form::Short => PromptKey::CodeIntroShort,
            Form::Long => PromptKey::CodeIntro,
        };
        let words = self.menu(first, key);
        self.ask(State::Pen { form }, words);
    }

    fn read_code(&mut self) {
        let words = self.code_twice();
        self.ask(State::Reading, words);
    }

    /// The code, and once more.
    pub(super) fn code_twice(&self) -> Vec<Utterance> {
        let read = |key| Utterance::Code { lang: self.lang, key };
        vec![read(PromptKey::CodeIs), read(PromptKey::CodeAgain)]
    }

    pub(super) fn ask_code_menu(&mut self, silences: u8, first: Option<PromptKey>) {
        let words = self.menu(first, PromptKey::CodeMenu);
        self.ask(State::CodeMenu { silences }, words);
    }

    fn after_code(&mut self) {
        if self.report.is_submitted() {
            self.start_sent();
        } else {
            self.prepare_first_part();
        }
    }

    /// Noted once, when the whole code was heard for the first time. A code heard before the
    /// recording is read again in the end: who was not ready to write is then.
    pub(super) fn note_code_spoken(&mut self) {
        if !core::mem::replace(&mut self.code_noted, true) {
            self.actions.push(Action::Note(Fact::CodeSpoken));
        }
        self.code_spoken = self.report.is_submitted();
    }
}
