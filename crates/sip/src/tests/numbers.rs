//! The dialled number by each trunk's own custom (rule W15).

use super::desk::{Desk, Text, trunk};
use crate::{CalledNumber, Event};

fn called(source: CalledNumber, text: &Text) -> Option<String> {
    let mut profile = trunk();
    profile.called_number = source;
    Desk::with(profile).feed(text).events.into_iter().find_map(|event| {
        if let Event::Invite { called, .. } = event { Some(called) } else { None }
    })
}

#[test]
fn each_source_is_read_where_it_is_set() {
    let text = Text::invite("a")
        .start("INVITE sip:228880001@198.51.100.5 SIP/2.0")
        .with("To", "<sip:+420228880002@h;user=phone>")
        .field("P-Called-Party-ID: \"x\" <tel:+420-228-880-003>;y=z");
    assert_eq!(called(CalledNumber::RequestUri, &text).as_deref(), Some("+420228880001"));
    assert_eq!(called(CalledNumber::To, &text).as_deref(), Some("+420228880002"));
    assert_eq!(called(CalledNumber::PCalledPartyId, &text).as_deref(), Some("+420228880003"));
}

#[test]
fn without_p_called_party_id_the_request_uri_is_read() {
    let text = Text::invite("a");
    assert_eq!(called(CalledNumber::PCalledPartyId, &text).as_deref(), Some("+420228880123"));
}
