//! What benches load the product with: calls that post to the ledger, and a hall full of telephones
//! that load the engine's media threads and check every frame they hear.
//!
//! Every telephone speaks a voice that repeats every 20 ms, so what its neighbours must hear does not
//! depend on when a packet came, and each frame is compared sample by sample.

pub mod books;
mod ear;
mod hall;
mod outcome;
mod voice;

pub use ear::{Ear, Heard};
pub use hall::{Plan, run};
pub use outcome::Outcome;
pub use voice::{Payload, mix, voice};
