//! Carries calls: sockets, media threads, one task per call.
//!
//! The thin shell around the pure crates: it reads the clock, moves datagrams and carries out what
//! [`linka_ivr::Flow`] and [`linka_metering::Meter`] decide. Lines, money and reports are behind
//! [`ports`], so that calls are tested without a database.
//!
//! Only media threads touch media sockets; a tick allocates nothing and waits for nobody. Nothing
//! of the caller's identity reaches this crate, and the caller's voice leaves it only towards
//! [`ports::ReportSink`].

mod admission;
mod call;
pub mod clock;
mod config;
mod conversation;
mod engine;
mod exchange;
mod facts;
pub mod media;
mod metrics;
mod origin;
mod phone;
pub mod ports;
mod recording;
mod signalling;

pub use config::{EngineConfig, StartError};
pub use engine::Engine;
pub use metrics::Figure;
pub use origin::origin_class;
pub use phone::{Phone, PhoneError, PhoneEvent};
