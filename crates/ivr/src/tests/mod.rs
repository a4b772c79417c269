//! The journey, told in sentences. What is expected comes from docs/caller-journey.md.

mod call;
mod code;
mod consent;
mod credit;
mod faults;
mod greeting;
mod hint;
mod keyless;
mod language;
mod limits;
mod near_end;
mod offers;
mod pause;
mod question;
mod random;
mod random_caller;
mod random_rules;
mod random_table;
mod recording;
mod review;
mod stars;
mod words;
