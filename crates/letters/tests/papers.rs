//! Documents as others' programs see them: poppler reads and draws the PDF, zbar reads its code.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

#[path = "papers/proforma.rs"]
mod proforma;
#[path = "papers/programs.rs"]
mod programs;
#[path = "papers/samples.rs"]
mod samples;
#[path = "papers/statement.rs"]
mod statement;
