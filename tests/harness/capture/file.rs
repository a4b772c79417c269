//! Capture files (pcap 2.4, either byte order, microseconds or nanoseconds) to UDP datagrams.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use super::link::{Link, udp_in};
use crate::{Context, Failure, Result};

/// More packets than this are not read: an hour of a hundred calls.
const PACKETS_MAX: usize = 36_000_000;
/// The longest packet that a file may claim.
const LENGTH_MAX: usize = 262_144;

/// One UDP datagram that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// Wall-clock time of the capture since 1970.
    pub at: Duration,
    /// Who sent it.
    pub source: SocketAddr,
    /// To whom.
    pub destination: SocketAddr,
    /// The payload of UDP.
    pub bytes: Vec<u8>,
}

/// Reads every UDP datagram of a capture file. A last packet that is still being written is left
/// out; other protocols and fragments are passed over.
///
/// # Errors
/// No such file, no capture file, or a link type that is not one of Ethernet, NULL, raw IP,
/// LINUX_SLL and LINUX_SLL2.
pub fn read(file: &Path) -> Result<Vec<Datagram>> {
    let bytes = fs::read(file).because(|| format!("reading {}", file.display()))?;
    parse(&bytes).because(|| file.display().to_string())
}

fn parse(bytes: &[u8]) -> Result<Vec<Datagram>> {
    let format = Format::of(bytes)?;
    let mut rest = bytes.get(24..).unwrap_or_default();
    let mut datagrams = Vec::new();
    while let Some((at, packet, next)) = format.packet(rest) {
        if let Some((source, destination, payload)) = udp_in(format.link, packet) {
            datagrams.push(Datagram { at, source, destination, bytes: payload.to_vec() });
        }
        if datagrams.len() > PACKETS_MAX {
            return Err(Failure::new("too many packets"));
        }
        rest = next;
    }
    Ok(datagrams)
}

#[derive(Clone, Copy)]
struct Format {
    big_endian: bool,
    nanoseconds: bool,
    link: Link,
}

impl Format {
    fn of(bytes: &[u8]) -> Result<Self> {
        let (big_endian, nanoseconds) = match bytes.first_chunk::<4>() {
            Some([0xd4, 0xc3, 0xb2, 0xa1]) => (false, false),
            Some([0xa1, 0xb2, 0xc3, 0xd4]) => (true, false),
            Some([0x4d, 0x3c, 0xb2, 0xa1]) => (false, true),
            Some([0xa1, 0xb2, 0x3c, 0x4d]) => (true, true),
            Some(_) | None => return Err(Failure::new("not a capture file")),
        };
        let number = word(bytes, 20, big_endian).because(|| "a cut capture file")?;
        // The upper bits can carry the length of a frame check sequence.
        let link = Link::of_number(number & 0xffff)
            .because(|| format!("link type {number} is not known here"))?;
        Ok(Self { big_endian, nanoseconds, link })
    }

    /// Time, bytes, and what follows; `None` at the end or within a packet that is still written.
    fn packet(self, bytes: &[u8]) -> Option<(Duration, &[u8], &[u8])> {
        let seconds = word(bytes, 0, self.big_endian)?;
        let fraction = word(bytes, 4, self.big_endian)?;
        let length = usize::try_from(word(bytes, 8, self.big_endian)?).ok()?;
        if length > LENGTH_MAX {
            return None;
        }
        let nanoseconds = if self.nanoseconds { fraction } else { fraction.checked_mul(1_000)? };
        let at =
            Duration::from_secs(u64::from(seconds)) + Duration::from_nanos(u64::from(nanoseconds));
        let (packet, next) = bytes.get(16..)?.split_at_checked(length)?;
        Some((at, packet, next))
    }
}

fn word(bytes: &[u8], at: usize, big_endian: bool) -> Option<u32> {
    let word = *bytes.get(at..)?.first_chunk::<4>()?;
    Some(if big_endian { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::g711::Law;
    use crate::pcap::Speech;

    fn written() -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.pcap");
        Speech::new(Law::A).silence(0.04).write(&file).unwrap();
        fs::read(file).unwrap()
    }

    #[test]
    fn datagrams_come_with_time_and_addresses() {
        let seen = parse(&written()).unwrap();
        assert_eq!(seen.len(), 2);
        assert_eq!(seen[1].at, Duration::from_millis(1_000_020));
        assert_eq!(seen[0].source, "127.0.0.1:40000".parse().unwrap());
        assert_eq!(seen[0].destination, "127.0.0.1:40002".parse().unwrap());
        assert_eq!(seen[0].bytes.len(), 172);
    }

    #[test]
    fn a_file_cut_at_any_byte_is_read_as_far_as_it_goes() {
        let bytes = written();
        for length in 24..bytes.len() {
            assert!(parse(&bytes[..length]).unwrap().len() < 2);
        }
    }

    #[test]
    fn the_other_byte_order_and_nanoseconds_are_understood() {
        let mut bytes = vec![0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0];
        bytes.extend([0, 0, 255, 255, 0, 0, 0, 1]); // snap length, Ethernet
        let little = &written()[24..];
        let length = 14 + 20 + 8 + 172_u32;
        bytes.extend(7_u32.to_be_bytes());
        bytes.extend(5_u32.to_be_bytes());
        bytes.extend(length.to_be_bytes());
        bytes.extend(length.to_be_bytes());
        bytes.extend(&little[16..16 + length as usize]);
        let seen = parse(&bytes).unwrap();
        assert_eq!(seen[0].at, Duration::new(7, 5));
    }

    #[test]
    fn other_files_are_refused() {
        assert!(parse(b"RIFF....WAVE").is_err());
        assert!(parse(b"").is_err());
    }
}
