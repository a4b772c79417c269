//! Webhooks and answers of the card provider, by objects shaped as its documentation shows them.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use linka_model::{Micros, Redacted};
use linka_payment::card::{
    Answer, BODY_BYTES_MAX, CardError, Notice, RefundState, SignatureError, Webhook, WebhookError,
    WebhookSecrets, Who, disputes, failed_refunds, refund, refunds, session,
};
use linka_payment::purchase::{Event, PurchaseId};
use serde::Deserialize;
use uuid::Uuid;

/// One row of the table that the provider's official SDK is held against too.
#[derive(Deserialize)]
struct Case {
    name: String,
    secrets: Vec<String>,
    header: String,
    body: String,
    now: i64,
    accept: bool,
}

fn secrets(texts: &[String]) -> WebhookSecrets {
    let mut texts = texts.iter().cloned().map(Redacted::new);
    WebhookSecrets::new(texts.next().unwrap(), texts.next()).unwrap()
}

/// The signatures of the table were computed beforehand:
/// `printf '%s' "$TIME.$BODY" | openssl dgst -sha256 -hmac "$SECRET"`.
#[test]
fn webhooks_are_taken_and_refused_as_the_table_says() {
    let table: Vec<Case> = serde_json::from_str(include_str!("webhook/signatures.json")).unwrap();
    assert_eq!(table.len(), 25);
    for case in table {
        let found =
            secrets(&case.secrets).verify(&case.header, case.body.as_bytes(), case.now * 1_000);
        assert_eq!(found.is_ok(), case.accept, "{}: {found:?}", case.name);
    }
}

#[test]
fn secrets_headers_and_bodies_have_limits() {
    let new = |text: &str| WebhookSecrets::new(Redacted::new(text.to_owned()), None);
    for wrong in ["", "  ", "whsec\n", &"s".repeat(256)] {
        assert_eq!(new(wrong), Err(SignatureError::Secret), "{wrong:?}");
    }
    let good = new("whsec_current").unwrap();
    let long = vec![b' '; BODY_BYTES_MAX + 1];
    assert_eq!(good.verify("t=1,v1=00", &long, 1), Err(SignatureError::TooLong));
    assert_eq!(good.verify(&"x".repeat(4_097), b"", 1), Err(SignatureError::TooLong));
    assert!(!format!("{good:?}").contains("whsec"));
}

const PURCHASE: &str = "00000000-0000-0000-0000-000000000007";

/// A webhook as it is sent, with its header: `openssl` signs in the table, here it is our turn, as
/// only the reading of the content is looked at.
fn webhook(kind: &str, object: &str) -> Result<Notice, WebhookError> {
    use hmac::{Hmac, KeyInit, Mac};
    let body = format!(
        r#"{{"id":"evt_1","object":"event","api_version":"2024-06-20","created":100,
        "livemode":false,"type":"{kind}","data":{{"object":{object}}}}}"#
    );
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"whsec").unwrap();
    mac.update(format!("100.{body}").as_bytes());
    let digits: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
    let secrets = secrets(&["whsec".to_owned()]);
    Webhook::read(&secrets, &format!("t=100,v1={digits}"), body.as_bytes(), 100_000)
        .map(|w| w.notice)
}

fn session_object(payment_status: &str, payment_intent: &str) -> String {
    format!(
        r#"{{"id":"cs_1","object":"checkout.session","url":null,"status":"complete",
        "client_reference_id":"{PURCHASE}","metadata":{{"purchase":"{PURCHASE}"}},
        "amount_total":50000,"currency":"czk","payment_status":"{payment_status}",
        "payment_intent":{payment_intent},"expires_at":1700000000}}"#
    )
}

fn charge_object(refunded: i64) -> String {
    format!(
        r#"{{"id":"ch_1","object":"charge","amount":50000,"amount_refunded":{refunded},
        "currency":"czk","payment_intent":"pi_1","metadata":{{"purchase":"{PURCHASE}"}}}}"#
    )
}

