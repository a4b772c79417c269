//! Metering from outside: one program, so that it links once.

mod cards;
mod ledger;
mod meter;
mod properties;
