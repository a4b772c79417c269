//! Agreeing on one stream of G.711 with telephone-events (RFC 3264 section 6).

use core::fmt;
use std::net::{IpAddr, SocketAddr};

use sdp_types::{Attribute, Media, RtpMap, Session};

use super::offer::Offer;

/// The clock of G.711 and of the telephone-event that goes with it, in Hz.
const CLOCK_HZ: u32 = 8_000;
/// Packet time where nobody names one (RFC 3551 section 4.5), in ms.
const PTIME_MS: u8 = 20;

/// What we can do; the default is everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// G.711 A-law.
    pub pcma: bool,
    /// G.711 µ-law.
    pub pcmu: bool,
    /// RFC 4733 telephone-event at 8000 Hz.
    pub telephone_event: bool,
    /// Shortest packet we send, in ms.
    pub ptime_ms_min: u8,
    /// Longest packet we send, in ms.
    pub ptime_ms_max: u8,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self { pcma: true, pcmu: true, telephone_event: true, ptime_ms_min: 10, ptime_ms_max: 60 }
    }
}

impl Capabilities {
    /// Only this codec: the session may change, its codec may not.
    pub(crate) fn only(self, codec: AudioCodec) -> Self {
        let pcma = codec == AudioCodec::Pcma;
        Self { pcma, pcmu: !pcma, ..self }
    }

    const fn can(self, codec: AudioCodec) -> bool {
        match codec {
            AudioCodec::Pcma => self.pcma,
            AudioCodec::Pcmu => self.pcmu,
        }
    }
}

/// A codec we speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AudioCodec {
    /// G.711 A-law, static payload type 8.
    Pcma,
    /// G.711 µ-law, static payload type 0.
    Pcmu,
}

impl AudioCodec {
    /// Its encoding name (RFC 3551).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcma => "PCMA",
            Self::Pcmu => "PCMU",
        }
    }
}

/// Which way media flows, seen from us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    SendRecv,
    /// We only send.
    SendOnly,
    /// We only receive: the peer holds us.
    RecvOnly,
    /// Nobody sends.
    Inactive,
}

impl Direction {
    /// Its attribute in a description of ours.
    #[must_use]
    pub const fn attribute(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// Whether we may send.
    #[must_use]
    pub const fn sends(self) -> bool {
        match self {
            Self::SendRecv | Self::SendOnly => true,
            Self::RecvOnly | Self::Inactive => false,
        }
    }

    /// Our side of what the peer wrote.
    fn answering(offered: &str) -> Option<Self> {
        match offered.to_ascii_lowercase().as_str() {
            "sendrecv" => Some(Self::SendRecv),
            "sendonly" => Some(Self::RecvOnly),
            "recvonly" => Some(Self::SendOnly),
            "inactive" => Some(Self::Inactive),
            _ => None,
        }
    }

    const fn without_sending(self) -> Self {
        match self {
            Self::SendRecv | Self::RecvOnly => Self::RecvOnly,
            Self::SendOnly | Self::Inactive => Self::Inactive,
        }
    }
}

/// Why an offer cannot be taken; each is a 488 with its own Warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No audio stream is offered.
    NoAudio,
    /// Audio is offered by another transport protocol than RTP/AVP, for instance RTP/SAVP.
    WrongTransport,
    /// No codec of ours is offered.
    NoCodec,
    /// No unicast IP address to send to.
    NoAddress,
}

/// The stream both sides agree on.
#[derive(Clone, PartialEq)]
pub struct Agreed {
    /// Where the peer receives RTP. The caller of [`negotiate`] checks it against the trunk's
    /// networks wherever [`direction`](Self::direction) lets us send (rule B8).
    pub remote: SocketAddr,
    /// The peer's port for RTCP, at the same address.
    pub rtcp_port: u16,
    /// The peer would like RTCP on the port of RTP (RFC 5761); our answer says the same.
    pub rtcp_mux: bool,
    /// The codec.
    pub codec: AudioCodec,
    /// The number the peer gave to the codec; we send with it.
    pub payload_type: u8,
    /// The number the peer gave to telephone-event at 8000 Hz, if any.
    pub telephone_event: Option<u8>,
    /// Length of the packets we send, in ms.
    pub ptime_ms: u8,
    /// Which way media flows, seen from us.
    pub direction: Direction,
    pub(super) lines: Vec<Line>,
    pub(super) times: Vec<sdp_types::Time>,
}

impl fmt::Debug for Agreed {
    // The address and the media lines are the caller's (rule W34).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agreed")
            .field("codec", &self.codec)
            .field("payload_type", &self.payload_type)
            .field("telephone_event", &self.telephone_event)
            .field("ptime_ms", &self.ptime_ms)
            .field("direction", &self.direction)
            .finish_non_exhaustive()
    }
}

/// A media line of the offer, to be repeated in the answer.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) media: String,
    pub(super) proto: String,
    pub(super) formats: String,
    pub(super) taken: bool,
}

