//! The card provider over HTTPS: requests and answers are `linka_payment::card`'s, here they travel.

use std::path::Path;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use linka_model::Redacted;
use linka_payment::card::{
    self, Answer, BODY_BYTES_MAX, CardError, Checkout, Client, Method, RefundOrder, Refunded,
    Request, RequestError, Session, WebhookSecrets,
};
use linka_payment::purchase::Event;
use linka_store::{PurchaseRow, RefundPart, StoreError};

use super::secret::secret;
use crate::config::{Card, beside};
use crate::failure::Failure;

const KEY: &str = "LINKA_CARD_KEY";
const WEBHOOK_SECRET: &str = "LINKA_CARD_WEBHOOK_SECRET";
const PREVIOUS_WEBHOOK_SECRET: &str = "LINKA_CARD_PREVIOUS_WEBHOOK_SECRET";
/// How long a connection may take to come about.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long a request may take in all.
const LIMIT: Duration = Duration::from_secs(30);

/// The account at the provider.
pub(crate) struct CardProvider {
    client: Client,
    secrets: WebhookSecrets,
    /// Whether its key moves real money.
    live: bool,
    api: String,
    return_url: String,
    http: Http<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// How things stand at the provider with one purchase.
pub(crate) struct Look {
    /// Its pay page.
    pub(crate) session: Session,
    /// What is known of it.
    pub(crate) events: Vec<Event>,
    /// What cannot be read: for a person.
    pub(crate) unread: Vec<String>,
    /// Its refunds, where they were asked for.
    pub(crate) refunds: Vec<Refunded>,
}

impl Look {
    fn of(session: Session) -> Self {
        let events = session.events.clone();
        Self { session, events, unread: Vec::new(), refunds: Vec::new() }
    }
}

fn unsold(row: &PurchaseRow) -> Trouble {
    Trouble::Never(format!("purchase {} has no pay page", row.purchase.id()))
}

/// Why a request led to nothing.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The provider does not answer, or nothing but errors: whatever else is asked waits as well.
    Away(String),
    /// Nothing is known of the outcome, or it cannot be mended by another request: ask again later.
    Later(String),
    /// The provider, or our own rules, will never do this.
    Never(String),
}

impl CardProvider {
    /// What a configuration file says, with its secrets.
    pub(crate) fn configured(file: &Path, card: &Card) -> Result<Self, Failure> {
        let read = |path: &Option<_>, variable| {
            let path = path.as_deref().map(|path| beside(file, path));
            secret(path.as_deref(), variable)
        };
        let missing = |key, variable| {
            Failure::new(format!(
                "payments: the card provider needs a secret: name a file in card.{key}, or set {variable}"
            ))
        };
        let key = read(&card.key_file, KEY)?.ok_or_else(|| missing("key_file", KEY))?;
        let current = read(&card.webhook_secret_file, WEBHOOK_SECRET)?
            .ok_or_else(|| missing("webhook_secret_file", WEBHOOK_SECRET))?;
        let previous = read(&card.previous_webhook_secret_file, PREVIOUS_WEBHOOK_SECRET)?;
        let wrong = |error: &dyn std::fmt::Display| Failure::new(format!("payments: {error}"));
        if is_live(&key) && !card.api.starts_with("https://") {
            let why = "a key that moves real money is sent to an https:// address alone: card.api";
            return Err(wrong(&why));
        }
        Ok(Self {
            live: is_live(&key),
            client: Client::new(key).map_err(|error| wrong(&error))?,
            secrets: WebhookSecrets::new(current, previous).map_err(|error| wrong(&error))?,
            api: card.api.trim_end_matches('/').to_owned(),
            return_url: card.return_url.clone(),
            http: http(&card.api)?,
        })
    }

    /// What webhooks are signed with.
    pub(crate) const fn secrets(&self) -> &WebhookSecrets {
        &self.secrets
    }

    /// Whether its key moves real money; webhooks of the other kind are not for us.
    pub(crate) const fn is_live(&self) -> bool {
        self.live
    }

    /// Opens the pay page of a purchase; the same purchase has one, however often it is asked for.
    pub(crate) async fn open(&self, row: &PurchaseRow) -> Result<Session, Trouble> {
        let purchase = &row.purchase;
        let checkout = Checkout {
            purchase: purchase.id(),
            amount: purchase.asked(),
            currency: purchase.currency(),
            name: format!("Credit for {}", row.org_name).chars().take(250).collect(),
            success_url: self.return_url.clone(),
            cancel_url: self.return_url.clone(),
        };
        let request = self.client.create_session(&checkout)?;
        self.ask(request, card::session).await
    }

