//! Whether a webhook is the provider's: HMAC-SHA-256 over its time and its raw bytes, as the header
//! `Stripe-Signature` bears it. See <https://docs.stripe.com/webhooks/signature>.

use hmac::digest::CtOutput;
use hmac::{Hmac, KeyInit, Mac};
use linka_model::Redacted;
use sha2::Sha256;

use super::BODY_BYTES_MAX;
use super::request::SECRET_BYTES_MAX;

/// How old a webhook may be, in seconds.
///
/// One that is dated in the future is taken: the signature proves that the provider dated it, so it is
/// our clock that is behind, and that must not keep a payment out.
pub const TOLERANCE_S: i64 = 300;

/// Longest header that is read, in bytes.
const HEADER_BYTES_MAX: usize = 4_096;

/// Most signatures that are compared: the provider sends one a secret.
const SIGNATURES_MAX: usize = 8;

/// The secrets that sign webhooks: one, or two while one replaces the other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WebhookSecrets {
    current: Redacted<String>,
    previous: Option<Redacted<String>>,
}

/// Why bytes are not taken for the provider's. The answer to give is 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A secret that signs nothing.
    #[error("a webhook secret must have 1 to {SECRET_BYTES_MAX} visible characters")]
    Secret,
    /// Too long.
    #[error("the webhook is longer than is read")]
    TooLong,
    /// No time in it, or one that is no number.
    #[error("Stripe-Signature has no time (t=)")]
    NoTime,
    /// No signature of the scheme that we know.
    #[error("Stripe-Signature has no signature (v1=)")]
    NoSignature,
    /// None of its signatures is right.
    #[error("no signature of the webhook is right: compare the webhook secret, or it is forged")]
    Wrong,
    /// It is right, and old: it may have been recorded and sent again.
    #[error("the webhook is older than {TOLERANCE_S} s")]
    Old,
}

impl WebhookSecrets {
    /// The secret, and the one that it replaces while both sign.
    pub fn new(
        current: Redacted<String>,
        previous: Option<Redacted<String>>,
    ) -> Result<Self, SignatureError> {
        let fits = |secret: &Redacted<String>| {
            let text = secret.expose();
            let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
            visible && (1..=SECRET_BYTES_MAX).contains(&text.len())
        };
        let good = fits(&current) && previous.as_ref().is_none_or(fits);
        if good { Ok(Self { current, previous }) } else { Err(SignatureError::Secret) }
    }

    /// Accepts a body that one of the secrets has signed at most 300 s before `now_ms`, in milliseconds
    /// since 1970. Whoever sends it, it costs one pass over the body for each secret.
    pub fn verify(&self, header: &str, body: &[u8], now_ms: i64) -> Result<(), SignatureError> {
        if header.len() > HEADER_BYTES_MAX || body.len() > BODY_BYTES_MAX {
            return Err(SignatureError::TooLong);
        }
        let time = values(header, "t").next().ok_or(SignatureError::NoTime)?;
        let signed_s: i64 = time.parse().map_err(|_| SignatureError::NoTime)?;
        if values(header, "v1").next().is_none() {
            return Err(SignatureError::NoSignature);
        }
        let signatures = values(header, "v1").take(SIGNATURES_MAX).filter_map(bytes);
        let secrets = [Some(&self.current), self.previous.as_ref()].into_iter().flatten();
        // Each secret with each signature; a comparison takes as long whether it is right or wrong.
        let mut macs = secrets.filter_map(|secret| expected(secret, signed_s, body));
        let right = macs.any(|expected| {
            signatures.clone().any(|signature| expected == CtOutput::new(signature.into()))
        });
        if !right {
            Err(SignatureError::Wrong)
        } else if signed_s.saturating_mul(1_000) < now_ms.saturating_sub(TOLERANCE_S * 1_000) {
            Err(SignatureError::Old)
        } else {
            Ok(())
        }
    }
}

/// The values of one name in `t=1,v1=ab,v1=cd`.
fn values<'a>(header: &'a str, name: &'static str) -> impl Iterator<Item = &'a str> + Clone {
    header.split(',').filter_map(move |item| {
        let (known, value) = item.split_once('=')?;
        (known == name).then_some(value)
    })
}

/// The 32 bytes that 64 small hexadecimal digits stand for.
fn bytes(hex: &str) -> Option<[u8; 32]> {
    let mut all = [0; 32];
    let pairs = hex.as_bytes().chunks(2);
    if hex.len() != 64 {
        return None;
    }
    for (byte, pair) in all.iter_mut().zip(pairs) {
        for digit in pair {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
            *byte = *byte << 4 | value;
        }
    }
    Some(all)
}

/// What a secret makes of a time and a body.
fn expected(secret: &Redacted<String>, time_s: i64, body: &[u8]) -> Option<CtOutput<Hmac<Sha256>>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
    mac.update(format!("{time_s}.").as_bytes());
    mac.update(body);
    Some(mac.finalize())
}