fn dispute_object(id: &str, status: &str) -> String {
    format!(
        r#"{{"id":"{id}","object":"dispute","amount":50000,"currency":"czk","charge":"ch_1",
        "payment_intent":"pi_1","status":"{status}"}}"#
    )
}

fn paid() -> Event {
    let currency = "CZK".parse().unwrap();
    Event::Paid { object: "pi_1".to_owned(), amount: Micros(500_000_000), currency }
}

fn refunded() -> Event {
    let currency = "CZK".parse().unwrap();
    Event::Refunded { object: "ch_1".to_owned(), total: Micros(125_000_000), currency }
}

fn event(kind: &str, object: &str) -> Option<Event> {
    match webhook(kind, object).unwrap() {
        Notice::Purchase { who, event } => {
            let ours = who.purchase.is_none_or(|id| id == PurchaseId(Uuid::from_u128(7)));
            let theirs = who.payment_intent.is_none_or(|name| name == "pi_1");
            assert!(ours && theirs);
            Some(event)
        }
        Notice::Ignored { kind: known } => {
            assert_eq!(known, kind);
            None
        }
        other @ (Notice::Refund { .. } | Notice::Unread { .. }) => panic!("{other:?}"),
    }
}

#[test]
fn a_completed_session_counts_only_when_it_is_paid() {
    let completed = "checkout.session.completed";
    assert_eq!(event(completed, &session_object("paid", "\"pi_1\"")), Some(paid()));
    assert_eq!(event(completed, &session_object("unpaid", "\"pi_1\"")), Some(Event::Opened));
    assert_eq!(event(completed, &session_object("no_payment_required", "null")), None);
}

#[test]
fn every_type_of_event_says_its_own() {
    let unpaid = session_object("unpaid", "\"pi_1\"");
    let succeeded = "checkout.session.async_payment_succeeded";
    assert_eq!(event(succeeded, &session_object("paid", "\"pi_1\"")), Some(paid()));
    assert_eq!(event(succeeded, &unpaid), None);
    assert_eq!(event("checkout.session.async_payment_failed", &unpaid), Some(Event::Failed));
    assert_eq!(event("checkout.session.expired", &unpaid), Some(Event::Expired));
    // 12500 hellers are 125.00.
    assert_eq!(event("charge.refunded", &charge_object(12_500)), Some(refunded()));
    assert_eq!(event("customer.created", "{}"), None);
}

#[test]
fn disputes_hold_and_decide_and_inquiries_do_nothing() {
    let object = "dp_1".to_owned();
    let (amount, currency) = (Micros(500_000_000), "CZK".parse().unwrap());
    let opened = Event::DisputeOpened { object: object.clone(), amount, currency };
    let created = "charge.dispute.created";
    assert_eq!(event(created, &dispute_object("dp_1", "needs_response")), Some(opened));
    let closed = |won| Some(Event::DisputeClosed { object: object.clone(), amount, currency, won });
    let end = "charge.dispute.closed";
    assert_eq!(event(end, &dispute_object("dp_1", "won")), closed(true));
    assert_eq!(event(end, &dispute_object("dp_1", "lost")), closed(false));
    assert_eq!(event(created, &dispute_object("dp_1", "warning_needs_response")), None);
    assert_eq!(event(end, &dispute_object("dp_1", "warning_closed")), None);
    let unread = webhook(end, &dispute_object("dp_1", "new_word")).unwrap();
    assert!(matches!(unread, Notice::Unread { .. }), "{unread:?}");
}

#[test]
fn a_signed_webhook_that_cannot_be_read_is_an_error_and_not_ignored() {
    for (kind, object) in [("checkout.session.completed", "{}"), ("charge.refunded", "[]")] {
        let refused = webhook(kind, object);
        assert!(matches!(refused, Err(WebhookError::Unreadable(_))), "{kind}: {refused:?}");
    }
    // One of a purchase of ours says whose it is.
    let ours = webhook("checkout.session.completed", &session_object("paid", "null")).unwrap();
    let Notice::Unread { who, .. } = ours else { panic!("{ours:?}") };
    assert_eq!(who.purchase, Some(PurchaseId(Uuid::from_u128(7))));
}

