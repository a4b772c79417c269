//! Messages as odd as carriers and their devices write them, each with its verdict.

use super::desk::{CARRIER, Desk, OFFER, Text, US, trunk, value};
use crate::{Event, Origin, Trunk};

/// The INVITE must come out as a call to our number.
fn taken(bytes: &[u8]) -> Event {
    let seen = Desk::new().feed_bytes(bytes);
    assert_eq!(seen.lines(), ["100 Trying"], "{}", String::from_utf8_lossy(bytes));
    let event = seen.events.into_iter().next().unwrap();
    let Event::Invite { called, .. } = &event else { panic!("{event:?}") };
    assert_eq!(called, "+420228880123");
    event
}

fn origin(text: &Text) -> (Origin, bool) {
    let event = taken(&text.bytes());
    let Event::Invite { origin, withheld, .. } = event else { panic!("{event:?}") };
    (origin, withheld)
}

fn line(bytes: &[u8]) -> String {
    Desk::new().feed_bytes(bytes).lines().last().map_or_else(String::new, |line| line.to_string())
}

fn refused(text: &Text) -> String {
    line(&text.bytes())
}

#[test]
fn a_plain_invite_is_taken() {
    assert!(matches!(taken(&Text::invite("a").bytes()), Event::Invite { offer: Some(_), .. }));
}

#[test]
fn compact_names_are_taken() {
    let plain = String::from_utf8(Text::invite("a").bytes()).unwrap();
    let compact = plain
        .replace("Via:", "v:")
        .replace("From:", "f:")
        .replace("To:", "t:")
        .replace("Call-ID:", "i:")
        .replace("Contact:", "m:")
        .replace("Content-Type:", "c:")
        .replace("Content-Length:", "l:");
    assert!(matches!(taken(compact.as_bytes()), Event::Invite { offer: Some(_), .. }));
}

#[test]
fn folded_fields_and_spaces_before_the_colon_are_taken() {
    let plain = String::from_utf8(Text::invite("a").bytes()).unwrap();
    let odd = plain
        .replace("To: <", "To  :\r\n\t<")
        .replace("CSeq: 1 INVITE", "CSEQ :  0001\r\n INVITE")
        .replace(";tag=fa", "\r\n ; tag = fa");
    taken(odd.as_bytes());
}

#[test]
fn line_feeds_alone_and_leading_line_ends_are_taken() {
    let plain = String::from_utf8(Text::invite("a").bytes()).unwrap();
    taken(format!("\r\n\r\n{plain}").as_bytes());
    let (head, _) = plain.split_once("\r\n\r\n").unwrap();
    let head = head.replace("\r\n", "\n");
    taken(format!("{head}\n\n{OFFER}").as_bytes());
}

#[test]
fn a_tel_uri_is_taken() {
    taken(&Text::invite("a").start("INVITE tel:+420228880123 SIP/2.0").bytes());
}

#[test]
fn routing_parameters_in_the_user_part_are_taken() {
    let uri =
        "INVITE sip:228880123;npdi;rn=+420911;phone-context=+420@198.51.100.5;user=phone SIP/2.0";
    taken(&Text::invite("a").start(uri).bytes());
}

#[test]
fn ipv6_in_via_and_request_uri_is_taken() {
    let text = Text::invite("a")
        .start("INVITE sip:+420228880123@[2001:db8::5]:5060 SIP/2.0")
        .with("Via", "SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bK6");
    let seen = Desk::new().feed(&text);
    let via = "SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bK6;received=192.0.2.1";
    assert_eq!((seen.codes(), value(seen.last(), "Via")), (vec![100], Some(via)));
}

#[test]
fn display_names_in_any_encoding_with_quotes_commas_or_nothing_are_taken() {
    for name in ["\"Ren\u{e9}\" ", "\"a \\\"b\\\", c\" ", "\"\" ", "Anna Maria ", ""] {
        let from = format!("{name}<sip:+420700111222@c.example>;tag=fa");
        taken(&Text::invite("a").with("From", &from).bytes());
    }
    let mut bytes = Text::invite("a").with("From", "\"Ren#\" <sip:u@c.example>;tag=fa").bytes();
    let at = bytes.iter().position(|byte| *byte == b'#').unwrap();
    bytes[at] = 0xe9;
    taken(&bytes);
}

