//! Metering from outside: one program, so that it links once.

mod cards;
mod folder;
mod grace;
mod ledger;
mod meter;
mod plan;
mod properties;
