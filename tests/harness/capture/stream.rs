//! RTP streams: what was audible, and how it arrived.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use super::{Datagram, Packet};
use crate::g711::Law;
use crate::sound::RATE;
use crate::{Failure, Result};

/// The longest stream that is laid out: three hours.
const SAMPLES_MAX: usize = RATE * 3 * 3600;

/// All packets from one source to one destination with one SSRC, in the order of their arrival.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Who sends.
    pub source: SocketAddr,
    /// Who listens.
    pub destination: SocketAddr,
    /// The synchronisation source.
    pub ssrc: u32,
    /// The packets; never empty.
    pub packets: Vec<Packet>,
}

/// A time between two packets of sound that is longer than it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// When the packet after the gap came, since the first packet of the stream.
    pub at: Duration,
    /// How long nothing came.
    pub length: Duration,
}

/// How a stream arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// Packets seen.
    pub packets: usize,
    /// Sequence numbers between the first and the last that never came.
    pub lost: usize,
    /// Packets whose sequence number came before.
    pub duplicates: usize,
    /// Packets of sound with new sequence number but a timestamp that came before.
    pub repeated_timestamps: usize,
    /// The longest time between two packets.
    pub longest_gap: Duration,
    /// How often the timestamp did not grow by exactly the samples of the packet before.
    pub timestamp_jumps: usize,
}

/// Sorts datagrams into streams, in the order in which they began.
#[must_use]
pub fn streams(datagrams: &[Datagram]) -> Vec<Stream> {
    let mut places = BTreeMap::new();
    let mut streams: Vec<Stream> = Vec::new();
    for datagram in datagrams {
        let Some(packet) = Packet::of(datagram) else { continue };
        let key = (datagram.source, datagram.destination, packet.ssrc);
        let place = *places.entry(key).or_insert(streams.len());
        match streams.get_mut(place) {
            Some(stream) => stream.packets.push(packet),
            None => streams.push(Stream {
                source: datagram.source,
                destination: datagram.destination,
                ssrc: packet.ssrc,
                packets: vec![packet],
            }),
        }
    }
    streams
}

impl Stream {
    /// What was audible at 8 kHz: every packet of G.711 at the place its timestamp names, counted
    /// from the first; what never came is silence.
    ///
    /// # Errors
    /// The timestamps span more than three hours.
    pub fn samples(&self) -> Result<Vec<i16>> {
        let mut samples = Vec::new();
        let mut start = None;
        for packet in &self.packets {
            let Some(law) = Law::of_payload_type(packet.payload_type) else { continue };
            let zero = *start.get_or_insert(packet.timestamp);
            // Packets from before the first (reordered at the very start) are not laid out.
            let Ok(place) = usize::try_from(distance(zero, packet.timestamp)) else { continue };
            let end = place.saturating_add(packet.payload.len());
            if end > SAMPLES_MAX {
                return Err(Failure::new("the timestamps of a stream span more than three hours"));
            }
            if samples.len() < end {
                samples.resize(end, 0);
            }
            let slots = samples.iter_mut().skip(place);
            slots.zip(&packet.payload).for_each(|(slot, byte)| *slot = law.decode(*byte));
        }
        Ok(samples)
    }

