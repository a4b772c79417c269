//! S7: the recording.

use core::time::Duration;

use linka_model::PromptKey;

use super::{Cue, Recorder};
use crate::flow::Flow;
use crate::state::{After, Limit, State, Take};
use crate::{Action, Key, Reason, Utterance};

impl Flow {
    /// Only an answer to the consent question leads here.
    pub(super) fn prepare_first_part(&mut self) {
        let mut words = vec![self.prompt(PromptKey::RecordShort)];
        if !self.code_noted {
            words.push(self.prompt(PromptKey::StayHint));
        }
        words.push(Utterance::Tone);
        self.ask(State::Preparing { empties: 0, tone_only: false }, words);
    }

    /// A further part, or the same once more: the caller knows already to stay on the line.
    pub(super) fn prepare_part(&mut self, first: PromptKey, empties: u8) {
        let words = vec![self.prompt(first), Utterance::Tone];
        self.ask(State::Preparing { empties, tone_only: false }, words);
    }

    /// Any key skips to the tone, and the tone is always heard.
    pub(super) fn preparing(&mut self, empties: u8, tone_only: bool, cue: Cue, now: Duration) {
        match cue {
            Cue::Key(Key::Star) => self.prepare_part(PromptKey::RecordInstr, empties),
            Cue::Key(_) if !tone_only => {
                self.ask(State::Preparing { empties, tone_only: true }, vec![Utterance::Tone]);
            }
            Cue::Played => self.record(empties, now),
            Cue::Key(_) | Cue::Waited | Cue::Recorder(_) => {}
        }
    }

    fn record(&mut self, empties: u8, now: Duration) {
        let part = self.report.next_part();
        self.actions.push(Action::StartRecording { part });
        let take = Take { part, empties, held: Duration::ZERO, since: Some(now), still_there: 0 };
        self.listen_in(take, now);
        if self.end.take_missed() {
            self.warn(PromptKey::LimitCall);
        }
    }

    /// The recorder runs from `now` on: arms what belongs to it.
    pub(super) fn listen_in(&mut self, take: Take, now: Duration) {
        self.enter(State::Recording(take));
        let (allowed, limit) = self.part_limit();
        let left = allowed.saturating_sub(take.held);
        let warning = self.script.limits.warning;
        self.timers.arm(Reason::PartLimit, now.saturating_add(left));
        // The warning promises another part, which the limit of all parts would not keep.
        if limit == Limit::Part && left > warning {
            self.timers.arm(Reason::PartWarning, now.saturating_add(left - warning));
        }
        self.silence_begins(take, now);
    }

    pub(super) fn recording(&mut self, take: Take, cue: Cue, now: Duration) {
        match cue {
            Cue::Key(Key::Hash) => self.end_part(take, None, now),
            Cue::Key(Key::D1) => self.pause(take, now),
            Cue::Key(Key::Star) => self.help_out(take, now),
            Cue::Key(_) | Cue::Waited => {}
            Cue::Played => self.ask_again_if_silent(take, now),
            Cue::Recorder(recorder) => self.while_recording(take, recorder, now),
        }
    }

    fn while_recording(&mut self, take: Take, recorder: Recorder, now: Duration) {
        match recorder {
            Recorder::Spoke => {
                self.timers.disarm(Reason::StillThere);
                self.timers.disarm(Reason::SilenceLasts);
            }
            Recorder::Silent => {
                if !self.timers.is_armed(Reason::SilenceLasts) {
                    self.silence_begins(take, now);
                }
            }
            Recorder::StillThere => self.ask_still_there(take),
            Recorder::SilenceLasts => self.end_part(take, None, now),
            Recorder::PartWarning => self.speak(vec![self.prompt(PromptKey::RecordWarning)]),
            Recorder::PartLimit => {
                let (_, limit) = self.part_limit();
                self.end_part(take, Some(limit), now);
            }
            Recorder::CreditMinute => self.warn(PromptKey::CreditMinute),
            Recorder::CreditSeconds => self.warn(PromptKey::CreditSeconds),
            Recorder::CallWarning | Recorder::EndIsNear => self.warn(PromptKey::LimitCall),
            Recorder::Holds { .. } => {}
        }
    }

    /// Words that nobody asked for are announced by a short tone.
    pub(super) fn warn(&mut self, key: PromptKey) {
        self.speak(vec![Utterance::ShortTone, self.prompt(key)]);
    }

    fn silence_begins(&mut self, take: Take, now: Duration) {
        let ends = now.saturating_add(self.script.waits.silence);
        self.timers.arm(Reason::SilenceLasts, ends);
        self.ask_again_if_silent(take, now);
    }

    /// Waits for the next "are you still there"; counted from the end of what was said.
    fn ask_again_if_silent(&mut self, take: Take, now: Duration) {
        let silent = self.timers.is_armed(Reason::SilenceLasts);
        if silent && take.still_there < self.script.limits.still_there {
            let at = now.saturating_add(self.script.waits.still_there);
            self.timers.arm(Reason::StillThere, at);
        }
    }

    /// The recording goes on meanwhile, and so do its timers.
    fn ask_still_there(&mut self, take: Take) {
        let still_there = take.still_there.saturating_add(1);
        self.state = State::Recording(Take { still_there, ..take });
        self.speak(vec![self.prompt(PromptKey::RecordStillThere)]);
    }

    /// Ends the part; the review follows.
    pub(super) fn end_part(&mut self, take: Take, limit: Option<Limit>, now: Duration) {
        self.stop_recording(take, After::Review { limit }, now);
    }

    /// How long a part may be, and which limit says so.
    fn part_limit(&self) -> (Duration, Limit) {
        let left = self.total_left();
        let part = self.script.limits.part;
        if part < left { (part, Limit::Part) } else { (left, Limit::Total) }
    }

    /// Whether another part makes sense: there is room for one that is not too short.
    pub(super) fn has_room(&self) -> bool {
        self.report.parts() < self.script.limits.parts
            && self.total_left() >= self.script.limits.shortest_part
    }

    fn total_left(&self) -> Duration {
        self.script.limits.total.saturating_sub(self.report.length())
    }
}
