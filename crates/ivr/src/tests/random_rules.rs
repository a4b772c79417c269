//! The three promises that hold for every call, watched from outside the flow:
//!
//! - it ends, and ends once;
//! - nothing is recorded before consent was noted;
//! - what was recorded is handed in, exactly once.

use core::time::Duration;
use std::collections::BTreeMap;

use linka_model::Consent;

use crate::{Action, Fact, Key, PlayId};

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
    /// The last key was "record again" where it means that.
    discards: bool,
}

#[derive(Clone, Copy)]
struct Part {
    ran: Duration,
    speech: Duration,
    discarded: bool,
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
            discards: false,
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
        self.discards = key == Key::D3 && ["review", "listening"].contains(&state);
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
            Action::Play { play, utterances } => self.play(*play, utterances.is_empty()),
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

    fn play(&mut self, play: PlayId, empty: bool) -> Result<(), String> {
        ensure(self.playing.replace(play).is_none(), "two plays at once")?;
        ensure(!empty, "a play of nothing")?;
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
        let fresh = Part { ran: Duration::ZERO, speech: Duration::ZERO, discarded: false };
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
        let wanted = core::mem::take(&mut self.discards);
        let part = self.parts.get_mut(&number).ok_or("discards what never was")?;
        ensure(wanted || part.speech < REPORT, "discards what the caller wants kept")?;
        ensure(!part.discarded, "discards twice")?;
        part.discarded = true;
        Ok(())
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
