//! The machine: takes events, keeps time, gives actions.

use core::time::Duration;
use std::sync::Arc;

use linka_model::{Ended, Lang};

use crate::near_end::NearEnd;
use crate::report::Report;
use crate::state::{After, Cut, Leave, State, Topic};
use crate::steps::{Cue, Recorder};
use crate::timers::Timers;
use crate::{Action, Deadline, Event, Key, PlayId, Reason, Script};

/// How many timers one call of [`Flow::handle_timeout`] fires; the rest is due again at once.
const TIMEOUTS_AT_ONCE: usize = 16;

/// The conversation of one call.
#[derive(Clone, Debug)]
pub struct Flow {
    pub(crate) script: Arc<Script>,
    pub(crate) state: State,
    pub(crate) timers: Timers,
    pub(crate) report: Report,
    pub(crate) lang: Lang,
    /// What `*` takes back, and until when.
    pub(crate) take_back: Option<(Topic, Duration)>,
    /// No key was pressed since the category.
    pub(crate) keyless: bool,
    /// What the caller was told of an end that is coming.
    pub(crate) end: NearEnd,
    /// `hint_repeat` was said.
    pub(crate) hinted: bool,
    /// The code was heard whole, at whichever time.
    pub(crate) code_noted: bool,
    /// The code was heard whole after the report was sent.
    pub(crate) code_spoken: bool,
    pub(crate) playing: Option<PlayId>,
    pub(crate) plays: u32,
    pub(crate) actions: Vec<Action>,
    last_star: Option<Duration>,
}

impl Flow {
    /// A call that has not been answered yet.
    pub fn new(script: Arc<Script>) -> Self {
        Self {
            lang: script.default_language(),
            script,
            state: State::Quiet,
            timers: Timers::default(),
            report: Report::default(),
            take_back: None,
            keyless: false,
            end: NearEnd::default(),
            hinted: false,
            code_noted: false,
            code_spoken: false,
            playing: None,
            plays: 0,
            actions: Vec::new(),
            last_star: None,
        }
    }

    /// Takes an event; the actions are to be carried out in order.
    pub fn handle(&mut self, event: Event, now: Duration) -> Vec<Action> {
        if !self.is_over() {
            self.dispatch(event, now);
        }
        core::mem::take(&mut self.actions)
    }

    /// Fires what is due at `now`.
    pub fn handle_timeout(&mut self, now: Duration) -> Vec<Action> {
        for _ in 0..TIMEOUTS_AT_ONCE {
            let Some(reason) = self.timers.pop_due(now) else { break };
            self.fire(reason, now);
        }
        core::mem::take(&mut self.actions)
    }

    /// When [`Self::handle_timeout`] wants to be called, and why.
    pub fn deadline(&self) -> Option<Deadline> {
        self.timers.next()
    }

