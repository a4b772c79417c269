//! The crate from the outside: messages in, messages and events out, on virtual time.

mod changes;
mod chaos;
mod desk;
mod edge;
mod flows;
mod limits;
mod numbers;
mod own;
mod pair;
mod privacy;
mod sdp;
mod torture;
mod transcript;