/// Agrees on the first audio stream that we can take, with the offerer's first codec of ours. It
/// reads the answer to an offer of ours just as well.
///
/// # Errors
/// [`Refusal`] where there is none.
pub fn negotiate(offer: &Offer, capabilities: &Capabilities) -> Result<Agreed, Refusal> {
    let session = offer.session();
    let (index, media, format) = first_usable(session, *capabilities)?;
    let ip = address(session, media).ok_or(Refusal::NoAddress)?;
    let direction = direction(session, media);
    Ok(Agreed {
        remote: SocketAddr::new(ip, media.port),
        rtcp_port: rtcp_port(media),
        rtcp_mux: media.has_attribute("rtcp-mux"),
        codec: format.codec,
        payload_type: format.payload_type,
        telephone_event: telephone_event(media).filter(|_| capabilities.telephone_event),
        ptime_ms: ptime_ms(session, media, *capabilities),
        direction: if ip.is_unspecified() { direction.without_sending() } else { direction },
        lines: session.medias.iter().enumerate().map(|(i, m)| Line::of(m, i == index)).collect(),
        times: session.times.iter().take(1).cloned().collect(),
    })
}

impl Line {
    fn of(media: &Media, taken: bool) -> Self {
        let (media, proto, formats) = (media.media.clone(), media.proto.clone(), media.fmt.clone());
        Self { media, proto, formats, taken }
    }
}

struct Format {
    codec: AudioCodec,
    payload_type: u8,
}

fn first_usable(session: &Session, can: Capabilities) -> Result<(usize, &Media, Format), Refusal> {
    let mut refusal = Refusal::NoAudio;
    for (index, media) in session.medias.iter().enumerate() {
        if !media.media.eq_ignore_ascii_case("audio") || media.port == 0 {
            continue;
        }
        if !media.proto.eq_ignore_ascii_case("RTP/AVP") {
            refusal = if refusal == Refusal::NoAudio { Refusal::WrongTransport } else { refusal };
            continue;
        }
        match first_codec(media, can) {
            Some(format) => return Ok((index, media, format)),
            None => refusal = Refusal::NoCodec,
        }
    }
    Err(refusal)
}

fn first_codec(media: &Media, can: Capabilities) -> Option<Format> {
    payload_types(media).find_map(|payload_type| {
        let codec = codec_of(media, payload_type)?;
        can.can(codec).then_some(Format { codec, payload_type })
    })
}

/// The offered payload types in the offerer's order; 7 bits each.
fn payload_types(media: &Media) -> impl Iterator<Item = u8> {
    media.fmt.split_ascii_whitespace().filter_map(|text| text.parse().ok()).filter(|pt| *pt < 128)
}

fn codec_of(media: &Media, payload_type: u8) -> Option<AudioCodec> {
    let Some(map) = rtpmaps(media).find(|map| map.payload_type == payload_type) else {
        return match payload_type {
            8 => Some(AudioCodec::Pcma),
            0 => Some(AudioCodec::Pcmu),
            _ => None,
        };
    };
    let mono = map.encoding_params.as_deref().is_none_or(|channels| channels.trim() == "1");
    [AudioCodec::Pcma, AudioCodec::Pcmu].into_iter().find(|codec| {
        mono && map.clock_rate == CLOCK_HZ && map.encoding_name.eq_ignore_ascii_case(codec.name())
    })
}

fn telephone_event(media: &Media) -> Option<u8> {
    payload_types(media).find(|payload_type| {
        rtpmaps(media).any(|map| {
            map.payload_type == *payload_type
                && map.clock_rate == CLOCK_HZ
                && map.encoding_name.eq_ignore_ascii_case("telephone-event")
        })
    })
}

fn rtpmaps(media: &Media) -> impl Iterator<Item = RtpMap> {
    media.attributes_typed::<RtpMap>().filter_map(Result::ok)
}

/// The stream's own `c=`, else the session's; only an address that can be sent to.
fn address(session: &Session, media: &Media) -> Option<IpAddr> {
    let connection = media.connections.first().or(session.connection.as_ref())?;
    let ip = connection.try_address().ok()?.ip;
    (!ip.is_multicast()).then_some(ip)
}

fn direction(session: &Session, media: &Media) -> Direction {
    let named = |attributes: &[Attribute]| {
        attributes.iter().find_map(|attribute| Direction::answering(&attribute.attribute))
    };
    named(&media.attributes).or_else(|| named(&session.attributes)).unwrap_or(Direction::SendRecv)
}

/// `a=rtcp` (RFC 3605) names the port; its address is ignored, media goes to one address only.
fn rtcp_port(media: &Media) -> u16 {
    let named = media.get_first_attribute_value("rtcp").flatten();
    let port = named.and_then(|value| value.split_ascii_whitespace().next()?.parse().ok());
    let muxed = media.has_attribute("rtcp-mux");
    port.unwrap_or(if muxed { media.port } else { media.port.saturating_add(1) })
}

fn ptime_ms(session: &Session, media: &Media, can: Capabilities) -> u8 {
    let number = |name: &str| {
        let value = media
            .get_first_attribute_value(name)
            .or_else(|| session.get_first_attribute_value(name))
            .flatten()?;
        value.trim().parse::<u16>().ok().map(|ms| u8::try_from(ms).unwrap_or(u8::MAX))
    };
    let longest = number("maxptime").unwrap_or(u8::MAX);
    let wanted = number("ptime").unwrap_or(PTIME_MS).min(longest);
    // Not `clamp`: it panics where somebody configures a minimum above the maximum.
    wanted.min(can.ptime_ms_max).max(can.ptime_ms_min)
}
