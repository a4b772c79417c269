//! What a caller says and presses, as a capture file that sipp's `play_pcap_audio` sends.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use crate::g711::Law;
use crate::sound::{FRAME, RATE, samples_of};
use crate::{Context, Result};

/// Payload type of telephone-event in the scenarios of this harness.
pub const EVENT_PAYLOAD_TYPE: u8 = 101;
/// Packets while a key is down (100 ms), and repeats of its end (RFC 4733, section 2.5.1.4).
const EVENT_PACKETS: u16 = 5;
const EVENT_ENDS: u16 = 3;
/// Silence after a key, in packets, besides the time that the ends take.
const EVENT_PAUSE: usize = 2;

/// The caller's side of the media, written down before the call.
#[derive(Clone, Debug)]
pub struct Speech {
    law: Law,
    packets: Vec<(Duration, Vec<u8>)>,
    sequence: u16,
    timestamp: u32,
}

impl Speech {
    /// Nothing said yet.
    #[must_use]
    pub fn new(law: Law) -> Self {
        Self { law, packets: Vec::new(), sequence: 1, timestamp: 0 }
    }

    /// Says nothing for a while, but keeps sending packets, as a telephone does.
    #[must_use]
    pub fn silence(self, seconds: f64) -> Self {
        let quiet = vec![0; samples_of(seconds)];
        self.speech(&quiet)
    }

    /// Says samples at 8 kHz, filled up to whole packets of 20 ms.
    #[must_use]
    pub fn speech(mut self, samples: &[i16]) -> Self {
        for frame in samples.chunks(FRAME) {
            let mut payload: Vec<u8> = frame.iter().map(|s| self.law.encode(*s)).collect();
            payload.resize(FRAME, self.law.silence());
            let (timestamp, marker) = (self.timestamp, self.packets.is_empty());
            self.push(self.law.payload_type(), marker, timestamp, &payload);
        }
        self
    }

    /// Presses keys: `0`–`9`, `*`, `#`; each 100 ms long with 100 ms between (RFC 4733). Other
    /// characters are left out.
    #[must_use]
    pub fn digits(mut self, keys: &str) -> Self {
        for event in keys.chars().filter_map(event_of) {
            let began = self.timestamp;
            let held = FRAME as u16;
            for packet in 1..=EVENT_PACKETS {
                let payload = event_payload(event, false, packet * held);
                self.push(EVENT_PAYLOAD_TYPE, packet == 1, began, &payload);
            }
            for _ in 0..EVENT_ENDS {
                let payload = event_payload(event, true, EVENT_PACKETS * held);
                self.push(EVENT_PAYLOAD_TYPE, false, began, &payload);
            }
            self = self.speech(&[0; FRAME * EVENT_PAUSE]);
        }
        self
    }

    /// How long it takes.
    #[must_use]
    pub fn length(&self) -> Duration {
        time_of(self.timestamp)
    }

    /// Writes the capture file: Ethernet, IPv4, UDP; sipp puts in the real addresses itself.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, file: &Path) -> Result<()> {
        let mut bytes = file_header();
        for (at, rtp) in &self.packets {
            let frame = ethernet(rtp);
            bytes.extend((1_000 + at.as_secs() as u32).to_le_bytes());
            bytes.extend(at.subsec_micros().to_le_bytes());
            bytes.extend((frame.len() as u32).to_le_bytes());
            bytes.extend((frame.len() as u32).to_le_bytes());
            bytes.extend(frame);
        }
        fs::write(file, bytes).because(|| format!("writing {}", file.display()))
    }

    /// Adds a packet at the current time and lets 20 ms pass.
    fn push(&mut self, payload_type: u8, marker: bool, timestamp: u32, payload: &[u8]) {
        let mut rtp = vec![0x80, (u8::from(marker) << 7) | payload_type];
        rtp.extend(self.sequence.to_be_bytes());
        rtp.extend(timestamp.to_be_bytes());
        rtp.extend(0x0043_414c_u32.to_be_bytes());
        rtp.extend(payload);
        self.packets.push((time_of(self.timestamp), rtp));
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp += FRAME as u32;
    }
}

