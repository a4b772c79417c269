//! A call in virtual time.

use core::time::Duration;
use std::sync::Arc;

use linka_model::{Lang, PromptKey};

use super::words::{key, lines};
use crate::{Action, Event, Flow, Limits, PlayId, Script, Waits};

/// A flow, its clock, and what is being said.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) flow: Flow,
    pub(super) now: Duration,
    pub(super) playing: Option<PlayId>,
}

/// English only, three categories, no units, no transcriber.
pub(super) fn script() -> Script {
    Script {
        languages: vec![Lang::EN],
        categories: ids("category", 3),
        units: Vec::new(),
        has_transcriber: false,
        code_first: false,
        next_steps: PromptKey::NextStepsCz,
        limits: Limits::default(),
        waits: Waits::default(),
    }
}

/// As [`script`] without any question before consent.
pub(super) fn short_script() -> Script {
    Script { categories: Vec::new(), ..script() }
}

pub(super) fn ids(name: &str, count: usize) -> Vec<String> {
    (0..count).map(|index| format!("{name}_{index}")).collect()
}

pub(super) fn langs(codes: &[&str]) -> Vec<Lang> {
    codes.iter().map(|code| code.parse().unwrap()).collect()
}

pub(super) const NOTHING: [&str; 0] = [];

impl Call {
    pub(super) fn new(script: Script) -> Self {
        // The process has been up for a while: nothing may take the clock's zero for the call's.
        let now = Duration::from_secs(1_000);
        Self { flow: Flow::new(Arc::new(script)), now, playing: None }
    }

    /// At the end of the greeting's wait: `welcome` is being said.
    pub(super) fn greeted(script: Script) -> Self {
        let mut call = Self::new(script);
        call.tell(Event::Answered);
        call.wait(1);
        call
    }

    /// Where the hint (or the language menu) begins to speak.
    pub(super) fn welcomed(script: Script) -> Self {
        let mut call = Self::greeted(script);
        call.played();
        call
    }

    /// Where the first question begins to speak (one language).
    pub(super) fn asked(script: Script) -> Self {
        let mut call = Self::welcomed(script);
        call.press('1');
        call
    }

    /// Where the caller speaks and the first part is being recorded.
    pub(super) fn recording() -> Self {
        Self::recording_with(short_script())
    }

    pub(super) fn recording_with(script: Script) -> Self {
        let mut call = Self::asked(script);
        call.press('1');
        call.played();
        call.tell(Event::Spoke);
        call
    }

    /// Where the review menu begins to speak, after one part of 20 s with 10 s of speech.
    pub(super) fn reviewing() -> Self {
        let mut call = Self::recording();
        call.wait(20);
        call.press('#');
        call.recorded(20_000, 10_000);
        call
    }

    /// Where the caller is told to take a pen.
    pub(super) fn sending() -> Self {
        let mut call = Self::reviewing();
        call.press('1');
        call
    }

    pub(super) fn tell(&mut self, event: Event) -> Vec<String> {
        let actions = self.flow.handle(event, self.now);
        self.take(&actions)
    }

    pub(super) fn press(&mut self, symbol: char) -> Vec<String> {
        self.tell(Event::Key(key(symbol)))
    }

    /// What is being said has been said.
    pub(super) fn played(&mut self) -> Vec<String> {
        let play = self.playing.take().expect("something is playing");
        self.tell(Event::Played { play })
    }

    pub(super) fn recorded(&mut self, length_ms: u64, speech_ms: u64) -> Vec<String> {
        let (length, speech) = (Duration::from_millis(length_ms), Duration::from_millis(speech_ms));
        self.tell(Event::Recorded { length, speech })
    }

    pub(super) fn credit_ends_in(&mut self, seconds: u64) -> Vec<String> {
        let at = self.now + Duration::from_secs(seconds);
        self.tell(Event::CreditEnds { at })
    }

    pub(super) fn wait(&mut self, seconds: u64) -> Vec<String> {
        self.wait_ms(1_000 * seconds)
    }

    /// Lets time pass, and fires what falls due on the way at its instant.
    pub(super) fn wait_ms(&mut self, ms: u64) -> Vec<String> {
        let until = self.now + Duration::from_millis(ms);
        let mut heard = Vec::new();
        while let Some(next) = self.flow.deadline().filter(|next| next.at <= until) {
            self.now = self.now.max(next.at);
            let actions = self.flow.handle_timeout(self.now);
            heard.extend(self.take(&actions));
        }
        self.now = until;
        heard
    }

    /// Nothing happens before the wait is over; then this does.
    pub(super) fn after(&mut self, seconds: u64) -> Vec<String> {
        assert_eq!(self.wait_ms(1_000 * seconds - 1), NOTHING);
        self.wait_ms(1)
    }

    pub(super) fn state(&self) -> &'static str {
        self.flow.state_name()
    }

    fn take(&mut self, actions: &[Action]) -> Vec<String> {
        for action in actions {
            match action {
                Action::Play { play, .. } => {
                    assert_eq!(self.playing, None, "two plays at once");
                    self.playing = Some(*play);
                }
                Action::StopPlaying => self.playing = None,
                Action::StartRecording { .. }
                | Action::PauseRecording
                | Action::ResumeRecording
                | Action::StopRecording
                | Action::DiscardPart { .. }
                | Action::Note(_)
                | Action::Submit { .. }
                | Action::HangUp(_) => {}
            }
        }
        lines(actions)
    }
}
