//! The plan: which lines pay a monthly fee, for which periods, and what becomes of a line whose fee
//! cannot be paid (rules M15, M16).
//!
//! Facts go in and steps come out: [`review`] decides, a job of the store carries the steps out in
//! one transaction and asks again until nothing comes. A step that is repeated changes nothing, as
//! every charge has its name from the line and the start of the period.

mod cancel;
mod fee;
mod period;
mod review;
mod slots;
mod zone;

pub use cancel::unused;
pub use fee::{FeeMail, Owed, Step};
pub use period::{Anchor, Period};
pub use review::{LineFacts, LineStep, OrgFacts, review};
pub use slots::{INCLUDED_LANDLINES, pays};
pub use zone::{Zone, ZoneError};
