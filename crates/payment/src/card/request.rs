//! Requests as values.

use linka_model::{Currency, Micros, Redacted};
use uuid::Uuid;

use crate::minor_unit::{MinorUnitError, to_minor};
use crate::purchase::{OBJECT_BYTES_MAX, PurchaseId};

/// The version of the interface whose fields we read; sent with every request, so that a setting of
/// the account changes nothing.
const API_VERSION: &str = "2024-06-20";

/// Longest key or webhook secret that is taken, in bytes.
pub const SECRET_BYTES_MAX: usize = 255;

/// Longest line on the pay page, in characters.
const NAME_CHARS_MAX: usize = 250;

/// Longest address of a page, in bytes.
const URL_BYTES_MAX: usize = 2_000;

/// What a request does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// Reads.
    Get,
    /// Changes.
    Post,
}

/// What is to be sent to the provider's host over TLS.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// Reads or changes.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// Header fields; one of them bears the key.
    pub headers: Vec<(&'static str, Redacted<String>)>,
    /// A form, empty when reading.
    pub body: String,
}

/// The account at the provider.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Client {
    key: Redacted<String>,
}

/// A pay page for one purchase.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkout {
    /// Our own name of it, which comes back in every event.
    pub purchase: PurchaseId,
    /// What is to be paid: whole minor units.
    pub amount: Micros,
    /// In which currency.
    pub currency: Currency,
    /// The one line on the page: what is bought.
    pub name: String,
    /// Where the payer comes back to.
    pub success_url: String,
    /// Where the payer comes back to without having paid.
    pub cancel_url: String,
}

/// Money that goes back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefundOrder {
    /// The purchase.
    pub purchase: PurchaseId,
    /// Its payment at the provider.
    pub payment_intent: String,
    /// How much: whole minor units.
    pub amount: Micros,
    /// In the currency of the purchase.
    pub currency: Currency,
    /// Our own name of it, made before the first attempt: sending it twice refunds once.
    pub refund: Uuid,
}

/// Why there is no request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The amount cannot be paid by card.
    #[error(transparent)]
    Amount(#[from] MinorUnitError),
    /// Nothing, or less.
    #[error("{0} cannot be paid by card: use an amount above zero")]
    NotPositive(Micros),
    /// The key is not one.
    #[error("the key of the card provider must have 1 to {SECRET_BYTES_MAX} visible characters")]
    Key,
    /// The name on the page.
    #[error("the line on the pay page must have 1 to {NAME_CHARS_MAX} characters")]
    Name,
    /// A page to come back to.
    #[error("`{0}` is no page to come back to: use https:// and at most {URL_BYTES_MAX} bytes")]
    Url(String),
    /// An object of the provider's.
    #[error("`{0}` is no name of an object at the card provider")]
    Object(String),
}

impl Client {
    /// An account with its secret key.
    pub fn new(key: Redacted<String>) -> Result<Self, RequestError> {
        let text = key.expose();
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        let fits = (1..=SECRET_BYTES_MAX).contains(&text.len());
        if visible && fits { Ok(Self { key }) } else { Err(RequestError::Key) }
    }

    /// Opens a pay page. The same purchase gets the same page however often it is asked for.
    pub fn create_session(&self, checkout: &Checkout) -> Result<Request, RequestError> {
        let amount = minor(checkout.amount, checkout.currency)?;
        if !(1..=NAME_CHARS_MAX).contains(&checkout.name.chars().count()) {
            return Err(RequestError::Name);
        }
        url(&checkout.success_url)?;
        url(&checkout.cancel_url)?;
        let purchase = checkout.purchase.to_string();
        let currency = checkout.currency.as_str().to_ascii_lowercase();
        let body = form(&[
            ("mode", "payment"),
            ("client_reference_id", &purchase),
            ("metadata[purchase]", &purchase),
            // The payment hands this on to its charge, which refunds are told of.
            ("payment_intent_data[metadata][purchase]", &purchase),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", &currency),
            ("line_items[0][price_data][unit_amount]", &amount),
            ("line_items[0][price_data][product_data][name]", &checkout.name),
            ("success_url", &checkout.success_url),
            ("cancel_url", &checkout.cancel_url),
        ]);
        Ok(self.post("/v1/checkout/sessions", body, format!("purchase-{purchase}")))
    }

    /// Asks what became of a pay page and of its payment.
    pub fn retrieve_session(&self, session: &str) -> Result<Request, RequestError> {
        let session = object(session)?;
        let expand = "expand%5B%5D=payment_intent.latest_charge";
        Ok(self.get(format!("/v1/checkout/sessions/{session}?{expand}")))
    }

    /// Asks for the disputes of a payment.
    pub fn list_disputes(&self, payment_intent: &str) -> Result<Request, RequestError> {
        let payment = object(payment_intent)?;
        Ok(self.get(format!("/v1/disputes?payment_intent={payment}&limit=100")))
    }

