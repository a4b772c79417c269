//! Telephones: two independent SIP stacks and a bare socket.
//!
//! [`Caller`] runs sipp along a written scenario: exact messages, many calls, exact times.
//! [`Phone`] is a headless baresip that a test steers by what it hears. [`RawPeer`] sends what no
//! decent telephone would.

mod baresip;
mod control;
mod ear;
mod given_up;
mod raw;
mod scenario;
mod sipp;
mod trace;

pub use baresip::{Dialled, Phone, Role};
pub use control::Event;
pub use ear::Ear;
pub use given_up::{give_up, plain_request};
pub use raw::RawPeer;
pub use scenario::{Caller as CallerIdentity, Ending, Invite, Scenario};
pub use sipp::{Caller, Calling, Report, answer_with};
pub use trace::Message;