    /// Nothing more will come: `HangUp` was given, or the caller left and all is handed in.
    pub fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// The step's name, for logs and tests.
    pub fn state_name(&self) -> &'static str {
        self.state.name()
    }

    /// What means the same in every step is dealt with here; the rest goes to the step.
    fn dispatch(&mut self, event: Event, now: Duration) {
        match event {
            Event::HungUp => self.caller_gone(now),
            Event::Answered => self.answered(now),
            Event::MediaStarted => self.media_started(now),
            Event::Key(key) => self.key(key, now),
            Event::Played { play } => self.played(play, now),
            Event::Spoke => self.cue(Cue::Recorder(Recorder::Spoke), now),
            Event::Silent => self.cue(Cue::Recorder(Recorder::Silent), now),
            Event::Recorded { length, speech } => {
                self.cue(Cue::Recorder(Recorder::Holds { length, speech }), now);
            }
            Event::RecordingFailed => self.recording_failed(now),
            Event::ReportFailed => self.report_failed(),
            Event::CreditEnds { at } => self.credit_ends(at, now),
            Event::CreditExtended => self.credit_extended(),
            Event::Shutdown => self.cut(Cut::Shutdown, now),
        }
    }

    fn answered(&mut self, now: Duration) {
        let call_end = now.saturating_add(self.script.limits.call);
        let call_stop = call_end.saturating_sub(self.script.limits.closing);
        let warning = call_stop.saturating_sub(self.script.waits.last_minute);
        self.timers.arm(Reason::CallEnd, call_end);
        self.timers.arm(Reason::CallStop, call_stop);
        self.timers.arm(Reason::CallWarning, warning);
        self.greet_by(now.saturating_add(self.script.waits.greeting_latest));
    }

    fn media_started(&mut self, now: Duration) {
        self.greet_by(now.saturating_add(self.script.waits.greeting));
    }

    fn greet_by(&mut self, at: Duration) {
        if self.state == State::Quiet {
            self.timers.arm_earlier(Reason::Greet, at);
        }
    }

    /// The second star within a second leaves; the first has done its work already.
    fn key(&mut self, key: Key, now: Duration) {
        self.keyless = false;
        let star = (key == Key::Star).then_some(now);
        let last_star = core::mem::replace(&mut self.last_star, star);
        let leaves = star.is_some()
            && last_star
                .is_some_and(|last| now.saturating_sub(last) <= self.script.waits.double_star);
        if leaves {
            self.leave(Leave::Stars, now);
        } else {
            self.cue(Cue::Key(key), now);
        }
    }

    /// A play that was stopped may still report if the two crossed: it is not the one playing.
    fn played(&mut self, play: PlayId, now: Duration) {
        if self.playing == Some(play) {
            self.playing = None;
            self.cue(Cue::Played, now);
        }
    }

    fn fire(&mut self, reason: Reason, now: Duration) {
        match reason {
            Reason::Greet
            | Reason::NoAnswer
            | Reason::PauseLasts
            | Reason::RecorderOverdue
            | Reason::Goodbye => self.cue(Cue::Waited, now),
            Reason::StillThere => self.cue(Cue::Recorder(Recorder::StillThere), now),
            Reason::SilenceLasts => self.cue(Cue::Recorder(Recorder::SilenceLasts), now),
            Reason::PartWarning => self.cue(Cue::Recorder(Recorder::PartWarning), now),
            Reason::PartLimit => self.cue(Cue::Recorder(Recorder::PartLimit), now),
            Reason::CreditMinute => self.warn_of_end(Recorder::CreditMinute, now),
            Reason::CreditSeconds => self.warn_of_end(Recorder::CreditSeconds, now),
            Reason::CallWarning => self.warn_of_end(Recorder::CallWarning, now),
            Reason::CreditStop => self.cut(Cut::Credit, now),
            Reason::CallStop => self.cut(Cut::CallLength, now),
            Reason::CreditEnd => self.leave(Leave::CreditEnd, now),
            Reason::CallEnd => self.leave(Leave::CallEnd, now),
        }
    }

    /// The caller left: what was recorded is handed in as it stands.
    fn caller_gone(&mut self, now: Duration) {
        self.playing = None;
        self.timers.clear();
        if let Some(take) = self.state.open_take() {
            self.stop_recording(take, After::Gone, now);
        } else if let State::Stopping { take, .. } = self.state {
            self.wait_for_recorder(take, After::Gone, now);
        } else {
            let ended = self.as_it_stands();
            self.submit(ended);
            self.finish();
        }
    }

    /// Enters the end: nothing happens from here on.
    pub(crate) fn finish(&mut self) {
        self.enter(State::Over);
        self.timers.clear();
    }

    /// Hands in what was recorded, if anything was and it was not yet. True if it did.
    pub(crate) fn submit(&mut self, ended: Ended) -> bool {
        let due = self.report.submit();
        if due {
            self.actions.push(Action::Submit { ended });
        }
        due
    }
}
