//! Conducts the conversation with a caller.
//!
//! Pure: the engine reports [`Event`]s, the [`Flow`] answers with [`Action`]s, and `now` is an
//! argument, so that a whole call can be replayed without waiting. What a caller hears and which
//! keys work is described in docs/caller-journey.md.
//!
//! The caller's voice, number and name never enter this crate; it knows keys and durations only.

mod action;
mod event;
mod flow;
mod key;
mod near_end;
mod offers;
mod report;
mod script;
mod state;
mod steps;
mod timers;
mod utterance;

#[cfg(test)]
mod tests;

pub use action::{Action, Fact, PlayId};
pub use event::Event;
pub use flow::Flow;
pub use key::Key;
pub use script::{Limits, Script, Waits};
pub use timers::{Deadline, Reason};
pub use utterance::{Name, Utterance};
