//! The store against real files: one program, so that it links once.

mod calls;
mod case_codes;
mod common;
mod crash;
mod deadlines;
mod lines;
mod reports;
mod schema;
