//! Keys that were pressed, as RFC 4733 telephone events.

use std::time::Duration;

use super::Packet;
use crate::pcap::EVENT_PAYLOAD_TYPE;
use crate::sound::RATE;

/// The keys by event number (RFC 4733, table 3).
const KEYS: &str = "0123456789*#ABCD";

/// One press of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Press {
    /// `0`–`9`, `*`, `#`, `A`–`D`.
    pub key: char,
    /// When its first packet was seen.
    pub at: Duration,
    /// How long it says it was held.
    pub held: Duration,
    /// How many packets it had.
    pub packets: usize,
    /// How many of them had the end bit.
    pub ends: usize,
}

/// The presses in a stream: one for each run of packets with the same event and timestamp.
#[must_use]
pub fn presses(packets: &[Packet]) -> Vec<Press> {
    let events: Vec<&Packet> =
        packets.iter().filter(|packet| packet.payload_type == EVENT_PAYLOAD_TYPE).collect();
    events
        .chunk_by(|a, b| a.timestamp == b.timestamp && a.payload.first() == b.payload.first())
        .filter_map(press)
        .collect()
}

fn press(packets: &[&Packet]) -> Option<Press> {
    let first = packets.first()?;
    let key = KEYS.chars().nth(usize::from(*first.payload.first()?))?;
    let durations = packets.iter().filter_map(|packet| match packet.payload.as_slice() {
        [_, _, high, low, ..] => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    });
    let held = Duration::from_secs(u64::from(durations.max()?)) / RATE as u32;
    let ended = |packet: &&&Packet| packet.payload.get(1).is_some_and(|byte| byte & 0x80 != 0);
    let ends = packets.iter().filter(ended).count();
    Some(Press { key, at: first.at, held, packets: packets.len(), ends })
}

#[cfg(test)]
mod tests {
    use super::super::{read, streams};
    use super::*;
    use crate::g711::Law;
    use crate::pcap::Speech;

    fn pressed(speech: &Speech) -> Vec<Press> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.pcap");
        speech.write(&file).unwrap();
        streams(&read(&file).unwrap()).iter().flat_map(|s| presses(&s.packets)).collect()
    }

    #[test]
    fn the_same_key_twice_is_two_presses() {
        let seen = pressed(&Speech::new(Law::A).silence(0.5).digits("11*#"));
        let keys: String = seen.iter().map(|press| press.key).collect();
        assert_eq!(keys, "11*#");
        // The second begins after the first's ten packets of 20 ms.
        assert_eq!(seen[1].at - seen[0].at, Duration::from_millis(200));
        assert_eq!(
            (seen[0].held, seen[0].packets, seen[0].ends),
            (Duration::from_millis(100), 8, 3)
        );
    }

    #[test]
    fn speech_is_no_key() {
        assert!(pressed(&Speech::new(Law::A).silence(0.5)).is_empty());
    }
}
