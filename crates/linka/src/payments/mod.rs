//! How credit is bought: invoices, and cards by the provider's interface.

pub(crate) mod card;
pub(crate) mod proforma;
pub(crate) mod reconcile;
mod secret;
pub(crate) mod webhook;
