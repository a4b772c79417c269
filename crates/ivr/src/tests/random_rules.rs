//! The three promises that hold for every call, watched from outside the flow:
//!
//! - it ends, and ends once;
//! - nothing is recorded before consent was noted;
//! - what was recorded is handed in, exactly once.

use core::time::Duration;
use std::collections::BTreeMap;

use linka_model::{Consent, PromptKey};

use crate::{Action, Fact, Key, PlayId, Utterance};

/// The least speech that is a report (decision 16).
const REPORT: Duration = Duration::from_secs(1);
/// The recorder's last answer may come this long after the call's limit.
const SLACK: Duration = Duration::from_secs(6);

/// A bug between the flow and the world, to see that the rules find it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Planted {
    Nothing,
    /// No timer ever fires.
    NoTimers,
    /// Consent is not noted.
    UnnotedConsent,
    /// The report is not handed in.
    LostReport,
    /// The report is handed in twice.
    DoubleReport,
}

/// What the world knows of a call.
pub(super) struct Rules {
    pub(super) planted: Planted,
    now: Duration,
    must_end_by: Duration,
    consented: bool,
    parts: BTreeMap<u32, Part>,
    recorder: Recorder,
    playing: Option<PlayId>,
    last_play: u32,
    submitted: u32,
    hung_up: bool,
    caller_left: bool,
    /// Which parts "record again", pressed last, may still take.
    erasable: Erasable,
}

#[derive(Clone, Copy)]
struct Part {
    ran: Duration,
    speech: Duration,
    discarded: bool,
    /// The caller was told that it was too short.
    too_short: bool,
}

/// What key 3 of the review may take: the last part, and what was too short just before it.
#[derive(Clone, Copy, PartialEq)]
enum Erasable {
    Nothing,
    Last,
    TooShort,
}

#[derive(Clone, Copy, PartialEq)]
enum Recorder {
    Idle,
    Runs { part: u32, since: Duration },
    Paused { part: u32 },
    MustAnswer { part: u32 },
    Mute,
}

impl Rules {
    pub(super) fn new(planted: Planted, must_end_by: Duration) -> Self {
        Self {
            planted,
            now: Duration::ZERO,
            must_end_by,
            consented: false,
            parts: BTreeMap::new(),
            recorder: Recorder::Idle,
            playing: None,
            last_play: 0,
            submitted: 0,
            hung_up: false,
            caller_left: false,
            erasable: Erasable::Nothing,
        }
    }

    pub(super) fn time_passes(&mut self, now: Duration) {
        self.now = now;
    }

    pub(super) fn playing(&self) -> Option<PlayId> {
        self.playing
    }

    pub(super) fn play_ends(&mut self) {
        self.playing = None;
    }

    pub(super) fn key_is_pressed(&mut self, key: Key, state: &str) {
        let anew = key == Key::D3 && ["review", "listening"].contains(&state);
        self.erasable = if anew { Erasable::Last } else { Erasable::Nothing };
    }

    pub(super) fn caller_hangs_up(&mut self) {
        self.caller_left = true;
        self.playing = None;
    }

    /// What the stopped recorder holds.
    pub(super) fn answer_due(&self) -> Option<(Duration, Duration)> {
        let Recorder::MustAnswer { part } = self.recorder else { return None };
        self.parts.get(&part).map(|part| (part.ran, part.speech))
    }

    pub(super) fn recorder_answers(&mut self) {
        self.recorder = Recorder::Idle;
    }

    /// It will not answer: it may hold speech all along.
    pub(super) fn recorder_is_mute(&mut self) {
        if let Recorder::MustAnswer { part } = self.recorder {
            self.parts.entry(part).and_modify(|part| part.speech = part.ran);
        }
        self.recorder = Recorder::Mute;
    }

    pub(super) fn in_time(&self, now: Duration) -> Result<(), String> {
        ensure(now <= self.must_end_by + SLACK, "the call does not end")
    }

    /// Takes the actions as the engine would.
    pub(super) fn watch(
        &mut self,
        actions: Vec<Action>,
        below: &mut dyn FnMut(u64) -> u64,
    ) -> Result<(), String> {
        for action in actions {
            match (self.planted, &action) {
                (Planted::UnnotedConsent, Action::Note(Fact::Consent { .. })) => {}
                (Planted::LostReport, Action::Submit { .. }) => {}
                (Planted::DoubleReport, Action::Submit { .. }) => {
                    self.one(&action, below)?;
                    self.one(&action, below)?;
                }
                _ => self.one(&action, below)?,
            }
        }
        Ok(())
    }

    fn one(&mut self, action: &Action, below: &mut dyn FnMut(u64) -> u64) -> Result<(), String> {
        ensure(!self.hung_up, "something comes after the end")?;
        match action {
            Action::Play { play, utterances } => self.play(*play, utterances),
            Action::StopPlaying => ensure(self.playing.take().is_some(), "nothing was playing"),
            Action::StartRecording { part } => self.record(*part),
            Action::PauseRecording => self.pause(),
            Action::ResumeRecording => self.resume(),
            Action::StopRecording => self.stop(below),
            Action::DiscardPart { part } => self.discard(*part),
            Action::Note(fact) => {
                if let Fact::Consent { consent, .. } = fact {
                    self.consented = *consent != Consent::None;
                }
                Ok(())
            }
            Action::Submit { .. } => self.submit(),
            Action::HangUp(_) => {
                self.hung_up = true;
                ensure(!self.caller_left, "hangs up on a caller who is gone")
            }
        }
    }

