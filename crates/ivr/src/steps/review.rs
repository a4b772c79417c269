//! S8: the caller decides what becomes of the recording. Silence sends it.

use core::time::Duration;

use linka_model::{Ended, PromptKey};

use super::Cue;
use crate::flow::Flow;
use crate::state::{Limit, State};
use crate::{Action, Key, Utterance};

impl Flow {
    pub(super) fn start_review(&mut self, limit: Option<Limit>) {
        let first = limit.map(|limit| match limit {
            Limit::Part => PromptKey::LimitPart,
            Limit::Total => PromptKey::LimitTotal,
        });
        self.ask_review(0, first);
    }

    pub(super) fn review(&mut self, silences: u8, cue: Cue, now: Duration) {
        match cue {
            Cue::Key(Key::Hash) => self.skip_to_wait(self.script.waits.review, now),
            Cue::Key(key) => self.review_key(silences, key),
            Cue::Played => self.wait(self.script.waits.review, now),
            Cue::Waited if silences < self.script.limits.repeats => {
                self.ask_review(silences + 1, Some(PromptKey::NoInput));
            }
            Cue::Waited => self.send(),
            Cue::Recorder(_) => {}
        }
    }

    /// The menu's keys count while listening too.
    pub(super) fn listening(&mut self, cue: Cue) {
        match cue {
            Cue::Key(Key::Star) => self.play_back(),
            Cue::Key(Key::Hash) | Cue::Played => self.ask_review(0, None),
            Cue::Key(key) => self.review_key(0, key),
            Cue::Waited | Cue::Recorder(_) => {}
        }
    }

    /// A wrong key does not count as silence: it must not send.
    fn review_key(&mut self, silences: u8, key: Key) {
        match key {
            Key::D1 => self.send(),
            Key::D2 => self.play_back(),
            Key::D3 => self.record_anew(),
            Key::D4 if self.has_room() => self.prepare_part(PromptKey::RecordShort, 0),
            Key::D4 => self.ask_review(silences, Some(PromptKey::LimitTotal)),
            Key::Star | Key::Hash => self.ask_review(silences, None),
            Key::D0 | Key::D5 | Key::D6 | Key::D7 | Key::D8 | Key::D9 => {
                self.ask_review(silences, Some(PromptKey::Invalid));
            }
        }
    }

    pub(super) fn ask_review(&mut self, silences: u8, first: Option<PromptKey>) {
        let words = self.menu(first, PromptKey::ReviewMenu);
        self.ask(State::Review { silences }, words);
    }

    fn play_back(&mut self) {
        self.ask(State::Listening, vec![Utterance::PlayBack]);
    }

    /// The last part goes, and with it the tries just before it that were too short. Earlier ones
    /// were confirmed by adding to them.
    fn record_anew(&mut self) {
        self.hush();
        let forgotten = self.report.forget_last();
        self.actions.extend(forgotten.into_iter().map(|part| Action::DiscardPart { part }));
        self.prepare_part(PromptKey::RecordShort, 0);
    }

    fn send(&mut self) {
        self.hush();
        self.submit(Ended::Reviewed);
        self.start_pen();
    }
}