/// The event number of a key (RFC 4733, table 3).
#[must_use]
pub fn event_of(key: char) -> Option<u8> {
    match key {
        '0'..='9' => u8::try_from(u32::from(key) - u32::from('0')).ok(),
        '*' => Some(10),
        '#' => Some(11),
        _ => None,
    }
}

/// Event, end bit with a volume of −10 dBm0, duration (RFC 4733, section 2.3).
fn event_payload(event: u8, end: bool, duration: u16) -> [u8; 4] {
    let [high, low] = duration.to_be_bytes();
    [event, (u8::from(end) << 7) | 10, high, low]
}

fn time_of(timestamp: u32) -> Duration {
    Duration::from_secs(u64::from(timestamp)) / RATE as u32
}

/// The classic file header: microseconds, whole packets, link type 1 (Ethernet).
fn file_header() -> Vec<u8> {
    let mut header = 0xa1b2_c3d4_u32.to_le_bytes().to_vec();
    header.extend([2, 0, 4, 0]);
    header.extend([0; 8]);
    header.extend(65_535_u32.to_le_bytes());
    header.extend(1_u32.to_le_bytes());
    header
}

fn ethernet(rtp: &[u8]) -> Vec<u8> {
    let udp_length = (8 + rtp.len()) as u16;
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    frame.extend(ipv4_header(20 + udp_length));
    frame.extend(40_000_u16.to_be_bytes());
    frame.extend(40_002_u16.to_be_bytes());
    frame.extend(udp_length.to_be_bytes());
    frame.extend([0, 0]);
    frame.extend(rtp);
    frame
}

fn ipv4_header(length: u16) -> Vec<u8> {
    let [high, low] = length.to_be_bytes();
    let home = Ipv4Addr::LOCALHOST.octets();
    let mut header = vec![0x45, 0, high, low, 0, 0, 0x40, 0, 64, 17, 0, 0];
    header.extend(home);
    header.extend(home);
    let sum: u32 =
        header.as_chunks::<2>().0.iter().map(|w| u32::from(u16::from_be_bytes(*w))).sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    let checksum = !(folded as u16);
    header.splice(10..12, checksum.to_be_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::child::run;
    use std::process::Command;

    #[test]
    fn a_key_is_eight_packets_of_one_timestamp() {
        let speech = Speech::new(Law::A).silence(0.02).digits("#");
        let events: Vec<&[u8]> = speech
            .packets
            .iter()
            .map(|(_, rtp)| rtp.as_slice())
            .filter(|rtp| rtp[1] & 0x7f == 101)
            .collect();
        assert_eq!(events.len(), 8);
        assert!(events.iter().all(|rtp| rtp[4..8] == 160_u32.to_be_bytes()));
        assert_eq!(events[0][1], 0x80 | 101);
        assert_eq!(events[0][12..], [11, 10, 0, 160]);
        // 5 packets of 160: 800 = 0x320; the end bit.
        assert_eq!(events[7][12..], [11, 0x8a, 0x03, 0x20]);
    }

    #[test]
    fn time_passes_by_twenty_milliseconds_a_packet() {
        // 1 s, then per key 5 + 3 + 2 packets of 20 ms.
        let speech = Speech::new(Law::Mu).silence(1.0).digits("12");
        assert_eq!(speech.length(), Duration::from_millis(1_400));
        assert_eq!(speech.packets[50].0, Duration::from_secs(1));
    }

    #[test]
    fn half_a_packet_is_filled_with_silence() {
        let speech = Speech::new(Law::A).speech(&[1_000; 200]);
        assert_eq!(speech.packets.len(), 2);
        assert_eq!(speech.packets[1].1[12 + 40..], [0xd5; 120]);
    }

    #[test]
    fn an_outside_program_reads_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("speech.pcap");
        Speech::new(Law::A).silence(0.06).write(&file).unwrap();
        let mut tcpdump = Command::new("tcpdump");
        let output = run(tcpdump.args(["-n", "-vv", "-r"]).arg(&file)).unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        // 160 bytes of sound and 12 of header; a wrong checksum would be called "bad cksum".
        assert_eq!(text.matches("127.0.0.1.40000 > 127.0.0.1.40002").count(), 3, "{text}");
        assert!(text.contains("UDP, length 172"), "{text}");
        assert!(!text.contains("bad cksum"), "{text}");
    }
}
