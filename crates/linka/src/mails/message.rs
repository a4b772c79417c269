//! A mail as it travels (RFC 5322): the same bytes at every attempt.

use core::time::Duration;
use std::time::SystemTime;

use lettre::Message;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use linka_letters::{Language, Rendered};
use linka_store::Outgoing;

use super::NotSent;

/// A sender as it is configured.
pub(super) fn mailbox(text: &str) -> Result<Mailbox, String> {
    text.parse().map_err(|error| {
        format!("`{text}` is no sender ({error}): write name@host or Name <name@host>")
    })
}

/// Both bodies under one head. Its date is the hour of what it tells: a mail about credit would
/// else say when somebody called (O9).
pub(super) fn build(
    from: &Mailbox,
    mail: &Outgoing,
    rendered: Rendered,
) -> Result<Message, NotSent> {
    let refused = |why: String| NotSent::for_good(format!("the mail cannot be written: {why}"));
    let to = mail.to.address.parse().map_err(|_| refused("no address".to_owned()))?;
    let hour = Duration::from_millis(u64::try_from(mail.hour_ms).unwrap_or(0));
    let bodies = MultiPart::alternative()
        .boundary(format!("linka-{}", mail.id.simple()))
        .singlepart(SinglePart::plain(rendered.text))
        .singlepart(SinglePart::html(rendered.html));
    Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(rendered.subject)
        .date(SystemTime::UNIX_EPOCH + hour)
        .message_id(Some(format!("<{}>", mail.message_id)))
        .header(Automatic)
        .header(ContentLanguage(Language::for_reader_of(mail.to.language)))
        .multipart(bodies)
        .map_err(|error| refused(error.to_string()))
}

/// Nobody's answering machine shall answer (RFC 3834, 5).
#[derive(Clone)]
struct Automatic;

impl Header for Automatic {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn core::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The language of the bodies (RFC 3282).
#[derive(Clone)]
struct ContentLanguage(Language);

impl Header for ContentLanguage {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Content-Language")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn core::error::Error + Send + Sync>> {
        let known = Language::ALL.into_iter().find(|language| language.code() == text);
        known.map(Self).ok_or_else(|| "no language of ours".into())
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.code().to_owned())
    }
}
