//! Messages of the kinds that RFC 4475 collects, written anew and small, with linka's verdicts.

use super::desk::{Desk, Text, value};

fn answer(text: &Text) -> String {
    Desk::new().feed(text).lines().last().map_or_else(String::new, |line| line.to_string())
}

fn options() -> Text {
    Text::request("OPTIONS", "t", 1)
}

#[test]
fn damaged_fields_are_400_with_a_text_that_names_them() {
    for (field, value, wanted) in [
        ("Via", "SIP/2.0/UDP 192.0.2.1;;,;,,", "400 Via Malformed"),
        ("To", "\"Mr. X <sip:x@h>", "400 To Quote Not Closed"),
        ("To", "\"X\" < sip:x@h >", "400 To Has Spaces in the URI"),
        ("From", "Bell, Alex <sip:a@h>;tag=1", "400 From Display Name Needs Quotes"),
        ("CSeq", "36893488147419103232 OPTIONS", "400 CSeq Out of Range"),
        ("CSeq", "8 INVITE", "400 CSeq Method Does Not Match"),
        ("CSeq", "8", "400 CSeq Malformed"),
        ("Call-ID", "", "400 Call-ID Empty"),
        ("Max-Forwards", "many", "400 Max-Forwards Malformed"),
    ] {
        assert_eq!(answer(&options().with(field, value)), wanted, "{field}: {value}");
    }
}

#[test]
fn the_start_line_is_strict() {
    for line in [
        "OPTIONS <sip:x@h> SIP/2.0",
        "OPTIONS sip:x@h; lr SIP/2.0",
        "OPTIONS  sip:x@h SIP/2.0",
        "OPTIONS sip:x@h  SIP/2.0",
        "OPTIONS sip:x@h SIP/2.0  ",
        "OPTIONS sip:x@h?Route=%3Csip:y%3E SIP/2.0",
        "OPTIONS sip:x@h",
        "OPTIONS h SIP/2.0",
    ] {
        assert!(answer(&options().start(line)).starts_with("400 "), "{line}");
    }
}

#[test]
fn another_version_is_505_before_everything_else() {
    let text = options().start("OPTIONS sip:x@h SIP/7.0").without("To");
    assert_eq!(answer(&text), "505 Version Not Supported");
}

#[test]
fn a_long_request_uri_is_414() {
    let uri = |length: usize| format!("OPTIONS sip:{}@h SIP/2.0", "x".repeat(length - 6));
    assert_eq!(answer(&options().start(&uri(1024))), "200 OK");
    assert_eq!(answer(&options().start(&uri(1025))), "414 Request-URI Too Long");
}

#[test]
fn an_unknown_method_with_another_cseq_is_501() {
    let text = Text::request("DANCE", "t", 1).with("CSeq", "1 INVITE");
    assert_eq!(answer(&text), "501 Not Implemented");
}

#[test]
fn missing_fields_are_400_and_nothing_is_invented() {
    for name in ["From", "To", "Call-ID", "CSeq"] {
        let seen = Desk::new().feed(&options().without(name));
        assert_eq!(seen.lines(), [format!("400 {name} Missing")]);
        assert_eq!(value(seen.last(), name), None);
    }
    assert_eq!(answer(&Text::invite("t").without("Contact")), "400 Contact Missing");
}

#[test]
fn repeated_fields_are_400() {
    for line in
        ["From: <sip:b@h>", "To: <sip:b@h>", "Call-ID: b", "CSeq: 2 OPTIONS", "Max-Forwards: 5"]
    {
        let name = line.split(':').next().unwrap();
        assert_eq!(answer(&options().field(line)), format!("400 {name} Repeated"));
    }
}

#[test]
fn without_a_via_or_as_an_ack_a_fault_has_no_answer() {
    assert!(Desk::new().feed(&options().without("Via")).is_silent());
    assert!(Desk::new().feed(&Text::request("ACK", "t", 1).without("To")).is_silent());
    assert!(Desk::new().feed_bytes(b"garbage without end").is_silent());
    assert!(Desk::new().feed_bytes(b"OPTIONS sip:x@h\r\nno colon\r\n\r\n").is_silent());
}

