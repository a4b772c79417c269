//! Metering from outside: one program, so that it links once.

mod cards;
mod grace;
mod ledger;
mod meter;
mod properties;
