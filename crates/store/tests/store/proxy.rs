//! A wire to the server that loses an answer, or is slow, when it is told to.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// Carries connections to a server. It understands nothing but the word `COMMIT`.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    losing: Arc<AtomicBool>,
    /// How long each request waits, in milliseconds.
    delay_ms: Arc<AtomicU64>,
}

impl Proxy {
    pub(crate) fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("listens");
        let address = listener.local_addr().expect("an address");
        let losing = Arc::new(AtomicBool::new(false));
        let shared = Arc::clone(&losing);
        let delay_ms = Arc::new(AtomicU64::new(0));
        let slow = Arc::clone(&delay_ms);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(server).expect("connects");
                carry(&client, &server, &shared, &slow);
            }
        });
        Self { address, losing, delay_ms }
    }

    /// From now on the server is so far away.
    pub(crate) fn delay_by(&self, ms: u64) {
        self.delay_ms.store(ms, Ordering::SeqCst);
    }

    /// The answer to the next `COMMIT` is lost, and with it the connection.
    pub(crate) fn lose_the_next_answer(&self) {
        self.losing.store(true, Ordering::SeqCst);
    }

    /// Whether an answer is still to be lost.
    pub(crate) fn is_losing(&self) -> bool {
        self.losing.load(Ordering::SeqCst)
    }
}

/// Two threads a connection; they end with it.
fn carry(
    client: &TcpStream,
    server: &TcpStream,
    losing: &Arc<AtomicBool>,
    delay_ms: &Arc<AtomicU64>,
) {
    let cut = Arc::new(AtomicBool::new(false));
    let (mut from, mut to) =
        (client.try_clone().expect("a pipe"), server.try_clone().expect("one"));
    let (losing, cutting) = (Arc::clone(losing), Arc::clone(&cut));
    let delay_ms = Arc::clone(delay_ms);
    thread::spawn(move || {
        let mut bytes = [0; 16_384];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            let is_commit = bytes[..count].windows(6).any(|word| word == b"COMMIT");
            if is_commit && losing.swap(false, Ordering::SeqCst) {
                cutting.store(true, Ordering::SeqCst);
            }
            thread::sleep(Duration::from_millis(delay_ms.load(Ordering::SeqCst)));
            if to.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        drop(to.shutdown(Shutdown::Both));
    });
    let (mut from, mut to) =
        (server.try_clone().expect("a pipe"), client.try_clone().expect("one"));
    thread::spawn(move || {
        let mut bytes = [0; 16_384];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            if cut.load(Ordering::SeqCst) || to.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        drop(to.shutdown(Shutdown::Both));
    });
}
