//! Shared by the end-to-end tests: starts the real `linka`, calls it with independent telephones
//! (sipp, baresip), captures what the line sends and says what a caller would have heard.
//!
//! Nothing here uses the product's own crates: a fault of theirs cannot hide itself. Wanted on the
//! machine: `sipp`, `baresip`, `tcpdump` (as root, or by `sudo -n`), `espeak-ng`, `sox` and a PostgreSQL
//! server.

pub mod canary;
pub mod capture;
pub mod child;
pub mod clock;
pub mod failure;
pub mod g711;
pub mod hear;
pub mod http;
pub mod journey;
pub mod mail_server;
pub mod pcap;
pub mod phone;
pub mod ports;
pub mod postgres;
pub mod prompts;
pub mod proxy;
pub mod server;
pub mod sound;
pub mod voice;

pub use failure::{Context, Failure, Result};
