//! Prompt packs as they are shipped, loaded and checked.

#![expect(clippy::unwrap_used, reason = "what the tests share is test code as well")]

mod comparison;
mod journey;
mod pack;
mod shipped;
mod support;
