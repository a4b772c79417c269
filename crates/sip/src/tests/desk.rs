//! A carrier's desk: writes requests, feeds them to a user agent, and looks at what comes back.

use core::time::Duration;
use std::net::SocketAddr;

use crate::{CallKey, Config, Event, Input, Limits, Origin, Output, TransportId, Trunk, UserAgent};

pub(super) const CARRIER: &str = "192.0.2.1:5060";
pub(super) const US: &str = "198.51.100.5:5060";
pub(super) const UDP: TransportId = TransportId(0);

/// PCMA, PCMU and telephone-event at 101, to 192.0.2.20:4000.
pub(super) const OFFER: &str = "v=0\r\no=- 7 1 IN IP4 192.0.2.20\r\ns=-\r\n\
    c=IN IP4 192.0.2.20\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 0 101\r\n\
    a=rtpmap:101 telephone-event/8000\r\n";

/// Our answer to it.
pub(super) const ANSWER: &str = "v=0\r\no=- 9 1 IN IP4 198.51.100.5\r\ns=-\r\n\
    c=IN IP4 198.51.100.5\r\nt=0 0\r\nm=audio 10000 RTP/AVP 8 101\r\n\
    a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n\
    a=ptime:20\r\na=sendrecv\r\n";

/// A message in the making.
#[derive(Clone)]
pub(super) struct Text {
    start: String,
    fields: Vec<String>,
    body: Vec<u8>,
}

impl Text {
    /// A request of the call `id`, with every field that it needs.
    pub(super) fn request(method: &str, id: &str, cseq: u32) -> Self {
        let fields = [
            format!("Via: SIP/2.0/UDP {CARRIER};branch=z9hG4bK{id}{method}{cseq}"),
            "Max-Forwards: 70".into(),
            format!("From: <sip:+420700111222@carrier.example>;tag=f{id}"),
            "To: <sip:+420228880123@linka.example>".into(),
            format!("Call-ID: {id}"),
            format!("CSeq: {cseq} {method}"),
        ];
        let start = format!("{method} sip:+420228880123@198.51.100.5 SIP/2.0");
        Self { start, fields: fields.to_vec(), body: Vec::new() }
    }

    /// An INVITE with [`OFFER`].
    pub(super) fn invite(id: &str) -> Self {
        Self::request("INVITE", id, 1).field("Contact: <sip:192.0.2.1:5060>").sdp(OFFER)
    }

    pub(super) fn start(mut self, line: &str) -> Self {
        self.start = line.into();
        self
    }

    pub(super) fn field(mut self, line: &str) -> Self {
        self.fields.push(line.into());
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.fields.retain(|line| !line.starts_with(&format!("{name}:")));
        self
    }

    /// The field `name` with another value, in the same place.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        for line in &mut self.fields {
            if line.starts_with(&format!("{name}:")) {
                *line = format!("{name}: {value}");
            }
        }
        self
    }

    /// To with a tag.
    pub(super) fn tagged(self, tag: &str) -> Self {
        self.with("To", &format!("<sip:+420228880123@linka.example>;tag={tag}"))
    }

    pub(super) fn sdp(self, body: &str) -> Self {
        self.body("application/sdp", body.as_bytes())
    }

    pub(super) fn body(mut self, kind: &str, body: &[u8]) -> Self {
        self = self.without("Content-Type").without("Content-Length");
        self.body = body.to_vec();
        self.field(&format!("Content-Type: {kind}"))
            .field(&format!("Content-Length: {}", body.len()))
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut out =
            format!("{}\r\n{}\r\n\r\n", self.start, self.fields.join("\r\n")).into_bytes();
        out.extend_from_slice(&self.body);
        out
    }
}

/// What came out, in a form that is easily compared.
pub(super) struct Seen {
    pub(super) sent: Vec<String>,
    pub(super) to: Vec<SocketAddr>,
    pub(super) events: Vec<Event>,
}

impl Seen {
    /// The first lines of what was sent, without the version.
    pub(super) fn lines(&self) -> Vec<&str> {
        self.sent
            .iter()
            .map(|text| {
                let line = text.lines().next().unwrap();
                line.strip_prefix("SIP/2.0 ").or(line.strip_suffix(" SIP/2.0")).unwrap_or(line)
            })
            .collect()
    }

    /// The status codes of the responses that were sent.
    pub(super) fn codes(&self) -> Vec<u16> {
        self.lines().iter().filter_map(|line| line.get(..3)?.parse().ok()).collect()
    }