    /// How the packets arrived.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let sequences = self.extended_sequences();
        let distinct: BTreeSet<i64> = sequences.iter().copied().collect();
        let span = match (distinct.first(), distinct.last()) {
            (Some(first), Some(last)) => usize::try_from(last - first + 1).unwrap_or(0),
            _ => 0,
        };
        Statistics {
            packets: self.packets.len(),
            lost: span.saturating_sub(distinct.len()),
            duplicates: sequences.len() - distinct.len(),
            repeated_timestamps: self.repeated_timestamps(),
            longest_gap: self
                .gaps(Duration::ZERO)
                .iter()
                .map(|g| g.length)
                .max()
                .unwrap_or_default(),
            timestamp_jumps: self.timestamp_jumps(),
        }
    }

    /// Every time longer than `limit` between one packet and the next.
    #[must_use]
    pub fn gaps(&self, limit: Duration) -> Vec<Gap> {
        let began = self.packets.first().map_or(Duration::ZERO, |packet| packet.at);
        let pairs = self.packets.windows(2).filter_map(|pair| match pair {
            [before, after] => Some(Gap {
                at: after.at.saturating_sub(began),
                length: after.at.saturating_sub(before.at),
            }),
            _ => None,
        });
        pairs.filter(|gap| gap.length > limit).collect()
    }

    /// Sequence numbers made to run on over 65535.
    fn extended_sequences(&self) -> Vec<i64> {
        let mut last: Option<i64> = None;
        let extend = |packet: &Packet| {
            let before = last.unwrap_or_else(|| i64::from(packet.sequence));
            let step = packet.sequence.wrapping_sub(before as u16) as i16;
            let now = before + i64::from(step);
            last = Some(now);
            now
        };
        self.packets.iter().map(extend).collect()
    }

    fn voice(&self) -> impl Iterator<Item = &Packet> {
        self.packets.iter().filter(|packet| Law::of_payload_type(packet.payload_type).is_some())
    }

    fn repeated_timestamps(&self) -> usize {
        let mut seen: BTreeMap<u32, u16> = BTreeMap::new();
        self.voice()
            .filter(|packet| {
                *seen.entry(packet.timestamp).or_insert(packet.sequence) != packet.sequence
            })
            .count()
    }

    fn timestamp_jumps(&self) -> usize {
        let voice: Vec<&Packet> = self.voice().collect();
        voice
            .windows(2)
            .filter(|pair| match pair {
                [before, after] => {
                    let grown = distance(before.timestamp, after.timestamp);
                    grown != i64::try_from(before.payload.len()).unwrap_or(0)
                }
                _ => false,
            })
            .count()
    }
}

/// From one timestamp to another, over the wrap.
fn distance(from: u32, to: u32) -> i64 {
    i64::from(to.wrapping_sub(from) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(ms: u64, sequence: u16, timestamp: u32) -> Packet {
        Packet {
            at: Duration::from_millis(ms),
            payload_type: 8,
            marker: false,
            sequence,
            timestamp,
            ssrc: 1,
            payload: vec![0xaa; 160], // 0xaa ^ 0x55 = 0xff: the loudest positive, 32256
        }
    }

    fn stream(packets: Vec<Packet>) -> Stream {
        let anyone = "127.0.0.1:1".parse().unwrap();
        Stream { source: anyone, destination: anyone, ssrc: 1, packets }
    }

    #[test]
    fn what_never_came_is_silence() {
        let holed = stream(vec![packet(0, 1, 0), packet(40, 3, 320)]);
        let samples = holed.samples().unwrap();
        assert_eq!(samples.len(), 480);
        assert_eq!(
            (samples[159], samples[160], samples[319], samples[320]),
            (32_256, 0, 0, 32_256)
        );
        assert_eq!(holed.statistics().lost, 1);
        assert_eq!(holed.statistics().timestamp_jumps, 1);
    }

    #[test]
    fn numbers_that_wrap_are_no_loss() {
        let wrapped =
            stream(vec![packet(0, 65_535, u32::MAX - 159), packet(20, 0, 0), packet(40, 1, 160)]);
        let seen = wrapped.statistics();
        assert_eq!((seen.lost, seen.duplicates, seen.timestamp_jumps), (0, 0, 0));
        assert_eq!(wrapped.samples().unwrap().len(), 480);
    }

    #[test]
    fn duplicates_and_repeated_timestamps_are_told_apart() {
        let seen = stream(vec![
            packet(0, 1, 0),
            packet(1, 1, 0),  // the same packet again
            packet(20, 2, 0), // new packet, old time
            packet(40, 3, 160),
        ])
        .statistics();
        assert_eq!((seen.duplicates, seen.repeated_timestamps, seen.lost), (1, 1, 0));
    }

    #[test]
    fn reordered_packets_are_not_lost() {
        let seen = stream(vec![
            packet(0, 1, 0),
            packet(20, 3, 320),
            packet(25, 2, 160),
            packet(60, 4, 480),
        ]);
        assert_eq!(seen.statistics().lost, 0);
        assert!(seen.samples().unwrap().iter().all(|sample| *sample == 32_256));
    }

    #[test]
    fn gaps_are_found_with_their_place() {
        let late = stream(vec![packet(0, 1, 0), packet(20, 2, 160), packet(95, 3, 320)]);
        let gap = Gap { at: Duration::from_millis(95), length: Duration::from_millis(75) };
        assert_eq!(late.gaps(Duration::from_millis(30)), [gap]);
        assert_eq!(late.statistics().longest_gap, gap.length);
    }

    #[test]
    fn a_timestamp_that_leaps_for_hours_is_refused() {
        let leap = stream(vec![packet(0, 1, 0), packet(20, 2, 8_000 * 3_600 * 4)]);
        assert!(leap.samples().is_err());
    }
}