#[test]
fn latin_1_goes_back_as_the_bytes_that_came() {
    let mut desk = Desk::new();
    let mut bytes = Text::request("OPTIONS", "a", 1).with("From", "\"#\" <sip:u@c>;tag=1").bytes();
    let at = bytes.iter().position(|byte| *byte == b'#').unwrap();
    bytes[at] = 0xe9;
    let (source, local) = (CARRIER.parse().unwrap(), US.parse().unwrap());
    let transport = super::desk::UDP;
    desk.agent
        .handle_input(crate::Input::Datagram { transport, source, local, bytes: &bytes }, desk.now);
    let Some(crate::Output::Transmit(sent)) = desk.agent.poll_output() else { panic!() };
    let wanted = b"From: \"\xe9\" <sip:u@c>;tag=1\r\n";
    assert!(sent.bytes.windows(wanted.len()).any(|window| window == wanted));
}

#[test]
fn from_without_brackets_or_tag_is_taken() {
    taken(&Text::invite("a").with("From", "sip:+420700111222@c.example;tag=1").bytes());
    taken(&Text::invite("b").with("From", "<sip:+420700111222@c.example>").bytes());
}

#[test]
fn two_vias_on_one_line_both_go_back() {
    let vias = "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa, SIP/2.0/TCP b.example;branch=z9hG4bKb";
    let seen = Desk::new().feed(&Text::invite("a").with("Via", vias));
    assert_eq!(value(seen.last(), "Via"), Some(vias));
}

#[test]
fn vias_of_other_transports_with_underscores_spaces_or_filled_in_are_taken() {
    for via in [
        "SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bKa",
        "SIP/2.0/SCTP host_with.example:5060;branch=z9hG4bKa",
        "SIP / 2.0 / UDP 192.0.2.1 : 5060 ; branch = z9hG4bKa",
        "SIP/2.0/UDP 10.0.0.1;rport=7;received=203.0.113.5;branch=z9hG4bKa",
    ] {
        taken(&Text::invite("a").with("Via", via).bytes());
    }
}

#[test]
fn an_anonymous_caller_is_taken_and_stays_unknown() {
    let text = Text::invite("a")
        .with("From", "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=fa")
        .field("Privacy: id;critical")
        .field("P-Asserted-Identity: <sip:+420700111222@c.example>, <tel:+420700111222>");
    assert_eq!(origin(&text), (Origin::Unknown, true));
    let text = Text::invite("a").field("Privacy: id");
    assert_eq!(origin(&text), (Origin::Unknown, true));
    let text = Text::invite("a").field("Privacy: none");
    assert_eq!(origin(&text), (Origin::Mobile, false));
}

#[test]
fn the_asserted_identity_goes_before_from() {
    let text = Text::invite("a").field("P-Asserted-Identity: \"x\" <tel:+420228111111>");
    assert_eq!(origin(&text), (Origin::Fixed, false));
    let text = Text::invite("a").field("P-Asserted-Identity: <sip:operator@c.example>");
    assert_eq!(origin(&text), (Origin::Mobile, false));
    let text = Text::invite("a").with("From", "<sip:alice@c.example>;tag=fa");
    assert_eq!(origin(&text), (Origin::Unknown, false));
    let text = Text::invite("a").with("From", "<sip:0049301234567@c.example>;tag=fa");
    assert_eq!(origin(&text), (Origin::Abroad, false));
}

#[test]
fn a_caller_is_seen_from_the_country_of_the_trunk() {
    let text = Text::invite("a").with("From", "<sip:0049301234567@c.example>;tag=fa");
    let german = Trunk { country_code: "49".into(), ..trunk() };
    let event = Desk::with(german).feed_bytes(&text.bytes()).events.into_iter().next();
    assert!(matches!(event, Some(Event::Invite { origin: Origin::Fixed, .. })), "{event:?}");
}

#[test]
fn a_payphone_is_one_on_the_word_of_a_trusted_trunk_only() {
    for identity in [
        "<sip:+420228111111;cpc=payphone@c.example;user=phone>",
        "<tel:+420228111111;cpc=payphone>",
        "<sip:+420228111111@c.example;isup-oli=27>",
        "<sip:+420228111111@c.example>;isup-oli=70",
    ] {
        let text = Text::invite("a").field(&format!("P-Asserted-Identity: {identity}"));
        assert_eq!(origin(&text), (Origin::Fixed, false), "{identity}");
        let mut trunk = trunk();
        trunk.trust_cpc = true;
        let seen = Desk::with(trunk).feed(&text);
        assert!(
            matches!(seen.events[..], [Event::Invite { origin: Origin::Payphone, .. }]),
            "{identity}"
        );
    }
}

