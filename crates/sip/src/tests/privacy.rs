//! Nothing that is shown of this crate's values shows a caller (rules W16 and W34).

use super::desk::{CARRIER, Desk, OFFER, Text, UDP, US};
use crate::{Input, Output};

#[test]
fn no_debug_output_shows_the_caller() {
    let mut desk = Desk::new();
    let offer = OFFER.replace("o=-", "o=700111222").replace("s=-", "s=700111222");
    let text = Text::invite("a")
        .with("From", "\"700111222\" <sip:+420700111222@c.example>;tag=fa")
        .with("Contact", "<sip:700111222@192.0.2.1>")
        .sdp(&offer);
    let (source, local) = (CARRIER.parse().unwrap(), US.parse().unwrap());
    let bytes = text.bytes();
    desk.agent
        .handle_input(Input::Datagram { transport: UDP, source, local, bytes: &bytes }, desk.now);
    let outputs: Vec<Output> = core::iter::from_fn(|| desk.agent.poll_output()).collect();
    assert_eq!(outputs.len(), 2);
    let shown = format!("{outputs:?} {:#?} {:?}", outputs, desk.agent);
    assert!(!shown.contains("700111222"), "{shown}");
}

#[test]
fn no_debug_output_of_a_change_shows_where_the_caller_is() {
    let mut desk = Desk::new();
    let (_, tag) = desk.confirmed("a");
    let offer = OFFER.replace("192.0.2.20", "192.0.2.77").replace("4000", "47113");
    let offer = format!("{offer}m=video 47117 RTP/AVP 99\r\n");
    let text = Text::request("INVITE", "a", 2)
        .tagged(&tag)
        .field("Contact: <sip:192.0.2.77:47118>")
        .sdp(&offer);
    let (source, local) = ("192.0.2.77:47119".parse().unwrap(), US.parse().unwrap());
    let bytes = text.bytes();
    desk.agent
        .handle_input(Input::Datagram { transport: UDP, source, local, bytes: &bytes }, desk.now);
    let outputs: Vec<Output> = core::iter::from_fn(|| desk.agent.poll_output()).collect();
    assert_eq!(outputs.len(), 2, "a 200 and the change");
    let shown = format!("{outputs:?}");
    for canary in ["192.0.2.77", "4711", "video"] {
        assert!(!shown.contains(canary), "{shown}");
    }
}

#[test]
fn refusals_never_repeat_what_they_refuse() {
    let mut desk = Desk::new();
    for text in [
        Text::request("OPTIONS", "a", 1).with("To", "\"700111222 <sip:x@h>"),
        Text::request("OPTIONS", "b", 1).with("CSeq", "700111222700 OPTIONS"),
    ] {
        let seen = desk.feed(&text);
        assert!(!seen.lines()[0].contains("700111222"));
    }
}