#[test]
fn what_is_not_ours_is_passed_over_in_whatever_form_it_comes() {
    // A subscription of another program on the same account, paid, with no payment of its own.
    let subscription = r#"{"id":"cs_2","object":"checkout.session","mode":"subscription",
        "client_reference_id":"customer 12","amount_total":900,"currency":"usd",
        "payment_status":"paid","status":"complete","payment_intent":null}"#;
    // Of kronur nobody here knows the minor unit.
    let charge = r#"{"id":"ch_9","object":"charge","amount_refunded":900,"currency":"isk",
        "payment_intent":null,"metadata":{}}"#;
    for (kind, object) in
        [("checkout.session.completed", subscription), ("charge.refunded", charge)]
    {
        let told = webhook(kind, object).unwrap();
        assert!(matches!(told, Notice::Ignored { .. }), "{kind}: {told:?}");
    }
}

#[test]
fn a_refund_that_fails_asks_for_an_inquiry() {
    let refund = |status: &str| {
        format!(
            r#"{{"id":"re_1","object":"refund","amount":1250,"currency":"czk","charge":"ch_1",
            "payment_intent":"pi_1","metadata":{{"purchase":"{PURCHASE}"}},"status":"{status}"}}"#
        )
    };
    let purchase = Some(PurchaseId(Uuid::from_u128(7)));
    let who = Who { purchase, payment_intent: Some("pi_1".to_owned()) };
    for kind in ["refund.failed", "refund.updated", "charge.refund.updated"] {
        let failed = webhook(kind, &refund("failed")).unwrap();
        assert_eq!(failed, Notice::Refund { who: who.clone() });
        let done = webhook(kind, &refund("succeeded")).unwrap();
        assert!(matches!(done, Notice::Ignored { .. }), "{done:?}");
    }
}

#[test]
fn of_many_signatures_the_first_eight_are_compared() {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"whsec").unwrap();
    mac.update(b"100.{}");
    let right: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
    let secrets = secrets(&["whsec".to_owned()]);
    let wrong = |count| format!("t=100{}", format!(",v1={}", "0".repeat(64)).repeat(count));
    let header = |count| format!("{},v1={right}", wrong(count));
    assert_eq!(secrets.verify(&header(7), b"{}", 100_000), Ok(()));
    assert_eq!(secrets.verify(&header(8), b"{}", 100_000), Err(SignatureError::Wrong));
    // 300 s old to the millisecond, and one more.
    assert_eq!(secrets.verify(&header(0), b"{}", 400_000), Ok(()));
    assert_eq!(secrets.verify(&header(0), b"{}", 400_001), Err(SignatureError::Old));
}

#[test]
fn a_webhook_is_not_read_before_its_signature_is_found_right() {
    let secrets = secrets(&["whsec".to_owned()]);
    let refused = Webhook::read(&secrets, "t=100,v1=00", b"no json", 100_000);
    assert_eq!(refused, Err(WebhookError::Signature(SignatureError::Wrong)));
}

fn ok(body: &str) -> Answer<'_> {
    Answer { status: 200, body: body.as_bytes() }
}

#[test]
fn a_retrieved_session_says_all_that_was_missed() {
    let payment = format!(
        r#"{{"id":"pi_1","object":"payment_intent","status":"succeeded","latest_charge":{}}}"#,
        charge_object(12_500)
    );
    let found = session(ok(&session_object("paid", &payment))).unwrap();
    assert_eq!(found.id, "cs_1");
    assert_eq!(found.payment_intent.as_deref(), Some("pi_1"));
    assert_eq!(found.purchase, Some(PurchaseId(Uuid::from_u128(7))));
    assert_eq!(found.events, [Event::Opened, paid(), refunded()]);
}

