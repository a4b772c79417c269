//! `POST /webhooks/card`: what the card provider tells by itself.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use linka_engine::clock;
use linka_payment::card::{Notice, Webhook, WebhookError};
use linka_store::{Store, Told};

use super::card::CardProvider;

/// Longest webhook that is read, in bytes.
const BODY_BYTES_MAX: usize = 256 * 1024;

#[derive(Clone)]
struct Desk {
    store: Store,
    provider: Arc<CardProvider>,
}

/// The route.
pub(crate) fn router(store: Store, provider: Arc<CardProvider>) -> Router {
    Router::new()
        .route("/webhooks/card", post(receive))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Desk { store, provider })
}

/// Answers 2xx only when what was told stands in the books, or is none of our business.
async fn receive(State(desk): State<Desk>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok());
    let now_ms = clock::wall_ms();
    let secrets = desk.provider.secrets();
    match Webhook::read(secrets, signature.unwrap_or_default(), &body, now_ms / 1000) {
        Ok(webhook) => desk.take(webhook, now_ms).await,
        Err(error @ WebhookError::Signature(_)) => {
            tracing::warn!(%error, "a webhook was refused");
            StatusCode::BAD_REQUEST
        }
        Err(error @ WebhookError::Unreadable(_)) => {
            tracing::error!(%error, "a webhook was refused");
            StatusCode::BAD_REQUEST
        }
    }
}

impl Desk {
    async fn take(&self, webhook: Webhook, now_ms: i64) -> StatusCode {
        let Webhook { id, live, notice } = webhook;
        if live != self.provider.is_live() {
            tracing::warn!(event = %id, "a webhook of the provider's other mode is passed over");
            return StatusCode::OK;
        }
        let (who, event) = match notice {
            Notice::Purchase { who, event } => (who, event),
            Notice::Ignored { kind } => {
                tracing::debug!(event = %id, %kind, "a webhook about something else");
                return StatusCode::OK;
            }
        };
        match self.store.tell_by_card(&id, &who, &event, now_ms).await {
            Ok(Told::Taken(row)) => {
                let (purchase, state) = (row.purchase.id(), row.purchase.state().as_str());
                tracing::info!(event = %id, %purchase, state, "the card provider told");
                StatusCode::OK
            }
            Ok(Told::Known | Told::NotOurs) => StatusCode::OK,
            Ok(Told::Refused(refusal)) => {
                tracing::error!(event = %id, %refusal, "the card provider contradicts the books");
                StatusCode::OK
            }
            // Its payment may be told of later; so may it be told again.
            Ok(Told::UnknownPayment) => StatusCode::CONFLICT,
            Err(error) => {
                tracing::error!(event = %id, %error, "a webhook has to be sent again");
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }
}
