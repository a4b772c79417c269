//! One SQL text for two databases, each with its own driver.
//!
//! A [`Query`] is a text with `$n` places and the values that go there: whole numbers and texts,
//! nothing else. What the databases do not share stands side by side: [`Text::Either`] in a query,
//! the two branches of a `match` here. Every text runs in tests against both.

mod query;
mod tx;

pub(crate) use query::{Query, Text, Value};
pub(crate) use tx::{Access, Reader, Tx};
