//! A client of Stripe's published HTTP interface that sends nothing itself: it makes requests and
//! reads answers and webhooks. See <https://docs.stripe.com/api>.
//!
//! Five requests are enough: a pay page (Checkout Session), its retrieval with what became of its
//! payment, the disputes and the refunds of a payment, and a refund.

mod answer;
mod objects;
mod request;
mod signature;
mod webhook;

pub use answer::{
    Answer, CardError, Disputes, RefundState, Refunded, Session, disputes, failed_refunds, refund,
    refunds, session,
};
pub use request::{
    Checkout, Client, Method, RefundOrder, Request, RequestError, SECRET_BYTES_MAX, is_private,
    is_this_machine,
};
pub use signature::{SignatureError, TOLERANCE_S, WebhookSecrets};
pub use webhook::{Notice, Webhook, WebhookError, Who};

/// Longest answer or webhook that is read, in bytes.
pub const BODY_BYTES_MAX: usize = 1 << 20;
