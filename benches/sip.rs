//! What a call costs in SIP: bytes in, bytes out, no socket.

use core::time::Duration;
use std::net::SocketAddr;

use criterion::{BatchSize, Criterion};
use linka_sip::{
    CallKey, Config, Event, HangUpReason, Input, Output, TransportId, Trunk, UserAgent, sdp,
};

const OFFER: &str = "v=0\r\no=- 7 1 IN IP4 192.0.2.20\r\ns=-\r\n\
    c=IN IP4 192.0.2.20\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 0 101\r\n\
    a=rtpmap:101 telephone-event/8000\r\n";

/// A user agent without calls, and the two addresses between which the calls run.
struct Desk {
    agent: UserAgent,
    carrier: SocketAddr,
    us: SocketAddr,
}

/// What came out of one step.
#[derive(Default)]
struct Seen {
    invite: Option<(CallKey, sdp::Offer)>,
    last_sent: Vec<u8>,
    ended: bool,
}

impl Desk {
    fn new() -> Self {
        let carrier = SocketAddr::from(([192, 0, 2, 1], 5060));
        let us = SocketAddr::from(([198, 51, 100, 5], 5060));
        let mut trunk = Trunk::new("carrier", "420");
        for networks in [&mut trunk.signalling, &mut trunk.media] {
            networks.extend("192.0.2.0/24".parse::<linka_sip::Net>());
        }
        let mut config = Config::new();
        config.trunks.push(trunk);
        Self { agent: UserAgent::new(config, 7), carrier, us }
    }

    fn feed(&mut self, bytes: &[u8]) -> Seen {
        let input = Input::Datagram {
            transport: TransportId(0),
            source: self.carrier,
            local: self.us,
            bytes,
        };
        self.agent.handle_input(input, Duration::ZERO);
        self.drain()
    }

    fn drain(&mut self) -> Seen {
        let mut seen = Seen::default();
        while let Some(output) = self.agent.poll_output() {
            match output {
                Output::Transmit(transmit) => seen.last_sent = transmit.bytes,
                Output::Event(Event::Invite { call, offer: Some(offer), .. }) => {
                    seen.invite = Some((call, offer));
                }
                Output::Event(Event::Ended { .. }) => seen.ended = true,
                Output::Event(_) => {}
            }
        }
        seen
    }

    /// INVITE to 200, the offer negotiated on the way.
    fn answer(&mut self, invite: &[u8]) -> (CallKey, Vec<u8>) {
        let (call, offer) = self.feed(invite).invite.expect("the INVITE is offered");
        let agreed = sdp::negotiate(&offer, &sdp::Capabilities::default()).expect("PCMA is common");
        let media = SocketAddr::new(self.us.ip(), 10_000);
        let answered = self.agent.answer(call, agreed.answer(media, 9), self.us, Duration::ZERO);
        assert_eq!(answered, Ok(()));
        (call, self.drain().last_sent)
    }

    /// INVITE, 200, ACK, BYE and its 200.
    fn whole_call(&mut self, invite: &[u8]) {
        let (_, ok) = self.answer(invite);
        let tag = tag(&ok);
        self.feed(&request("ACK", 1, &tag, ""));
        let bye = self.feed(&request("BYE", 2, &tag, ""));
        assert!(bye.ended && self.agent.calls() == 0);
    }

    /// The same, but it is us who hang up.
    fn whole_call_hung_up(&mut self, invite: &[u8]) {
        let (call, ok) = self.answer(invite);
        self.feed(&request("ACK", 1, &tag(&ok), ""));
        assert_eq!(self.agent.hang_up(call, HangUpReason::Normal, Duration::ZERO), Ok(()));
        assert!(self.drain().last_sent.starts_with(b"BYE "));
    }
}

/// A request of the one call, with every field that it needs. `tag` is ours, with its `;tag=`.
fn request(method: &str, cseq: u32, tag: &str, body: &str) -> Vec<u8> {
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "{method} sip:+420228880123@198.51.100.5 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{method}{cseq}\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:+420700111222@carrier.example>;tag=caller\r\n\
         To: <sip:+420228880123@linka.example>{tag}\r\n\
         Call-ID: one@192.0.2.1\r\n\
         CSeq: {cseq} {method}\r\n\
         Contact: <sip:192.0.2.1:5060>\r\n\
         {kind}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Our tag in the To of a response, with its `;tag=`.
fn tag(response: &[u8]) -> String {
    let text = String::from_utf8_lossy(response);
    let to = text.lines().find(|line| line.starts_with("To: ")).unwrap_or_default();
    to.find(";tag=").map_or_else(String::new, |at| to[at..].to_owned())
}

fn main() {
    let invite = request("INVITE", 1, "", OFFER);
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    criterion.bench_function("INVITE to 200", |bencher| {
        bencher.iter_batched_ref(Desk::new, |desk| desk.answer(&invite), BatchSize::SmallInput);
    });
    criterion.bench_function("whole call, caller hangs up", |bencher| {
        bencher.iter_batched_ref(Desk::new, |desk| desk.whole_call(&invite), BatchSize::SmallInput);
    });
    criterion.bench_function("whole call, we hang up", |bencher| {
        let routine = |desk: &mut Desk| desk.whole_call_hung_up(&invite);
        bencher.iter_batched_ref(Desk::new, routine, BatchSize::SmallInput);
    });
    criterion.final_summary();
}
