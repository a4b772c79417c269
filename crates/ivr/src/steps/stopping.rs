//! S7: a part ends, and what it holds decides what follows.

use core::time::Duration;

use linka_model::{Ended, PromptKey};

use super::{Cue, Recorder};
use crate::flow::Flow;
use crate::state::{After, Cut, State, Take};
use crate::{Action, Reason};

impl Flow {
    /// Stops the recorder; [`Flow::stopping`] takes its answer.
    pub(crate) fn stop_recording(&mut self, take: Take, then: After, now: Duration) {
        self.hush();
        self.actions.push(Action::StopRecording);
        self.wait_for_recorder(take.paused(now), then, now);
    }

    /// Waits for the answer, but not for ever.
    pub(crate) fn wait_for_recorder(&mut self, take: Take, then: After, now: Duration) {
        self.enter(State::Stopping { take, then });
        let at = now.saturating_add(self.script.waits.recorder);
        self.timers.arm(Reason::RecorderOverdue, at);
    }

    /// Keys wait for nobody here: the answer comes within a moment.
    pub(super) fn stopping(&mut self, take: Take, then: After, cue: Cue) {
        match cue {
            Cue::Recorder(Recorder::Holds { length, speech }) => {
                self.settle(take, then, length, speech);
            }
            // The recorder is silent: what it holds is unknown, so nothing of it is thrown away.
            Cue::Waited => self.settle(take, then.with_fault(), take.held, take.held),
            Cue::Key(_) | Cue::Played | Cue::Recorder(_) => {}
        }
    }

    fn settle(&mut self, take: Take, then: After, length: Duration, speech: Duration) {
        let limits = self.script.limits;
        if speech < limits.shortest_report {
            self.actions.push(Action::DiscardPart { part: take.part });
        } else {
            self.report.keep(take.part, length);
        }
        match then {
            After::Review { .. } if length.min(speech) < limits.shortest_part => {
                self.ask_anew(take.part, take.empties.saturating_add(1));
            }
            After::Review { limit } => self.start_review(limit),
            After::Cut(cut) => self.close_short(cut),
            After::Leave(leave) => self.leave_now(leave),
            After::Gone => {
                self.submit(Ended::Unreviewed);
                self.finish();
            }
        }
    }

    /// The part was as good as empty. One that is too short but holds a word or two is kept all
    /// the same, in case the caller gives up now; key 3 of the review takes it back.
    fn ask_anew(&mut self, part: u32, empties: u8) {
        if empties < self.script.limits.empty_parts && self.has_room() {
            self.report.ask_again(part);
            self.prepare_part(PromptKey::RecordEmpty, empties);
        } else if self.report.parts() > 0 {
            self.start_review(None);
        } else {
            self.say_other_ways(None);
        }
    }
}

impl After {
    /// The same when the recorder has failed.
    pub(crate) const fn with_fault(self) -> Self {
        match self {
            Self::Review { .. } | Self::Cut(_) => Self::Cut(Cut::Fault),
            Self::Leave(leave) => Self::Leave(leave),
            Self::Gone => Self::Gone,
        }
    }
}
