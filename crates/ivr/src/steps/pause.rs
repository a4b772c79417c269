//! S7: the recording stands still, because the caller paused it or asked for help.

use core::time::Duration;

use linka_model::PromptKey;

use super::{Cue, Recorder};
use crate::flow::Flow;
use crate::state::{State, Take};
use crate::{Action, Key, Reason, Utterance};

impl Flow {
    /// Key 1 while recording.
    pub(super) fn pause(&mut self, take: Take, now: Duration) {
        self.actions.push(Action::PauseRecording);
        self.say_paused(take.paused(now), 0);
    }

    pub(super) fn paused(&mut self, take: Take, reminders: u8, cue: Cue, now: Duration) {
        match cue {
            Cue::Key(Key::D1) => self.resume(take, now),
            Cue::Key(Key::Hash) => self.end_part(take, None, now),
            Cue::Key(Key::Star) => self.say_paused(take, reminders),
            Cue::Key(_) => {}
            Cue::Played => {
                let at = now.saturating_add(self.script.waits.pause);
                self.timers.arm(Reason::PauseLasts, at);
            }
            Cue::Waited if reminders < self.script.limits.repeats => {
                self.say_paused(take, reminders + 1);
            }
            Cue::Waited => self.end_part(take, None, now),
            Cue::Recorder(recorder) => {
                if let Some(key) = recorder.last_words() {
                    self.warn(key);
                }
            }
        }
    }

    /// `*` while recording.
    pub(super) fn help_out(&mut self, take: Take, now: Duration) {
        self.actions.push(Action::PauseRecording);
        self.say_help(take.paused(now));
    }

    /// `#` skips to the tone; the recording goes on after it.
    pub(super) fn help(&mut self, take: Take, tone_only: bool, cue: Cue, now: Duration) {
        match cue {
            Cue::Key(Key::D1) => self.say_paused(take, 0),
            Cue::Key(Key::Star) => self.say_help(take),
            Cue::Key(Key::Hash) if !tone_only => {
                self.ask(State::Help { take, tone_only: true }, vec![Utterance::Tone]);
            }
            Cue::Played => self.resume(take, now),
            Cue::Key(_) | Cue::Waited => {}
            Cue::Recorder(recorder) => {
                if let Some(key) = recorder.last_words() {
                    self.speak(vec![Utterance::ShortTone, self.prompt(key), Utterance::Tone]);
                }
            }
        }
    }

    fn resume(&mut self, take: Take, now: Duration) {
        self.hush();
        self.actions.push(Action::ResumeRecording);
        self.listen_in(take.resumed(now), now);
    }

    fn say_paused(&mut self, take: Take, reminders: u8) {
        let words = vec![self.prompt(PromptKey::RecordPaused)];
        self.ask(State::Paused { take, reminders }, words);
    }

    fn say_help(&mut self, take: Take) {
        let words = vec![self.prompt(PromptKey::RecordInstr), Utterance::Tone];
        self.ask(State::Help { take, tone_only: false }, words);
    }
}

impl Recorder {
    /// What is said about the time that is left, also while the recording stands still.
    const fn last_words(self) -> Option<PromptKey> {
        match self {
            Self::CreditMinute => Some(PromptKey::CreditMinute),
            Self::CreditSeconds => Some(PromptKey::CreditSeconds),
            Self::CallWarning | Self::EndIsNear => Some(PromptKey::LimitCall),
            Self::Spoke
            | Self::Silent
            | Self::StillThere
            | Self::SilenceLasts
            | Self::PartWarning
            | Self::PartLimit
            | Self::Holds { .. } => None,
        }
    }
}
