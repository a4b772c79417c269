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
    /// Takes one datagram that came to the port of RTCP, where that is another than RTP's.
    fn receive_control(&mut self, _buffer: &mut [u8]) -> io::Result<Option<usize>> {
        Ok(None)
    }
    /// From now on the far side is another (re-INVITE).
    fn connect(&mut self, remote: SocketAddr) -> io::Result<()>;
    /// Where the far side reaches us.
    fn local(&self) -> io::Result<SocketAddr>;
}

/// A connected UDP socket of the kernel: strangers' packets are dropped before they reach us (B4).
pub struct KernelSocket {
    rtp: UdpSocket,
    /// The port of RTCP, with the far side's address (its port there is not known for certain).
    control: Option<(UdpSocket, IpAddr)>,
}

impl MediaSocket for KernelSocket {
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        self.rtp.send(datagram).map(|_sent| ())
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        at_once(self.rtp.recv(buffer))
    }

    fn receive_control(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        let Some((socket, remote)) = &self.control else { return Ok(None) };
        let received = at_once(socket.recv_from(buffer))?;
        Ok(received.filter(|(_, source)| source.ip() == *remote).map(|(len, _)| len))
    }

    fn connect(&mut self, remote: SocketAddr) -> io::Result<()> {
        if let Some((_, address)) = self.control.as_mut() {
            *address = remote.ip();
        }
        self.rtp.connect(remote)
    }

    fn local(&self) -> io::Result<SocketAddr> {
        self.rtp.local_addr()
    }
}

/// What is there now, if anything.
fn at_once<T>(received: io::Result<T>) -> io::Result<Option<T>> {
    match received {
        Ok(received) => Ok(Some(received)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
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
                return Ok(KernelSocket { rtp: socket, control: None });
            }
        }
        Err(PortsExhausted { low: self.low, high: self.high })
    }

    /// The same with the odd port above for RTCP (RFC 3550, section 11), unless the range ends
    /// before it or somebody has it: then the call goes without.
    pub fn open_with_control(
        &self,
        local: IpAddr,
        remote: SocketAddr,
    ) -> Result<KernelSocket, PortsExhausted> {
        let mut socket = self.open(local, remote)?;
        let port = socket.local().ok().and_then(|address| address.port().checked_add(1));
        let bound = port.filter(|port| *port <= self.high).and_then(|port| {
            let control = UdpSocket::bind((local, port)).ok()?;
            control.set_nonblocking(true).ok()?;
            Some(control)
        });
        socket.control = bound.map(|control| (control, remote.ip()));
        Ok(socket)
    }

    /// The next port in turn.
    pub(crate) fn step(&self) -> u16 {
        let advance = |port: u16| {
            Some(port.checked_add(2).filter(|next| *next <= self.high).unwrap_or(self.low))
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
    fn the_port_above_hears_the_far_side_whatever_its_port_and_nobody_else() {
        let far = UdpSocket::bind("127.0.0.1:0").unwrap();
        let stranger = UdpSocket::bind("127.0.0.2:0").unwrap();
        let (remote, range) = (far.local_addr().unwrap(), PortRange::new(22_110, 22_121));
        let mut socket = range.open_with_control(remote.ip(), remote).unwrap();
        let mut control = socket.local().unwrap();
        control.set_port(control.port() + 1);
        let mut buffer = [0; 64];
        stranger.send_to(b"stranger", control).unwrap();
        assert_eq!(socket.receive_control(&mut buffer).unwrap(), None);
        UdpSocket::bind("127.0.0.1:0").unwrap().send_to(b"report", control).unwrap();
        assert_eq!(socket.receive_control(&mut buffer).unwrap(), Some(6));
    }

    #[test]
    fn a_range_that_ends_with_the_last_port_begins_anew() {
        let range = PortRange::new(65_532, u16::MAX);
        let ports: Vec<u16> = (0..4).map(|_| range.step()).collect();
        assert_eq!(ports, [65_532, 65_534, 65_532, 65_534]);
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
