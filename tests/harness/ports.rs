//! Ports for tests that run at the same time: single ports are asked of the system, ranges for
//! media are reserved through lock files, so that test programs beside this one are seen too.

use std::collections::BTreeSet;
use std::env;
use std::fmt;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::process;
use std::sync::{Mutex, PoisonError};

use crate::{Context, Failure, Result};

/// The first port of the first range. The ranges end below 32768, where Linux begins to give out
/// ports by itself.
const FIRST: u16 = 10_000;
/// Ports in a range: 100 calls with a port for RTP and one for RTCP each.
const WIDTH: u16 = 200;
/// How many ranges there are.
const RANGES: u16 = 110;

/// A port of 127.0.0.1 that is free for UDP and TCP, and is given out only once in this process.
///
/// # Errors
/// The system has none.
pub fn free_port() -> Result<u16> {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    for _ in 0..100 {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).because(|| "no UDP port")?;
        let port = udp.local_addr()?.port();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() && given.insert(port) {
            return Ok(port);
        }
    }
    Err(Failure::new("no port is free for UDP and TCP"))
}

/// A range of UDP ports that nobody else who uses this harness on the machine has. It is given
/// back when dropped, and by the system if the process is killed.
pub struct MediaPorts {
    low: u16,
    _lock: File,
}

impl MediaPorts {
    /// Takes a range that is free, starting the search at a place that differs between processes.
    ///
    /// # Errors
    /// All ranges are taken.
    pub fn reserve() -> Result<Self> {
        let start = process::id() % u32::from(RANGES);
        (0..RANGES)
            .map(|n| (u16::try_from(start).unwrap_or(0) + n) % RANGES)
            .find_map(Self::try_range)
            .because(|| format!("all {RANGES} ranges of media ports are taken"))
    }

    /// The first port, even as RTP wants it (RFC 3550, section 11).
    #[must_use]
    pub fn low(&self) -> u16 {
        self.low
    }

    /// The last port of the range.
    #[must_use]
    pub fn high(&self) -> u16 {
        self.low + WIDTH - 1
    }

    fn try_range(number: u16) -> Option<Self> {
        let folder = env::temp_dir().join("linka-harness-ports");
        fs::create_dir_all(&folder).ok()?;
        let lock = File::create(folder.join(number.to_string())).ok()?;
        lock.try_lock().ok()?;
        let low = FIRST + number * WIDTH;
        let free = |port| UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
        (low..low + WIDTH).all(free).then_some(Self { low, _lock: lock })
    }
}

/// As `--rtp-ports` wants it: `10000-10199`.
impl fmt::Display for MediaPorts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.low(), self.high())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_ports_are_never_given_twice() {
        let ports: BTreeSet<u16> = (0..20).map(|_| free_port().unwrap()).collect();
        assert_eq!(ports.len(), 20);
    }

    #[test]
    fn two_ranges_do_not_touch() {
        let (a, b) = (MediaPorts::reserve().unwrap(), MediaPorts::reserve().unwrap());
        assert!(a.high() < b.low() || b.high() < a.low(), "{a} and {b}");
    }

    #[test]
    fn a_range_with_a_port_in_use_is_passed_over() {
        let range = MediaPorts::reserve().unwrap();
        let number = (range.low() - FIRST) / WIDTH;
        let _busy = UdpSocket::bind((Ipv4Addr::LOCALHOST, range.low() + 7)).unwrap();
        drop(range);
        assert!(MediaPorts::try_range(number).is_none());
    }

    #[test]
    fn the_ranges_end_below_the_ports_of_the_system() {
        assert!(u32::from(FIRST) + u32::from(WIDTH) * u32::from(RANGES) <= 32_768);
    }
}