    /// What the provider knows of a purchase that has a pay page: what was paid, refunded, disputed.
    pub(crate) async fn look(&self, session: &str) -> Result<Look, Trouble> {
        let request = self.client.retrieve_session(session)?;
        let mut look = Look::of(self.ask(request, card::session).await?);
        if let Some(payment) = look.session.payment_intent.clone() {
            let request = self.client.list_disputes(&payment)?;
            let disputes = self.ask(request, card::disputes).await?;
            look.events.extend(disputes.events);
            look.unread = disputes.unread;
        }
        Ok(look)
    }

    /// The same with every refund. They are asked for first, so that what the pay page says of its
    /// charge has what they say in it.
    pub(crate) async fn look_at_refunds(&self, row: &PurchaseRow) -> Result<Look, Trouble> {
        let session = row.session.as_deref().ok_or_else(|| unsold(row))?;
        let mut refunds = Vec::new();
        if let Some(payment) = &row.payment {
            refunds = self.ask(self.client.list_refunds(payment)?, card::refunds).await?;
        }
        let mut look = self.look(session).await?;
        look.events.extend(card::failed_refunds(&look.session.events, &refunds));
        Ok(Look { refunds, ..look })
    }

    /// Asks for a refund; under the same name it is made once.
    pub(crate) async fn refund(&self, part: &RefundPart) -> Result<Refunded, Trouble> {
        let purchase = &part.purchase.purchase;
        let payment = part.purchase.payment.clone();
        let order = RefundOrder {
            purchase: purchase.id(),
            payment_intent: payment.ok_or_else(|| Trouble::Never("it was not paid".to_owned()))?,
            amount: part.amount,
            currency: purchase.currency(),
            refund: part.id,
        };
        let request = self.client.create_refund(&order)?;
        self.ask(request, card::refund).await
    }

    async fn ask<T>(
        &self,
        request: Request,
        read: impl FnOnce(Answer<'_>) -> Result<T, CardError>,
    ) -> Result<T, Trouble> {
        let sending = tokio::time::timeout(LIMIT, self.send(request));
        let away = |why: String| Trouble::Away(format!("the card provider is away: {why}"));
        let (status, body) =
            sending.await.map_err(|_| away("no answer".to_owned()))?.map_err(away)?;
        Ok(read(Answer { status, body: &body })?)
    }

    /// Sends one request and reads one answer. A redirection is an answer like any other, and none
    /// that we can read.
    async fn send(&self, request: Request) -> Result<(u16, Bytes), String> {
        let Request { method, path, headers, body } = request;
        let method = match method {
            Method::Get => hyper::Method::GET,
            Method::Post => hyper::Method::POST,
        };
        let mut builder =
            hyper::Request::builder().method(method).uri(format!("{}{path}", self.api));
        for (name, value) in headers {
            builder = builder.header(name, value.expose());
        }
        let request = builder.body(Full::from(body)).map_err(|_| "no such address".to_owned())?;
        let answer = self.http.request(request).await.map_err(|error| because(&error))?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), BODY_BYTES_MAX).collect().await;
        Ok((status, body.map_err(|error| error.to_string())?.to_bytes()))
    }
}

/// An error with what is behind it; neither tells of a request's content.
fn because(error: &hyper_util::client::legacy::Error) -> String {
    let behind = std::error::Error::source(error).map(ToString::to_string);
    behind.unwrap_or_else(|| error.to_string())
}

fn is_live(key: &Redacted<String>) -> bool {
    ["sk_live_", "rk_live_"].iter().any(|start| key.expose().starts_with(start))
}

/// A client that checks certificates against the machine's. Only an address that says so is asked
/// without encryption.
fn http(api: &str) -> Result<Http<HttpsConnector<HttpConnector>, Full<Bytes>>, Failure> {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(CONNECT_LIMIT));
    connector.enforce_http(false);
    let provider = rustls::crypto::ring::default_provider();
    let builder = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(provider)
        .map_err(|error| Failure::new(format!("no certificates to trust: {error}")))?;
    let schemes =
        if api.starts_with("http://") { builder.https_or_http() } else { builder.https_only() };
    Ok(Http::builder(TokioExecutor::new()).build(schemes.enable_http1().wrap_connector(connector)))
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Away(why) | Self::Later(why) | Self::Never(why) => f.write_str(why),
        }
    }
}

impl From<CardError> for Trouble {
    fn from(error: CardError) -> Self {
        let why = error.to_string();
        match error {
            CardError::Refused { .. } => Self::Never(why),
            CardError::Unreadable(_) => Self::Later(why),
            CardError::TryAgain(_) | CardError::Key(_) => Self::Away(why),
        }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Later(error.to_string())
    }
}

impl From<RequestError> for Trouble {
    fn from(error: RequestError) -> Self {
        Self::Never(error.to_string())
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::new(trouble.to_string())
    }
}