#[test]
fn diversion_and_history_are_passed_over() {
    taken(
        &Text::invite("a")
            .field("Diversion: <sip:+420111@c.example>;reason=unconditional, <sip:2@c>;counter=2")
            .field("History-Info: <sip:a@c.example?Reason=SIP%3Bcause%3D302>;index=1")
            .bytes(),
    );
}

#[test]
fn header_fields_in_a_contact_uri_are_taken_inside_of_brackets() {
    let contact = "<sip:u@192.0.2.1?Replaces=12%40c%3Bto-tag%3D1>";
    taken(&Text::invite("a").with("Contact", contact).bytes());
    let bare = Text::invite("a").with("Contact", "sip:u@192.0.2.1?Route=%3Csip:x%3E");
    assert_eq!(refused(&bare), "400 Contact Needs Angle Brackets");
}

#[test]
fn without_a_length_the_rest_is_the_body() {
    let event = taken(&Text::invite("a").without("Content-Length").bytes());
    assert!(matches!(event, Event::Invite { offer: Some(_), .. }));
}

#[test]
fn too_short_a_length_cuts_noise_off_and_too_long_a_one_is_refused() {
    let mut bytes = Text::invite("a").bytes();
    bytes.extend_from_slice(b"INVITE noise");
    assert!(matches!(taken(&bytes), Event::Invite { offer: Some(_), .. }));
    for (length, text) in [
        ("9999", "400 Content-Length Exceeds the Datagram"),
        ("18446744073709551615", "400 Content-Length Malformed"),
        ("-1", "400 Content-Length Malformed"),
        ("", "400 Content-Length Malformed"),
    ] {
        assert_eq!(refused(&Text::invite("a").with("Content-Length", length)), text);
    }
}

#[test]
fn equal_lengths_are_one_and_different_ones_a_fault() {
    let length = OFFER.len();
    taken(&Text::invite("a").field(&format!("l: {length}")).bytes());
    assert_eq!(
        refused(&Text::invite("a").field("l: 5")),
        "400 Content-Length Repeated With Another Value"
    );
}

#[test]
fn four_hundred_unknown_fields_are_taken() {
    let mut text = Text::invite("a");
    for number in 0..400 {
        text = text.field(&format!("X-{number}: {number}"));
    }
    taken(&text.bytes());
}

#[test]
fn cseq_stays_below_two_to_the_thirty_first() {
    for (number, code) in [
        ("2147483647", "200 OK"),
        ("2147483648", "400 CSeq Out of Range"),
        ("4294967295", "400 CSeq Out of Range"),
        ("18446744073709551616", "400 CSeq Out of Range"),
        ("-1", "400 CSeq Malformed"),
    ] {
        let text = Text::request("OPTIONS", "a", 1).with("CSeq", &format!("{number} OPTIONS"));
        assert_eq!(refused(&text), code, "{number}");
    }
}

#[test]
fn the_version_has_no_case_and_methods_have() {
    taken(&Text::invite("a").start("INVITE sip:+420228880123@h sip/2.0").bytes());
    let text = Text::invite("a").start("Invite sip:+420228880123@h SIP/2.0");
    assert_eq!(refused(&text.with("CSeq", "1 Invite")), "501 Not Implemented");
}

#[test]
fn service_codes_and_names_are_not_found_and_short_numbers_incomplete() {
    for (user, code) in
        [("*21*%23", "404 Not Found"), ("alice", "404 Not Found"), ("22", "484 Address Incomplete")]
    {
        let text = Text::invite("a").start(&format!("INVITE sip:{user}@198.51.100.5 SIP/2.0"));
        assert_eq!(refused(&text), code, "{user}");
    }
}

#[test]
fn responses_to_nothing_are_dropped_whatever_they_say() {
    for line in [
        "SIP/2.0 470 Consent Needed",
        "SIP/2.0 200 ",
        "SIP/2.0 401 Unauthorized",
        "SIP/2.0 200",
        "SIP/2.0 99 x",
        "SIP/2.0 4294967301 x",
        "SIP/3.0 200 OK",
    ] {
        let text = Text::request("INVITE", "a", 1)
            .start(line)
            .field("WWW-Authenticate: Digest realm=\"a\", nonce=\"b\", algorithm=SHA-256")
            .field("WWW-Authenticate: Digest realm=\"a\", nonce=\"b\", algorithm=MD5");
        assert!(Desk::new().feed(&text).is_silent(), "{line}");
    }
}
