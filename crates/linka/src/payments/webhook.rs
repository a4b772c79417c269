//! `POST /webhooks/card`: what the card provider tells by itself.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use linka_engine::clock;
use linka_payment::card::{Notice, Webhook, WebhookError, Who};
use linka_payment::purchase::Event;
use linka_store::{Store, Told};
use tokio::sync::Semaphore;

use super::card::CardProvider;

/// Longest webhook that is read, in bytes.
const BODY_BYTES_MAX: usize = 256 * 1024;
/// So many are worked on at once; the provider sends the others again.
const AT_ONCE_MAX: usize = 16;
/// How long one may take, from its head to its answer.
const LIMIT: Duration = Duration::from_secs(10);
/// An event of a payment that nobody knows is asked for again while it is so young: the payment may be
/// ours, and told later.
const UNKNOWN_S: i64 = 3_600;

#[derive(Clone)]
struct Desk {
    store: Store,
    provider: Arc<CardProvider>,
}

/// The route.
pub(crate) fn router(store: Store, provider: Arc<CardProvider>) -> Router {
    let places = Arc::new(Semaphore::new(AT_ONCE_MAX));
    Router::new()
        .route("/webhooks/card", post(receive))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Desk { store, provider })
        .layer(middleware::from_fn_with_state(places, bounded))
}

/// Anybody may send something here: only so many at once, and none for long.
async fn bounded(State(places): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    let Ok(_place) = places.try_acquire() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let answer = tokio::time::timeout(LIMIT, next.run(request)).await;
    answer.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
}

/// Answers 2xx only when what was told stands in the books, or is none of our business.
async fn receive(State(desk): State<Desk>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok());
    let now_ms = clock::wall_ms();
    let secrets = desk.provider.secrets();
    match Webhook::read(secrets, signature.unwrap_or_default(), &body, now_ms) {
        Ok(webhook) => desk.take(webhook, now_ms).await,
        Err(error @ WebhookError::Signature(_)) => {
            tracing::warn!(%error, "a webhook was refused");
            StatusCode::BAD_REQUEST
        }
        Err(error @ WebhookError::Unreadable(_)) => {
            tracing::error!(%error, "a webhook cannot be read");
            StatusCode::BAD_REQUEST
        }
    }
}

impl Desk {
    async fn take(&self, webhook: Webhook, now_ms: i64) -> StatusCode {
        let Webhook { id, live, created_s, notice } = webhook;
        if live != self.provider.is_live() {
            tracing::warn!(event = %id, "a webhook of the provider's other mode is passed over");
            return StatusCode::OK;
        }
        match notice {
            Notice::Purchase { who, event } => {
                let is_young = created_s.is_none_or(|at| at > now_ms / 1_000 - UNKNOWN_S);
                self.tell((&id, is_young), &who, &event, now_ms).await
            }
            Notice::Refund { who } => self.unsettle(&id, &who, None).await,
            Notice::Unread { who, why } => self.unsettle(&id, &who, Some(&why)).await,
            Notice::Ignored { kind } => {
                tracing::debug!(event = %id, %kind, "a webhook about something else");
                StatusCode::OK
            }
        }
    }

    async fn tell(
        &self,
        (id, is_young): (&str, bool),
        who: &Who,
        event: &Event,
        now_ms: i64,
    ) -> StatusCode {
        match self.store.tell_by_card(id, who, event, now_ms).await {
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
            Ok(Told::Early(refusal)) => {
                tracing::error!(event = %id, %refusal, "a webhook has to come again");
                StatusCode::CONFLICT
            }
            // Its payment may be told of later; so may it be told again.
            Ok(Told::UnknownPayment) if is_young => StatusCode::CONFLICT,
            Ok(Told::UnknownPayment) => {
                tracing::info!(event = %id, "a webhook about somebody else's payment");
                StatusCode::OK
            }
            Err(error) => {
                tracing::error!(event = %id, %error, "a webhook has to be sent again");
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// The provider will be asked how things stand, if it is ours.
    async fn unsettle(&self, id: &str, who: &Who, why: Option<&str>) -> StatusCode {
        match self.store.unsettle_by_card(who).await {
            Ok(true) => {
                tracing::warn!(event = %id, why, "the card provider will be asked");
                StatusCode::OK
            }
            Ok(false) => StatusCode::OK,
            Err(error) => {
                tracing::error!(event = %id, %error, "a webhook has to be sent again");
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }
}
