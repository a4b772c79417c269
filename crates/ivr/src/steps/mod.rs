//! The steps of the journey, a file each, and what they share: how to speak, wait and repeat.

mod code;
mod consent;
mod credit;
mod ending;
mod greeting;
mod hint;
mod language;
mod pause;
mod question;
mod recording;
mod review;
mod stopping;

use core::time::Duration;

use linka_model::PromptKey;

use crate::flow::Flow;
use crate::state::{State, Step};
use crate::{Action, Key, PlayId, Reason, Utterance};

/// What a step is told. Everything that means the same in all steps has been dealt with before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cue {
    /// A key, but not the second star that leaves.
    Key(Key),
    /// What the step was saying has been said.
    Played,
    /// The step's wait is over.
    Waited,
    /// Something about the recording.
    Recorder(Recorder),
}

/// What only the steps around the recorder care about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Recorder {
    Spoke,
    Silent,
    StillThere,
    SilenceLasts,
    PartWarning,
    PartLimit,
    CreditMinute,
    CreditSeconds,
    CallWarning,
    /// A warning came while nothing was recorded.
    EndIsNear,
    Holds {
        length: Duration,
        speech: Duration,
    },
}

impl Flow {
    /// Hands a cue to the step.
    pub(crate) fn cue(&mut self, cue: Cue, now: Duration) {
        match self.state {
            State::Quiet => self.quiet(cue),
            State::Welcome => self.welcome(cue),
            State::Language { page, tries } => self.language(page, tries, cue, now),
            State::Hint { form, wrong } => self.hint(form, wrong, cue),
            State::Information { back } => self.information(back, cue),
            State::Question { topic, page, tries } => self.question(topic, page, tries, cue, now),
            State::Chosen { topic } => self.chosen(topic, cue, now),
            State::CreditOffer { back } => self.credit_offer(back, cue, now),
            State::Consent { form, tries } => self.consent(form, tries, cue, now),
            State::OtherWays => self.other_ways(cue),
            State::Preparing { empties, tone_only } => {
                self.preparing(empties, tone_only, cue, now);
            }
            State::Recording(take) => self.recording(take, cue, now),
            State::Paused { take, reminders } => self.paused(take, reminders, cue, now),
            State::Help { take, tone_only } => self.help(take, tone_only, cue, now),
            State::Stopping { take, then } => self.stopping(take, then, cue),
            State::Review { silences } => self.review(silences, cue, now),
            State::Listening => self.listening(cue),
            State::Pen { form } => self.pen(form, cue, now),
            State::Reading => self.reading(cue),
            State::CodeMenu { silences } => self.code_menu(silences, cue, now),
            State::Sent => self.sent(cue),
            State::Closing { reason, speaks_code } => {
                self.closing(reason, speaks_code, cue, now);
            }
            State::Over => {}
        }
    }

    /// Starts a step that comes before the recording.
    pub(crate) fn start(&mut self, step: Step, first: Option<PromptKey>) {
        match step {
            Step::Welcome => self.start_welcome(),
            Step::Language => self.start_language(first),
            Step::Hint => self.start_hint(first),
            Step::Question(topic) => self.start_question(topic, first),
            Step::Consent => self.start_consent(first),
        }
    }

    /// Changes the state; the timers of the old one are forgotten.
    pub(crate) fn enter(&mut self, state: State) {
        self.state = state;
        self.timers.leave_step();
    }

    /// Changes the state and speaks.
    pub(crate) fn ask(&mut self, state: State, utterances: Vec<Utterance>) {
        self.enter(state);
        self.speak(utterances);
    }

    /// Speaks instead of what is being said.
    pub(crate) fn speak(&mut self, utterances: Vec<Utterance>) {
        self.hush();
        self.plays = self.plays.saturating_add(1);
        let play = PlayId(self.plays);
        self.playing = Some(play);
        self.actions.push(Action::Play { play, utterances });
    }

    /// Stops what is being said. True if something was.
    pub(crate) fn hush(&mut self) -> bool {
        let spoke = self.playing.take().is_some();
        if spoke {
            self.actions.push(Action::StopPlaying);
        }
        spoke
    }

    /// `#` in a menu: skips what is being said, and the wait begins.
    pub(crate) fn skip_to_wait(&mut self, wait: Duration, now: Duration) {
        if self.hush() {
            self.wait(wait, now);
        }
    }

    /// Waits for an answer.
    pub(crate) fn wait(&mut self, wait: Duration, now: Duration) {
        self.timers.arm(Reason::NoAnswer, now.saturating_add(wait));
    }

    /// A menu; it opens with the news that the call will end soon, if the caller does not know yet.
    pub(crate) fn menu(&mut self, first: Option<PromptKey>, menu: PromptKey) -> Vec<Utterance> {
        let news = self.end.take_news().then_some(PromptKey::LimitCall);
        let keys: Vec<_> = news.into_iter().chain(first).chain([menu]).collect();
        self.prompts(None, &keys)
    }

    /// A prompt in the language of the call.
    pub(crate) fn prompt(&self, key: PromptKey) -> Utterance {
        Utterance::Prompt { lang: self.lang, key }
    }

    /// Prompts in the language of the call, after one that may come first.
    pub(crate) fn prompts(&self, first: Option<PromptKey>, keys: &[PromptKey]) -> Vec<Utterance> {
        first.iter().chain(keys).map(|key| self.prompt(*key)).collect()
    }
}
