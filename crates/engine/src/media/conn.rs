//! The portable media socket: anything that is a webrtc-util `Conn`, behind the face of a leg.
//!
//! Slower than the kernel's socket (a `Conn` boxes a future per call), so two tasks carry the
//! datagrams between it and two bounded rings, and the media thread meets only the rings.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_queue::ArrayQueue;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use webrtc_util::Conn;

use super::socket::MediaSocket;

/// Datagrams that wait in one direction at most; more are lost, as on a network.
const RING: usize = 64;
/// The longest datagram that is carried: an RTP packet of 60 ms of G.711 with room to spare.
const DATAGRAM_MAX: usize = 1_500;

struct Datagram {
    bytes: [u8; DATAGRAM_MAX],
    len: usize,
}

struct Rings {
    incoming: ArrayQueue<Datagram>,
    outgoing: ArrayQueue<Datagram>,
    to_send: Notify,
    remote: Mutex<SocketAddr>,
}

/// A `Conn` as a leg's socket.
pub struct ConnSocket {
    rings: Arc<Rings>,
    local: SocketAddr,
    carriers: [JoinHandle<()>; 2],
}

impl ConnSocket {
    /// Carries between `conn`, which is bound but not connected, and a leg that speaks with
    /// `remote`. Needs a running tokio.
    pub fn new(conn: Arc<dyn Conn + Send + Sync>, remote: SocketAddr) -> io::Result<Self> {
        let local = conn.local_addr().map_err(io::Error::other)?;
        let rings = Arc::new(Rings {
            incoming: ArrayQueue::new(RING),
            outgoing: ArrayQueue::new(RING),
            to_send: Notify::new(),
            remote: Mutex::new(remote),
        });
        let carriers = [
            tokio::spawn(carry_in(Arc::clone(&conn), Arc::clone(&rings))),
            tokio::spawn(carry_out(conn, Arc::clone(&rings))),
        ];
        Ok(Self { rings, local, carriers })
    }
}

impl Rings {
    fn remote(&self) -> SocketAddr {
        *self.remote.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn carry_in(conn: Arc<dyn Conn + Send + Sync>, rings: Arc<Rings>) {
    let mut bytes = [0; DATAGRAM_MAX];
    while let Ok((len, source)) = conn.recv_from(&mut bytes).await {
        if source == rings.remote() {
            let _lost_when_full = rings.incoming.push(Datagram { bytes, len });
        }
    }
}

async fn carry_out(conn: Arc<dyn Conn + Send + Sync>, rings: Arc<Rings>) {
    loop {
        rings.to_send.notified().await;
        while let Some(datagram) = rings.outgoing.pop() {
            let _lost = conn.send_to(&datagram.bytes[..datagram.len], rings.remote()).await;
        }
    }
}

impl MediaSocket for ConnSocket {
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        let mut bytes = [0; DATAGRAM_MAX];
        let len = datagram.len().min(DATAGRAM_MAX);
        bytes[..len].copy_from_slice(&datagram[..len]);
        let _lost_when_full = self.rings.outgoing.push(Datagram { bytes, len });
        self.rings.to_send.notify_one();
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        let Some(datagram) = self.rings.incoming.pop() else { return Ok(None) };
        let len = datagram.len.min(buffer.len());
        buffer[..len].copy_from_slice(&datagram.bytes[..len]);
        Ok(Some(len))
    }

    fn connect(&mut self, remote: SocketAddr) -> io::Result<()> {
        *self.rings.remote.lock().unwrap_or_else(PoisonError::into_inner) = remote;
        Ok(())
    }

    fn local(&self) -> io::Result<SocketAddr> {
        Ok(self.local)
    }
}

impl Drop for ConnSocket {
    fn drop(&mut self) {
        for carrier in &self.carriers {
            carrier.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn datagrams_pass_both_ways_and_strangers_are_not_heard() {
        let conn = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let far = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let stranger = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let mut socket = ConnSocket::new(Arc::new(conn), far.local_addr().unwrap()).unwrap();
        socket.send(b"to the far side").unwrap();
        let mut buffer = [0; 64];
        let (len, from) = far.recv_from(&mut buffer).await.unwrap();
        assert_eq!((&buffer[..len], from), (&b"to the far side"[..], socket.local().unwrap()));
        stranger.send_to(b"stranger", from).await.unwrap();
        far.send_to(b"friend", from).await.unwrap();
        let heard = loop {
            if let Some(len) = socket.receive(&mut buffer).unwrap() {
                break buffer[..len].to_vec();
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(heard, b"friend");
    }
}