    /// Asks for the refunds of a payment.
    pub fn list_refunds(&self, payment_intent: &str) -> Result<Request, RequestError> {
        let payment = object(payment_intent)?;
        Ok(self.get(format!("/v1/refunds?payment_intent={payment}&limit=100")))
    }

    /// Sends money back.
    pub fn create_refund(&self, refund: &RefundOrder) -> Result<Request, RequestError> {
        let amount = minor(refund.amount, refund.currency)?;
        let purchase = refund.purchase.to_string();
        let body = form(&[
            ("payment_intent", object(&refund.payment_intent)?),
            ("amount", &amount),
            ("metadata[purchase]", &purchase),
            // By this it is found again when the answer is lost.
            ("metadata[refund]", &refund.refund.to_string()),
        ]);
        let key = format!("refund-{}", refund.refund);
        Ok(self.post("/v1/refunds", body, key))
    }

    fn get(&self, path: String) -> Request {
        Request { method: Method::Get, path, headers: self.headers(), body: String::new() }
    }

    fn post(&self, path: &str, body: String, idempotency_key: String) -> Request {
        let mut headers = self.headers();
        let form = "application/x-www-form-urlencoded".to_owned();
        headers.push(("Content-Type", Redacted::new(form)));
        headers.push(("Idempotency-Key", Redacted::new(idempotency_key)));
        Request { method: Method::Post, path: path.to_owned(), headers, body }
    }

    fn headers(&self) -> Vec<(&'static str, Redacted<String>)> {
        vec![
            ("Authorization", Redacted::new(format!("Bearer {}", self.key.expose()))),
            ("Stripe-Version", Redacted::new(API_VERSION.to_owned())),
        ]
    }
}

fn minor(amount: Micros, currency: Currency) -> Result<String, RequestError> {
    let minor = to_minor(amount, currency)?;
    if minor > 0 { Ok(minor.to_string()) } else { Err(RequestError::NotPositive(amount)) }
}

/// Names of objects go into paths: letters, digits, `_` and `-` alone.
fn object(name: &str) -> Result<&str, RequestError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let fits = (1..=OBJECT_BYTES_MAX).contains(&name.len());
    if fits && name.bytes().all(plain) {
        Ok(name)
    } else {
        Err(RequestError::Object(name.chars().take(40).collect()))
    }
}

/// Pages to come back to are encrypted; this machine's own may be plain, for trials.
fn url(text: &str) -> Result<(), RequestError> {
    if is_private(text) && text.len() <= URL_BYTES_MAX {
        Ok(())
    } else {
        Err(RequestError::Url(text.chars().take(80).collect()))
    }
}

/// Whether nobody on the way can read what is sent to an address: it is encrypted, or never leaves this
/// machine.
pub fn is_private(url: &str) -> bool {
    let visible = url.bytes().all(|byte| byte.is_ascii_graphic());
    let encrypted = url.strip_prefix("https://").and_then(host).is_some();
    visible && (encrypted || is_this_machine(url))
}

/// Whether an address is this machine's own, without encryption.
pub fn is_this_machine(url: &str) -> bool {
    let host = url.strip_prefix("http://").and_then(host);
    host.is_some_and(|host| ["localhost", "127.0.0.1", "[::1]"].contains(&host))
}

/// The host of an address whose scheme is taken off. Names of users have no place in it: what stands
/// before an `@` only looks like a host, and readers differ over what a backslash ends.
fn host(rest: &str) -> Option<&str> {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    let port = authority
        .rfind(':')
        .filter(|colon| !authority.get(*colon..).is_some_and(|a| a.contains(']')));
    let host = authority.get(..port.unwrap_or(authority.len()))?;
    let number = port.and_then(|colon| authority.get(colon + 1..));
    let is_port = number.is_none_or(|number| number.parse::<u16>().is_ok());
    let is_plain = !authority.contains(['@', '\\']);
    (!host.is_empty() && is_plain && is_port).then_some(host)
}

