//! The sockets of legs.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};

/// A socket that speaks with one far side only and never waits.
pub trait MediaSocket: Send {
    /// Sends one datagram. A full buffer loses it, as the network would.
    fn send(&mut self, datagram: &[u8]) -> io::Result<()>;
    /// Takes one datagram of the far side, `None` when there is none.
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>>;
    /// From now on the far side is another (re-INVITE).
    fn connect(&mut self, remote: SocketAddr) -> io::Result<()>;
    /// Where the far side reaches us.
    fn local(&self) -> io::Result<SocketAddr>;
}

/// A connected UDP socket of the kernel: strangers' packets are dropped before they reach us (B4).
pub struct KernelSocket(UdpSocket);

impl MediaSocket for KernelSocket {
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        self.0.send(datagram).map(|_sent| ())
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        match self.0.recv(buffer) {
            Ok(len) => Ok(Some(len)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn connect(&mut self, remote: SocketAddr) -> io::Result<()> {
        self.0.connect(remote)
    }

    fn local(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// The ports that media may use. RTP takes the even ones (RFC 3550, section 11).
pub struct PortRange {
    low: u16,
    high: u16,
    next: AtomicU16,
}

/// Every port of the range is taken.
#[derive(Debug, thiserror::Error)]
#[error("all RTP ports from {low} to {high} are taken: give a wider range (rtp_ports)")]
pub struct PortsExhausted {
    low: u16,
    high: u16,
}

impl PortRange {
    /// The range from `low` to `high`, both included.
    pub fn new(low: u16, high: u16) -> Self {
        let low = low.saturating_add(low % 2);
        Self { low, high, next: AtomicU16::new(low) }
    }

    /// How many legs fit.
    pub const fn len(&self) -> usize {
        if self.high < self.low { 0 } else { (self.high - self.low) as usize / 2 + 1 }
    }

    /// Whether no leg fits.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Opens the next free even port and connects it to the far side.
    pub fn open(&self, local: IpAddr, remote: SocketAddr) -> Result<KernelSocket, PortsExhausted> {
        for _ in 0..self.len() {
            if let Ok(socket) = Self::try_open(SocketAddr::new(local, self.step()), remote) {
                return Ok(KernelSocket(socket));
            }
        }
        Err(PortsExhausted { low: self.low, high: self.high })
    }

    /// The next port in turn.
    pub(crate) fn step(&self) -> u16 {
        let advance = |port: u16| {
            let next = port.saturating_add(2);
            Some(if next > self.high { self.low } else { next })
        };
        self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, advance).unwrap_or(self.low)
    }

    fn try_open(local: SocketAddr, remote: SocketAddr) -> io::Result<UdpSocket> {
        let socket = UdpSocket::bind(local)?;
        socket.connect(remote)?;
        socket.set_nonblocking(true)?;
        mark_expedited(&socket);
        Ok(socket)
    }
}

/// Marks the packets as expedited forwarding (DSCP 46, rule W19). A kernel that refuses costs
/// nothing but priority.
fn mark_expedited(socket: &UdpSocket) {
    let _refused_is_fine = socket2::SockRef::from(socket).set_tos_v4(46 << 2);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_even_ports_are_used_and_a_taken_one_is_passed_over() {
        let far = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let range = PortRange::new(42_101, 42_105);
        assert_eq!(range.len(), 2);
        let local = far.ip();
        let first = range.open(local, far).unwrap().local().unwrap().port();
        let _held =
            UdpSocket::bind((local, if first == 42_102 { 42_104 } else { 42_102 })).unwrap();
        assert_eq!(range.open(local, far).unwrap().local().unwrap().port(), first);
    }

    #[test]
    fn a_stranger_is_not_heard() {
        let far = UdpSocket::bind("127.0.0.1:0").unwrap();
        let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
        let range = PortRange::new(42_110, 42_120);
        let mut socket =
            range.open(far.local_addr().unwrap().ip(), far.local_addr().unwrap()).unwrap();
        stranger.send_to(b"stranger", socket.local().unwrap()).unwrap();
        far.send_to(b"friend", socket.local().unwrap()).unwrap();
        let mut buffer = [0; 64];
        assert_eq!(socket.receive(&mut buffer).unwrap(), Some(6));
        assert_eq!(socket.receive(&mut buffer).unwrap(), None);
    }
}
