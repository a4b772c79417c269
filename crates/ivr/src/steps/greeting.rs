//! S1: the greeting.

use linka_model::PromptKey;

use super::Cue;
use crate::flow::Flow;
use crate::state::State;
use crate::{Name, Utterance};

impl Flow {
    /// Keys that were pressed before anything was said mean nothing.
    pub(super) fn quiet(&mut self, cue: Cue) {
        match cue {
            Cue::Waited => self.start_welcome(),
            Cue::Key(_) | Cue::Played | Cue::Recorder(_) => {}
        }
    }

    pub(super) fn start_welcome(&mut self) {
        let welcome = Utterance::Filled {
            lang: self.lang,
            key: PromptKey::Welcome,
            name: Some(Name::Org),
            key_digit: None,
        };
        self.ask(State::Welcome, vec![welcome]);
    }

    /// Any key goes on and means nothing else.
    pub(super) fn welcome(&mut self, cue: Cue) {
        match cue {
            Cue::Key(_) | Cue::Played => self.start_language(None),
            Cue::Waited | Cue::Recorder(_) => {}
        }
    }
}
