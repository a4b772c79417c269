//! Random inputs: no panic, and nothing is left once everybody has gone.

use core::time::Duration;

use proptest::prelude::*;

use super::desk::{ANSWER, CARRIER, Desk, OFFER, Text, UDP, US, tag, value};
use crate::{CallKey, Event, HangUpReason, OutgoingCall, Rejection};

/// One thing that happens.
#[derive(Clone, Debug)]
enum Act {
    Feed { kind: usize, id: u8, cseq: u32, tagged: bool },
    Answer(usize),
    Reject(usize),
    HangUp(usize),
    Call,
    Respond { code: u16, sdp: bool },
    Pass(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..9_usize, 0..4_u8, 1..5_u32, any::<bool>())
            .prop_map(|(kind, id, cseq, tagged)| Act::Feed { kind, id, cseq, tagged }),
        2 => (0..8_usize).prop_map(Act::Answer),
        1 => (0..8_usize).prop_map(Act::Reject),
        1 => (0..8_usize).prop_map(Act::HangUp),
        1 => Just(Act::Call),
        2 => (prop::sample::select(vec![100_u16, 180, 200, 404, 487]), any::<bool>())
            .prop_map(|(code, sdp)| Act::Respond { code, sdp }),
        2 => (0..40_000_u64).prop_map(Act::Pass),
    ]
}

struct World {
    desk: Desk,
    calls: Vec<CallKey>,
    ended: Vec<CallKey>,
    tags: Vec<String>,
    requests: Vec<String>,
}

impl World {
    fn play(&mut self, act: &Act) {
        let now = self.desk.now;
        match act {
            Act::Feed { kind, id, cseq, tagged } => {
                let text = self.text(*kind, *id, *cseq, *tagged);
                let seen = self.desk.feed(&text);
                self.note(seen);
            }
            Act::Answer(index) => self.command(*index, |desk, call| {
                desk.agent.answer(call, ANSWER.into(), US.parse().unwrap(), now)
            }),
            Act::Reject(index) => {
                self.command(*index, |desk, call| desk.agent.reject(call, Rejection::Closed, now));
            }
            Act::HangUp(index) => self
                .command(*index, |desk, call| desk.agent.hang_up(call, HangUpReason::Normal, now)),
            Act::Call => self.call(),
            Act::Respond { code, sdp } => self.respond(*code, *sdp),
            Act::Pass(ms) => {
                let seen = self.desk.pass(Duration::from_millis(*ms));
                self.note(seen);
            }
        }
    }

    fn text(&self, kind: usize, id: u8, cseq: u32, tagged: bool) -> Text {
        let methods =
            ["INVITE", "INVITE", "ACK", "CANCEL", "BYE", "UPDATE", "INFO", "OPTIONS", "REFER"];
        let id = format!("c{id}");
        let method = methods[kind];
        let mut text = Text::request(method, &id, cseq).field("Contact: <sip:192.0.2.1>");
        if kind == 0 {
            text = text.sdp(OFFER);
        }
        if method == "CANCEL" {
            let via = format!("SIP/2.0/UDP {CARRIER};branch=z9hG4bK{id}INVITE{cseq}");
            text = text.with("Via", &via);
        }
        match self.tags.last() {
            Some(tag) if tagged => text.tagged(tag),
            _ => text,
        }
    }

    fn command(
        &mut self,
        index: usize,
        run: impl Fn(&mut Desk, CallKey) -> Result<(), crate::Gone>,
    ) {
        if let Some(call) = self.calls.get(index).copied() {
            let gone = run(&mut self.desk, call).is_err();
            assert!(gone || !self.ended.contains(&call), "a dead key was taken");
            let seen = self.desk.drain();
            self.note(seen);
        }
    }

