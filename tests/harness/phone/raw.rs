//! A bare UDP socket, for messages that no telephone sends and for answers that must be seen byte
//! by byte.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use crate::{Context, Result};

/// The longest datagram there is.
const DATAGRAM_MAX: usize = 65_535;

/// A socket that talks to one address.
pub struct RawPeer {
    socket: UdpSocket,
    line: SocketAddr,
}

impl RawPeer {
    /// A socket on a free port of 127.0.0.1 for talking to `line`.
    ///
    /// # Errors
    /// No port is free.
    pub fn to(line: SocketAddr) -> Result<Self> {
        Self::between(Ipv4Addr::LOCALHOST, line)
    }

    /// The same on another address of this machine, such as 127.0.0.2.
    ///
    /// # Errors
    /// No port is free, or the address is not this machine's.
    pub fn between(own: Ipv4Addr, line: SocketAddr) -> Result<Self> {
        Ok(Self { socket: UdpSocket::bind((own, 0))?, line })
    }

    /// Its own address, for Via and Contact.
    ///
    /// # Errors
    /// The system does not know it.
    pub fn address(&self) -> Result<SocketAddr> {
        self.socket.local_addr().because(|| "the own address")
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// The system refuses, for example more than 64 KiB.
    pub fn send(&self, bytes: &[u8]) -> Result<()> {
        self.socket.send_to(bytes, self.line).because(|| "sending").map(drop)
    }

    /// The next datagram that comes within `limit`; `None` if none does.
    ///
    /// # Errors
    /// The socket is broken.
    pub fn receive(&self, limit: Duration) -> Result<Option<Vec<u8>>> {
        self.socket.set_read_timeout(Some(limit.max(Duration::from_millis(1))))?;
        let mut bytes = vec![0; DATAGRAM_MAX];
        match self.socket.recv_from(&mut bytes) {
            Ok((length, _)) => {
                bytes.truncate(length);
                Ok(Some(bytes))
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Ok(None)
            }
            Err(error) => Err(error).because(|| "receiving"),
        }
    }

    /// Sends a SIP message given with plain line ends, and waits for the first final answer (200
    /// and above); `None` if there is none in time.
    ///
    /// # Errors
    /// The socket is broken.
    pub fn ask(&self, message: &str, limit: Duration) -> Result<Option<super::Message>> {
        self.send(message.replace('\n', "\r\n").as_bytes())?;
        while let Some(bytes) = self.receive(limit)? {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let answer = super::Message { sent: false, text, at_s: 0.0 };
            if answer.status().is_some_and(|status| status >= 200) {
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(50);

    fn pair() -> (RawPeer, UdpSocket) {
        let line = UdpSocket::bind("127.0.0.1:0").unwrap();
        (RawPeer::to(line.local_addr().unwrap()).unwrap(), line)
    }

    #[test]
    fn silence_is_no_error() {
        let (peer, _line) = pair();
        assert_eq!(peer.receive(SHORT).unwrap(), None);
    }

    #[test]
    fn provisional_answers_are_passed_over() {
        let (peer, line) = pair();
        for text in ["SIP/2.0 100 Trying\r\n\r\n", "SIP/2.0 404 Not Found\r\n\r\n"] {
            line.send_to(text.as_bytes(), peer.address().unwrap()).unwrap();
        }
        let answer = peer.ask("OPTIONS sip:a SIP/2.0\n\n", SHORT).unwrap().unwrap();
        assert_eq!(answer.status(), Some(404));
        let mut asked = [0; 64];
        let length = line.recv(&mut asked).unwrap();
        assert_eq!(&asked[..length], b"OPTIONS sip:a SIP/2.0\r\n\r\n");
    }
}