    fn play(&mut self, play: PlayId, utterances: &[Utterance]) -> Result<(), String> {
        ensure(self.playing.replace(play).is_none(), "two plays at once")?;
        ensure(!utterances.is_empty(), "a play of nothing")?;
        let too_short = |said: &Utterance| {
            matches!(said, Utterance::Prompt { key: PromptKey::RecordEmpty, .. })
        };
        if utterances.iter().any(too_short) {
            let last = self.parts.values_mut().next_back();
            last.ok_or("nothing was too short")?.too_short = true;
        }
        self.what_was_too_short_is_gone()?;
        ensure(!self.caller_left, "speaks to a caller who is gone")?;
        ensure(play.0 > self.last_play, "a play's name is used twice")?;
        self.last_play = play.0;
        Ok(())
    }

    fn record(&mut self, part: u32) -> Result<(), String> {
        ensure(self.consented, "records without consent")?;
        ensure(self.submitted == 0, "records after handing in")?;
        ensure(self.recorder == Recorder::Idle, "two recordings at once")?;
        ensure(!self.parts.contains_key(&part), "a part's number is used twice")?;
        let (ran, speech) = (Duration::ZERO, Duration::ZERO);
        let fresh = Part { ran, speech, discarded: false, too_short: false };
        self.parts.insert(part, fresh);
        self.recorder = Recorder::Runs { part, since: self.now };
        Ok(())
    }

    fn pause(&mut self) -> Result<(), String> {
        let Recorder::Runs { part, since } = self.recorder else {
            return Err("pauses what does not run".into());
        };
        self.ran(part, since);
        self.recorder = Recorder::Paused { part };
        Ok(())
    }

    fn resume(&mut self) -> Result<(), String> {
        ensure(self.consented, "records without consent")?;
        let Recorder::Paused { part } = self.recorder else {
            return Err("resumes what is not paused".into());
        };
        self.recorder = Recorder::Runs { part, since: self.now };
        Ok(())
    }

    fn stop(&mut self, below: &mut dyn FnMut(u64) -> u64) -> Result<(), String> {
        let part = match self.recorder {
            Recorder::Runs { part, since } => {
                self.ran(part, since);
                part
            }
            Recorder::Paused { part } => part,
            Recorder::Idle | Recorder::MustAnswer { .. } | Recorder::Mute => {
                return Err("stops what does not run".into());
            }
        };
        // Nothing, a word, a little, or any share of the part was spoken.
        let ms = [0, below(1_000), below(3_000), below(120_000)][below(4) as usize];
        self.parts.entry(part).and_modify(|part| {
            part.speech = part.ran.min(Duration::from_millis(ms));
        });
        self.recorder = Recorder::MustAnswer { part };
        Ok(())
    }

    fn ran(&mut self, part: u32, since: Duration) {
        let ran = self.now.saturating_sub(since);
        self.parts.entry(part).and_modify(|part| part.ran += ran);
    }

    fn discard(&mut self, number: u32) -> Result<(), String> {
        let newest = self.newest_kept().is_none_or(|(newest, _)| newest == number);
        let part = self.parts.get_mut(&number).ok_or("discards what never was")?;
        let wanted = match self.erasable {
            Erasable::Nothing => false,
            Erasable::Last => newest,
            Erasable::TooShort => newest && part.too_short,
        };
        ensure(wanted || part.speech < REPORT, "discards what the caller wants kept")?;
        if wanted {
            self.erasable = Erasable::TooShort;
        }
        ensure(!part.discarded, "discards twice")?;
        part.discarded = true;
        Ok(())
    }

    /// After key 3 none of the tries for the part that it took is left.
    fn what_was_too_short_is_gone(&mut self) -> Result<(), String> {
        let after = core::mem::replace(&mut self.erasable, Erasable::Nothing);
        let left = self.newest_kept().is_some_and(|(_, part)| part.too_short);
        ensure(after != Erasable::TooShort || !left, "keeps what the caller took back")
    }

    fn newest_kept(&self) -> Option<(u32, &Part)> {
        let kept = self.parts.iter().rev().find(|(_, part)| part.is_kept());
        kept.map(|(number, part)| (*number, part))
    }

    fn submit(&mut self) -> Result<(), String> {
        self.submitted += 1;
        let open = matches!(self.recorder, Recorder::Runs { .. } | Recorder::Paused { .. });
        ensure(!open, "hands in while recording")?;
        ensure(self.submitted == 1, "hands in twice")?;
        ensure(self.parts.values().any(Part::is_kept), "hands in nothing")
    }

    pub(super) fn at_the_end(&self) -> Result<(), String> {
        ensure(self.hung_up != self.caller_left, "ends without hanging up, or twice")?;
        let due = u32::from(self.parts.values().any(Part::is_kept));
        ensure(self.submitted == due, "loses what was recorded")
    }
}

impl Part {
    fn is_kept(&self) -> bool {
        !self.discarded && self.speech >= REPORT
    }
}

fn ensure(holds: bool, broken: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(broken.to_owned()) }
}