    fn call(&mut self) {
        let call = OutgoingCall {
            target: rsip::Uri::try_from("sip:x@192.0.2.1").unwrap(),
            transport: UDP,
            destination: CARRIER.parse().unwrap(),
            local: US.parse().unwrap(),
            sdp: crate::sdp::offer("198.51.100.5:10000".parse().unwrap(), 3),
        };
        self.calls.extend(self.desk.agent.invite(call, self.desk.now));
        let seen = self.desk.drain();
        self.note(seen);
    }

    fn respond(&mut self, code: u16, sdp: bool) {
        let Some(request) = self.requests.last() else { return };
        let copy = |name: &str| format!("{name}: {}\r\n", value(request, name).unwrap_or("x"));
        let head = copy("Via") + &copy("From") + &copy("Call-ID") + &copy("CSeq");
        let body = if sdp { OFFER } else { "" };
        let to = value(request, "To").unwrap_or("<sip:x@h>").to_owned();
        let text = format!("SIP/2.0 {code} x\r\n{head}To: {to};tag=z\r\n\r\n{body}");
        let seen = self.desk.feed_bytes(text.as_bytes());
        self.note(seen);
    }

    fn note(&mut self, seen: super::desk::Seen) {
        for text in &seen.sent {
            if text.starts_with("SIP/2.0 200") {
                self.tags.extend(
                    value(text, "To")
                        .filter(|to| to.contains(";tag="))
                        .map(|to| tag(to).to_owned()),
                );
            } else if !text.starts_with("SIP/2.0") && !text.starts_with("ACK") {
                self.requests.push(text.clone());
            }
        }
        for event in &seen.events {
            match event {
                Event::Invite { call, .. } => self.calls.push(*call),
                Event::Ended { call, .. }
                | Event::Cancelled { call }
                | Event::Refused { call, .. } => {
                    assert!(!self.ended.contains(call), "ended twice");
                    self.ended.push(*call);
                }
                Event::Proven { .. }
                | Event::Confirmed { .. }
                | Event::MediaChanged { .. }
                | Event::Ringing { .. }
                | Event::Answered { .. } => {}
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    #[test]
    fn whatever_happens_every_table_is_empty_in_the_end(acts in prop::collection::vec(act(), 1..60)) {
        let mut world = World {
            desk: Desk::new(),
            calls: Vec::new(),
            ended: Vec::new(),
            tags: Vec::new(),
            requests: Vec::new(),
        };
        acts.iter().for_each(|act| world.play(act));
        for index in 0..world.calls.len() {
            world.play(&Act::HangUp(index));
        }
        // A minute for an undecided call, three for a ringing one, then what they leave behind.
        for _ in 0..4 {
            world.play(&Act::Pass(100_000));
        }
        prop_assert_eq!(world.desk.agent.tables(), [0; 4]);
    }

    #[test]
    fn changed_messages_never_panic(
        kind in 0..3_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..12),
    ) {
        let text = match kind {
            0 => Text::invite("a").field("Record-Route: <sip:192.0.2.7;lr>"),
            1 => Text::request("OPTIONS", "a", 1).field("Require: x").field("Accept: a/b, */*"),
            _ => Text::invite("a").body("multipart/mixed;boundary=b", b"--b\r\n\r\nx\r\n--b--"),
        };
        let mut bytes = text.bytes();
        for (index, byte, how) in changes {
            let at = index.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        let mut desk = Desk::new();
        let seen = desk.feed_bytes(&bytes);
        for event in &seen.events {
            if let Event::Invite { call, .. } = event {
                desk.agent.answer(*call, ANSWER.into(), US.parse().unwrap(), desk.now).unwrap();
            }
        }
        desk.pass(Duration::from_secs(100));
        prop_assert_eq!(desk.agent.tables(), [0; 4]);
    }

    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let mut desk = Desk::new();
        desk.feed_bytes(&bytes);
        let mut framed = b"INVITE sip:a@b SIP/2.0\r\nVia: ".to_vec();
        framed.extend_from_slice(&bytes);
        desk.feed_bytes(&framed);
        let _ = crate::sdp::Offer::parse(&bytes);
    }
}