#[test]
fn a_session_that_nobody_paid_says_so() {
    let open = session_object("unpaid", "null").replace("complete", "open");
    assert_eq!(session(ok(&open)).unwrap().events, [Event::Opened]);
    let expired = session_object("unpaid", "null").replace("complete", "expired");
    assert_eq!(session(ok(&expired)).unwrap().events, [Event::Opened, Event::Expired]);
    let failed = r#"{"id":"pi_1","status":"requires_payment_method","latest_charge":null}"#;
    let failed = session_object("unpaid", failed);
    assert_eq!(session(ok(&failed)).unwrap().events, [Event::Opened, Event::Failed]);
}

#[test]
fn disputes_that_are_decided_come_before_open_ones() {
    let list = |more| {
        format!(
            r#"{{"object":"list","data":[{},{},{}],"has_more":{more}}}"#,
            dispute_object("dp_3", "needs_response"),
            dispute_object("dp_2", "warning_closed"),
            dispute_object("dp_1", "won"),
        )
    };
    let found = disputes(ok(&list(false))).unwrap();
    assert_eq!(found.unread, Vec::<String>::new());
    assert!(matches!(
        found.events[..],
        [Event::DisputeClosed { won: true, .. }, Event::DisputeOpened { .. }]
    ));
    assert!(disputes(ok(&list(true))).is_err());
    let strange = disputes(ok(&list(false).replace("warning_closed", "new_word"))).unwrap();
    assert_eq!((strange.events.len(), strange.unread.len()), (2, 1));
}

#[test]
fn a_refund_is_read_with_its_state() {
    let body =
        r#"{"id":"re_1","object":"refund","amount":1250,"currency":"czk","status":"pending"}"#;
    let found = refund(ok(body)).unwrap();
    assert_eq!((found.amount, found.state), (Micros(12_500_000), RefundState::Open));
    let state = |word: &str| refund(ok(&body.replace("pending", word))).map(|found| found.state);
    assert_eq!(state("succeeded"), Ok(RefundState::Done));
    for word in ["failed", "canceled"] {
        assert_eq!(state(word), Ok(RefundState::Failed), "{word}");
    }
    assert!(state("new_word").is_err());
}

#[test]
fn refunds_of_a_payment_tell_what_failed_beside_what_is_left() {
    let one = |id: &str, amount: i64, status: &str| {
        format!(
            r#"{{"id":"{id}","object":"refund","amount":{amount},"currency":"czk","charge":"ch_1",
            "payment_intent":"pi_1","status":"{status}","metadata":{{"refund":"{PURCHASE}"}}}}"#
        )
    };
    let body = format!(
        r#"{{"object":"list","data":[{},{}],"has_more":false}}"#,
        one("re_2", 12_500, "succeeded"),
        one("re_1", 3_000, "failed"),
    );
    let found = refunds(ok(&body)).unwrap();
    assert_eq!(found[0].ours, Some(Uuid::from_u128(7)));
    let currency = "CZK".parse().unwrap();
    let failed = vec![("re_1".to_owned(), Micros(30_000_000))];
    let event = |left| Event::RefundsFailed {
        object: "ch_1".to_owned(),
        left: Micros(left),
        failed: failed.clone(),
        currency,
    };
    assert_eq!(failed_refunds(&[paid(), refunded()], &found), [event(125_000_000)]);
    assert_eq!(failed_refunds(&[paid()], &found[1..]), [event(0)]);
    assert_eq!(failed_refunds(&[paid(), refunded()], &found[..1]), []);
}

#[test]
fn errors_say_whether_to_try_again() {
    let body = br#"{"error":{"type":"invalid_request_error","code":"amount_too_small","message":"Too small"}}"#;
    let with = |status| session(Answer { status, body }).unwrap_err();
    for status in [409, 429, 500, 503] {
        assert_eq!(with(status), CardError::TryAgain(status));
    }
    assert_eq!(with(401), CardError::Key(401));
    let expected = "the card provider refuses (HTTP 400, amount_too_small): Too small";
    assert_eq!(with(400).to_string(), expected);
    let unreadable = session(Answer { status: 404, body: b"<html>" });
    assert!(matches!(unreadable, Err(CardError::Unreadable(_))));
    let long = vec![b' '; BODY_BYTES_MAX + 1];
    assert!(session(Answer { status: 200, body: &long }).is_err());
}