    pub(super) fn last(&self) -> &str {
        self.sent.last().unwrap()
    }

    pub(super) fn is_silent(&self) -> bool {
        self.sent.is_empty() && self.events.is_empty()
    }

    /// The key of the call that was offered.
    pub(super) fn call(&self) -> CallKey {
        self.events
            .iter()
            .find_map(
                |event| if let Event::Invite { call, .. } = event { Some(*call) } else { None },
            )
            .unwrap()
    }
}

/// The value of a field in a message that was sent.
pub(super) fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
}

/// The tag in a From or To value.
pub(super) fn tag(value: &str) -> &str {
    value.split_once(";tag=").unwrap().1
}

pub(super) struct Desk {
    pub(super) agent: UserAgent,
    pub(super) now: Duration,
}

/// A trunk at 192.0.2.0/24 whose media is there too.
pub(super) fn trunk() -> Trunk {
    let mut trunk = Trunk::new("carrier", "420");
    trunk.signalling.push("192.0.2.0/24".parse().unwrap());
    trunk.media.push("192.0.2.0/24".parse().unwrap());
    trunk
}

pub(super) fn config(trunk: Trunk) -> Config {
    let mut config = Config::new();
    config.trunks.push(trunk);
    config.classify = Box::new(|number, country| match number.expose().strip_prefix('+') {
        Some(mobile) if mobile.starts_with("4207") => Origin::Mobile,
        Some(fixed) if fixed.starts_with(country) => Origin::Fixed,
        Some(_) | None => Origin::Abroad,
    });
    config
}

impl Desk {
    pub(super) fn new() -> Self {
        Self::with(trunk())
    }

    pub(super) fn with(trunk: Trunk) -> Self {
        Self::of(config(trunk))
    }

    pub(super) fn limited(limits: Limits) -> Self {
        Self::of(Config { limits, ..config(trunk()) })
    }

    pub(super) fn of(config: Config) -> Self {
        Self { agent: UserAgent::new(config, 7), now: Duration::ZERO }
    }

    pub(super) fn feed(&mut self, text: &Text) -> Seen {
        self.feed_bytes(&text.bytes())
    }

    pub(super) fn feed_bytes(&mut self, bytes: &[u8]) -> Seen {
        self.feed_from(CARRIER, bytes)
    }

    pub(super) fn feed_from(&mut self, source: &str, bytes: &[u8]) -> Seen {
        let (source, local) = (source.parse().unwrap(), US.parse().unwrap());
        self.agent.handle_input(Input::Datagram { transport: UDP, source, local, bytes }, self.now);
        self.drain()
    }

    pub(super) fn drain(&mut self) -> Seen {
        let mut seen = Seen { sent: Vec::new(), to: Vec::new(), events: Vec::new() };
        while let Some(output) = self.agent.poll_output() {
            match output {
                Output::Transmit(transmit) => {
                    seen.sent.push(String::from_utf8_lossy(&transmit.bytes).into_owned());
                    seen.to.push(transmit.destination);
                }
                Output::Event(event) => seen.events.push(event),
            }
        }
        seen
    }

    /// Lets time pass, firing every timer at its own time.
    pub(super) fn pass(&mut self, duration: Duration) -> Seen {
        let end = self.now + duration;
        while let Some(at) = self.agent.next_timeout().filter(|at| *at <= end) {
            self.now = at;
            self.agent.handle_timeout(at);
        }
        self.now = end;
        self.drain()
    }

    /// A call that was offered and answered, but not acknowledged; with our tag.
    pub(super) fn answered(&mut self, id: &str) -> (CallKey, String) {
        let call = self.feed(&Text::invite(id)).call();
        self.agent.answer(call, ANSWER.into(), US.parse().unwrap(), self.now).unwrap();
        let ok = self.drain();
        (call, tag(value(ok.last(), "To").unwrap()).to_owned())
    }

    /// A call that stands.
    pub(super) fn confirmed(&mut self, id: &str) -> (CallKey, String) {
        let (call, tag) = self.answered(id);
        let seen = self.feed(&ack(id, 1, &tag));
        assert_eq!(seen.events, [Event::Confirmed { call, sdp_answer: None }]);
        (call, tag)
    }
}

/// The ACK of a 2xx: a branch of its own.
pub(super) fn ack(id: &str, cseq: u32, tag: &str) -> Text {
    Text::request("ACK", id, cseq).tagged(tag)
}
