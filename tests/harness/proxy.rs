//! A wire to a database server that loses an answer, or is slow, when it is told to.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// Carries connections to a server. It understands nothing but the word `COMMIT`.
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    losing: Arc<AtomicBool>,
    /// How long each request waits, in milliseconds.
    delay_ms: Arc<AtomicU64>,
}

impl Proxy {
    /// Listens on a port of its own, for as long as this process runs.
    ///
    /// # Errors
    /// There is no port.
    pub fn before(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let losing = Arc::new(AtomicBool::new(false));
        let shared = Arc::clone(&losing);
        let delay_ms = Arc::new(AtomicU64::new(0));
        let slow = Arc::clone(&delay_ms);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // Where the server is away the client is let go at once, as the server would.
                drop(carry(client, server, &shared, &slow));
            }
        });
        Ok(Self { address, losing, delay_ms })
    }

    /// The same database as at `url`, an address on this machine, through this wire.
    #[must_use]
    pub fn through(&self, url: &str) -> String {
        let (head, tail) = url.split_once("@127.0.0.1:").unwrap_or((url, ""));
        let database = tail.split_once('/').map_or("", |(_, database)| database);
        format!("{head}@127.0.0.1:{}/{database}", self.address.port())
    }

    /// From now on the server is so far away.
    pub fn delay_by(&self, ms: u64) {
        self.delay_ms.store(ms, Ordering::SeqCst);
    }

    /// The answer to the next `COMMIT` is lost, and with it the connection.
    pub fn lose_the_next_answer(&self) {
        self.losing.store(true, Ordering::SeqCst);
    }

    /// Whether an answer is still to be lost.
    #[must_use]
    pub fn is_losing(&self) -> bool {
        self.losing.load(Ordering::SeqCst)
    }
}

/// Where the server of an address on this machine listens.
#[must_use]
pub fn server_of(url: &str) -> Option<SocketAddr> {
    let (_, tail) = url.split_once("@127.0.0.1:")?;
    let port = tail.split('/').next()?.parse().ok()?;
    Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}

/// Two threads a connection; they end with it.
fn carry(
    client: TcpStream,
    server: SocketAddr,
    losing: &Arc<AtomicBool>,
    delay_ms: &Arc<AtomicU64>,
) -> io::Result<()> {
    let server = TcpStream::connect(server)?;
    let cut = Arc::new(AtomicBool::new(false));
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    let (losing, cutting) = (Arc::clone(losing), Arc::clone(&cut));
    let delay_ms = Arc::clone(delay_ms);
    thread::spawn(move || {
        let mut bytes = [0; 16_384];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            let said = bytes.get(..count).unwrap_or_default();
            let is_commit = said.windows(6).any(|word| word == b"COMMIT");
            if is_commit && losing.swap(false, Ordering::SeqCst) {
                cutting.store(true, Ordering::SeqCst);
            }
            thread::sleep(Duration::from_millis(delay_ms.load(Ordering::SeqCst)));
            if to.write_all(said).is_err() {
                break;
            }
        }
        drop(to.shutdown(Shutdown::Both));
    });
    let (mut from, mut to) = (server, client);
    thread::spawn(move || {
        let mut bytes = [0; 16_384];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            let said = bytes.get(..count).unwrap_or_default();
            if cut.load(Ordering::SeqCst) || to.write_all(said).is_err() {
                break;
            }
        }
        drop(to.shutdown(Shutdown::Both));
    });
    Ok(())
}
