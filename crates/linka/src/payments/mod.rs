//! How credit is bought: invoices, and cards by the provider's interface; and what a month did to it.

pub(crate) mod card;
pub(crate) mod proforma;
pub(crate) mod reconcile;
pub(crate) mod refunds;
mod secret;
pub(crate) mod statement;
pub(crate) mod webhook;