/// Fields as `application/x-www-form-urlencoded` has them.
fn form(fields: &[(&str, &str)]) -> String {
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            other => out.push_str(&format!("%{other:02X}")),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn client() -> Client {
        Client::new(Redacted::new("sk_test_secret".to_owned())).unwrap()
    }

    fn checkout() -> Checkout {
        Checkout {
            purchase: PurchaseId(Uuid::from_u128(7)),
            amount: Micros(500_000_000),
            currency: "CZK".parse().unwrap(),
            name: "Kredit: 1 & 2".to_owned(),
            success_url: "https://linka.example/credit?ok=1".to_owned(),
            cancel_url: "https://linka.example/credit".to_owned(),
        }
    }

    fn header<'a>(request: &'a Request, name: &str) -> &'a str {
        request.headers.iter().find(|(known, _)| *known == name).unwrap().1.expose()
    }

    #[test]
    fn a_pay_page_is_asked_for_with_our_own_name_in_minor_units() {
        let request = client().create_session(&checkout()).unwrap();
        let purchase = "00000000-0000-0000-0000-000000000007";
        let expected = format!(
            "mode=payment&client_reference_id={purchase}&metadata%5Bpurchase%5D={purchase}\
             &payment_intent_data%5Bmetadata%5D%5Bpurchase%5D={purchase}\
             &line_items%5B0%5D%5Bquantity%5D=1\
             &line_items%5B0%5D%5Bprice_data%5D%5Bcurrency%5D=czk\
             &line_items%5B0%5D%5Bprice_data%5D%5Bunit_amount%5D=50000\
             &line_items%5B0%5D%5Bprice_data%5D%5Bproduct_data%5D%5Bname%5D=Kredit%3A+1+%26+2\
             &success_url=https%3A%2F%2Flinka.example%2Fcredit%3Fok%3D1\
             &cancel_url=https%3A%2F%2Flinka.example%2Fcredit"
        );
        assert_eq!(request.body, expected);
        assert_eq!(
            (request.method, request.path.as_str()),
            (Method::Post, "/v1/checkout/sessions")
        );
        assert_eq!(header(&request, "Authorization"), "Bearer sk_test_secret");
        assert_eq!(header(&request, "Idempotency-Key"), format!("purchase-{purchase}"));
        assert_eq!(client().create_session(&checkout()).unwrap(), request);
    }

    #[test]
    fn reading_names_the_object_in_the_path() {
        let session = client().retrieve_session("cs_test_1").unwrap();
        let path = "/v1/checkout/sessions/cs_test_1?expand%5B%5D=payment_intent.latest_charge";
        assert_eq!((session.method, session.path.as_str()), (Method::Get, path));
        let disputes = client().list_disputes("pi_1").unwrap();
        assert_eq!(disputes.path, "/v1/disputes?payment_intent=pi_1&limit=100");
    }

    #[test]
    fn a_refund_names_payment_amount_and_itself() {
        let order = RefundOrder {
            purchase: PurchaseId(Uuid::from_u128(7)),
            payment_intent: "pi_1".to_owned(),
            amount: Micros(12_500_000),
            currency: "CZK".parse().unwrap(),
            refund: Uuid::from_u128(1),
        };
        let request = client().create_refund(&order).unwrap();
        let expected = "payment_intent=pi_1&amount=1250\
                        &metadata%5Bpurchase%5D=00000000-0000-0000-0000-000000000007\
                        &metadata%5Brefund%5D=00000000-0000-0000-0000-000000000001";
        assert_eq!((request.path.as_str(), request.body.as_str()), ("/v1/refunds", expected));
        let key = "refund-00000000-0000-0000-0000-000000000001";
        assert_eq!(header(&request, "Idempotency-Key"), key);
        let refunds = client().list_refunds("pi_1").unwrap();
        assert_eq!(refunds.path, "/v1/refunds?payment_intent=pi_1&limit=100");
    }

    #[test]
    fn amounts_that_are_no_whole_minor_units_or_not_above_zero_are_refused() {
        for micros in [12_505_000, 0, -10_000] {
            let wrong = Checkout { amount: Micros(micros), ..checkout() };
            assert!(client().create_session(&wrong).is_err(), "{micros}");
        }
    }

    #[test]
    fn a_name_cannot_lead_to_another_path() {
        for name in ["", "../refunds", "cs_1?x", "cs_1/expire", &"a".repeat(256)] {
            assert!(client().retrieve_session(name).is_err(), "{name}");
        }
    }

    #[test]
    fn only_this_machine_may_be_asked_without_encryption() {
        for page in
            ["http://localhost", "http://127.0.0.1:4242/x", "http://[::1]:80", "http://[::1]"]
        {
            assert!(is_this_machine(page) && is_private(page), "{page}");
        }
        assert!(
            is_private("https://api.example.org:8443/") && !is_this_machine("https://localhost")
        );
    }

    #[test]
    fn pages_names_and_keys_out_of_bounds_are_refused() {
        for page in [
            "http://linka.example/",
            "javascript:x",
            "https://a b",
            "",
            "https://",
            "https:///x",
            "http://127.0.0.1.example.org/",
            "http://localhost.example/",
            "http://localhost@example.org/",
            "http://localhost:80@example.org/",
            "http://localhost\\.example.org/",
            "http://127.0.0.1:x/",
        ] {
            let wrong = Checkout { cancel_url: page.to_owned(), ..checkout() };
            assert!(matches!(client().create_session(&wrong), Err(RequestError::Url(_))), "{page}");
        }
        for name in [String::new(), "x".repeat(251)] {
            let wrong = Checkout { name, ..checkout() };
            assert_eq!(client().create_session(&wrong), Err(RequestError::Name));
        }
        for key in ["", "a\r\nb", &"k".repeat(256)] {
            assert_eq!(Client::new(Redacted::new(key.to_owned())), Err(RequestError::Key));
        }
    }

    #[test]
    fn no_debug_output_shows_the_key() {
        let request = client().create_session(&checkout()).unwrap();
        let shown = format!("{:?} {request:?}", client());
        assert!(!shown.contains("sk_test_secret"), "{shown}");
    }
}
