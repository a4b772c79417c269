//! Writing our own descriptions, always the same bytes for the same agreement.

use std::net::SocketAddr;

use sdp_types::{Connection, Media, MediaType, Origin, Session, Time, TransportProto};

use super::negotiate::{Agreed, AudioCodec, Capabilities, Direction, negotiate};
use super::offer::Offer;

/// The payload type of telephone-event in our own offers.
const TELEPHONE_EVENT: u8 = 101;

/// Our first offer on a session: PCMA, PCMU and telephone-event in 20 ms packets.
#[must_use]
pub fn offer(local: SocketAddr, session: u64) -> Vec<u8> {
    let codecs = [(AudioCodec::Pcma, 8), (AudioCodec::Pcmu, 0)];
    let stream = Stream {
        codecs: &codecs,
        telephone_event: Some(TELEPHONE_EVENT),
        ptime_ms: 20,
        direction: Direction::SendRecv,
        rtcp_mux: false,
    };
    let mut description = head(local, session, 1, &[]);
    description.add_media(stream.media(local.port()));
    written(&description)
}

impl Agreed {
    /// The answer: as many media lines as the offer and in its order, port 0 for those not taken.
    /// `session` is the number in `o=`, the same for the whole call.
    #[must_use]
    pub fn answer(&self, local: SocketAddr, session: u64) -> Vec<u8> {
        self.answer_version(local, session, 1)
    }

    fn answer_version(&self, local: SocketAddr, session: u64, version: u64) -> Vec<u8> {
        let mut description = head(local, session, version, &self.times);
        for line in &self.lines {
            description.add_media(if line.taken {
                self.media(local.port(), self.direction)
            } else {
                refused(line)
            });
        }
        written(&description)
    }

    fn media(&self, port: u16, direction: Direction) -> Media {
        Stream {
            codecs: &[(self.codec, self.payload_type)],
            telephone_event: self.telephone_event,
            ptime_ms: self.ptime_ms,
            direction,
            rtcp_mux: self.rtcp_mux,
        }
        .media(port)
    }
}

fn refused(line: &super::negotiate::Line) -> Media {
    let mut media = Media::new(MediaType::Audio, 0, TransportProto::RtpAvp, &line.formats);
    media.media.clone_from(&line.media);
    media.proto.clone_from(&line.proto);
    media
}

/// One stream of ours.
struct Stream<'a> {
    codecs: &'a [(AudioCodec, u8)],
    telephone_event: Option<u8>,
    ptime_ms: u8,
    direction: Direction,
    rtcp_mux: bool,
}

impl Stream<'_> {
    fn media(&self, port: u16) -> Media {
        let types = self.codecs.iter().map(|(_, payload_type)| *payload_type);
        let formats: Vec<String> = types
            .chain(self.telephone_event)
            .map(|payload_type| payload_type.to_string())
            .collect();
        let mut media =
            Media::new(MediaType::Audio, port, TransportProto::RtpAvp, formats.join(" "));
        for (codec, payload_type) in self.codecs {
            let map = format!("{payload_type} {}/8000", codec.name());
            media.add_attribute_with_value("rtpmap", map);
        }
        if let Some(event) = self.telephone_event {
            media.add_attribute_with_value("rtpmap", format!("{event} telephone-event/8000"));
            media.add_attribute_with_value("fmtp", format!("{event} 0-15"));
        }
        media.add_attribute_with_value("ptime", self.ptime_ms);
        media.add_attribute_from_str(self.direction.attribute());
        if self.rtcp_mux {
            media.add_attribute_from_str("rtcp-mux");
        }
        media
    }
}

/// The session part; `t=` repeats the offer's (RFC 3264 section 6).
fn head(local: SocketAddr, session: u64, version: u64, times: &[Time]) -> Session {
    let mut description = Session::new(Origin::with_ip_addr(session, version, local.ip()), "-");
    description.set_connection(Connection::from_ip_addr(local.ip()));
    match times.first() {
        Some(time) => description.add_time(Time::new(time.start_time, time.stop_time)),
        None => description.add_time(Time::new(0, 0)),
    }
    description
}

fn written(description: &Session) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    match description.write(&mut bytes) {
        Ok(()) => bytes,
        // Writing into memory cannot fail; an empty body would be refused by any peer.
        Err(_) => Vec::new(),
    }
}

/// Our side of a running session: enough to answer a change of the peer's.
#[derive(Clone)]
pub(crate) struct LocalSession {
    text: Vec<u8>,
    address: SocketAddr,
    codec: AudioCodec,
    payload_type: u8,
    telephone_event: Option<u8>,
    ptime_ms: u8,
    id: u64,
    version: u64,
    settled: bool,
}

impl LocalSession {
    /// Reads what we sent ourselves; `None` where that has no stream.
    pub(crate) fn of(text: Vec<u8>) -> Option<Self> {
        let own = Offer::parse(&text).ok()?;
        let stream = negotiate(&own, &Capabilities::default()).ok()?;
        let origin = &own.session().origin;
        Some(Self {
            address: stream.remote,
            codec: stream.codec,
            payload_type: stream.payload_type,
            telephone_event: stream.telephone_event,
            ptime_ms: stream.ptime_ms,
            id: origin.sess_id.parse().ok()?,
            version: origin.sess_version,
            settled: own.session().medias.iter().all(|media| codecs_in(media) <= 1),
            text,
        })
    }

    /// Settles on what the peer agreed to, after our offer named more than one codec.
    pub(crate) const fn settle(&mut self, agreed: &Agreed) {
        self.codec = agreed.codec;
        self.payload_type = agreed.payload_type;
        self.telephone_event = agreed.telephone_event;
        self.ptime_ms = agreed.ptime_ms;
        self.settled = true;
    }

    /// What a change of the session may ask for: the packets stay as long as we said that they are,
    /// and the codec stays once it is chosen, by our first answer or by the answer to our offer.
    pub(crate) fn capabilities(&self) -> Capabilities {
        let all = Capabilities {
            ptime_ms_min: self.ptime_ms,
            ptime_ms_max: self.ptime_ms,
            ..Capabilities::default()
        };
        if self.settled { all.only(self.codec) } else { all }
    }

    /// Answers a new offer. The version in `o=` grows only where the text changed (RFC 3264
    /// section 8).
    pub(crate) fn answer(&mut self, agreed: &Agreed) -> Vec<u8> {
        let same = agreed.answer_version(self.address, self.id, self.version);
        if same != self.text {
            self.version = self.version.saturating_add(1);
            self.text = agreed.answer_version(self.address, self.id, self.version);
        }
        self.settle(agreed);
        self.text.clone()
    }

    /// Offers the session again, both ways, for an INVITE without a description.
    pub(crate) fn reoffer(&mut self) -> Vec<u8> {
        let same = self.offer_version(self.version);
        if same != self.text {
            self.version = self.version.saturating_add(1);
            self.text = self.offer_version(self.version);
        }
        self.text.clone()
    }

    fn offer_version(&self, version: u64) -> Vec<u8> {
        let stream = Stream {
            codecs: &[(self.codec, self.payload_type)],
            telephone_event: self.telephone_event,
            ptime_ms: self.ptime_ms,
            direction: Direction::SendRecv,
            rtcp_mux: false,
        };
        let mut description = head(self.address, self.id, version, &[]);
        description.add_media(stream.media(self.address.port()));
        written(&description)
    }
}

/// How many codecs a stream of ours names beside telephone-event.
fn codecs_in(media: &Media) -> usize {
    media.get_attribute_values("rtpmap").flatten().filter(|map| !map.contains("event")).count()
}