#[test]
fn unknown_schemes_are_416_in_the_request_uri_and_nothing_elsewhere() {
    assert_eq!(answer(&options().start("OPTIONS nobody:x SIP/2.0")), "416 Unsupported URI Scheme");
    assert_eq!(
        answer(&options().start("OPTIONS soap.beep://x SIP/2.0")),
        "416 Unsupported URI Scheme"
    );
    let text = options().with("To", "<isbn:2983792873>").with("From", "<http://h>;tag=1");
    assert_eq!(answer(&text), "200 OK");
}

#[test]
fn an_endpoint_does_not_count_hops() {
    for value in ["0", "0068", "254", "300"] {
        assert_eq!(answer(&options().with("Max-Forwards", value)), "200 OK");
    }
    assert_eq!(answer(&options().without("Max-Forwards")), "200 OK");
}

#[test]
fn escapes_names_and_bytes_of_every_kind_are_kept() {
    for (field, value) in [
        ("From", "\"\\\u{7}\\\0\\\u{7f}\" <sip:~!@h>;tag=1"),
        ("From", "caller<sip:c@h>;tag=1"),
        ("From", "%Z%45 <sip:%00@h>;tag=1"),
        ("To", "<sip:user;par=u%40example.net@h>"),
        ("Call-ID", "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"),
    ] {
        let seen = Desk::new().feed(&options().with(field, value));
        assert_eq!(seen.codes(), [200], "{value}");
        assert!(seen.last().contains(value), "{value}");
    }
}

#[test]
fn thirty_four_vias_are_taken_and_sixty_five_are_not() {
    let with = |count: usize| {
        let more = ", SIP/2.0/TCP h.example;branch=z9hG4bKx".repeat(count - 1);
        options().with("Via", &format!("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx{more}"))
    };
    assert_eq!(answer(&with(34)), "200 OK");
    assert_eq!(answer(&with(64)), "200 OK");
    assert_eq!(answer(&with(65)), "400 Too Many Via Values");
}

#[test]
fn branches_of_rfc_2543_do_not_make_two_requests_one() {
    for via in ["SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK", "SIP/2.0/UDP 192.0.2.1"] {
        let mut desk = Desk::new();
        let one = Text::request("OPTIONS", "one", 1).with("Via", via);
        let two = Text::request("OPTIONS", "two", 1).with("Via", via);
        let tag = |seen: super::desk::Seen| {
            super::desk::tag(value(seen.last(), "To").unwrap()).to_owned()
        };
        let (first, other, again) =
            (tag(desk.feed(&one)), tag(desk.feed(&two)), tag(desk.feed(&one)));
        assert_ne!(first, other);
        assert_eq!(first, again);
    }
}

#[test]
fn an_invite_of_rfc_2543_becomes_a_call_and_its_ack_finds_it() {
    let mut desk = Desk::new();
    let via = "SIP/2.0/UDP 192.0.2.1";
    let invite = Text::invite("a")
        .with("Via", via)
        .without("Max-Forwards")
        .without("Content-Length")
        .with("From", "<sip:+420700111222@carrier.example>");
    let call = desk.feed(&invite).call();
    desk.agent
        .answer(call, super::desk::ANSWER.into(), super::desk::US.parse().unwrap(), desk.now)
        .unwrap();
    let ok = desk.drain();
    let ours = super::desk::tag(value(ok.last(), "To").unwrap()).to_owned();
    let ack = Text::request("ACK", "a", 1)
        .with("Via", via)
        .with("From", "<sip:+420700111222@carrier.example>")
        .tagged(&ours);
    assert_eq!(desk.feed(&ack).events, [crate::Event::Confirmed { call, sdp_answer: None }]);
}

#[test]
fn proxy_require_is_for_proxies() {
    assert_eq!(answer(&options().field("Proxy-Require: nothing")), "200 OK");
}
