//! A capture that runs beside a test, by tcpdump (as root or through `sudo -n`).

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Datagram, Stream, read, streams};
use crate::Result;
use crate::child::{Running, as_root};
use crate::clock::{let_pass, wait_for};

/// How long tcpdump may take to begin, and to end.
const LIMIT: Duration = Duration::from_secs(10);
/// What is still on its way from the kernel to the file when a capture is ended.
const DRAIN: Duration = Duration::from_millis(300);

/// tcpdump on the loopback device.
pub struct Capture {
    tcpdump: Running,
    file: PathBuf,
}

impl Capture {
    /// Begins to catch what `filter` (tcpdump's language, such as `udp portrange 10000-10199`)
    /// lets through, into `<name>.pcap` in `folder`; returns when it is catching.
    ///
    /// # Errors
    /// tcpdump is missing, or may not listen.
    pub fn start(name: &str, filter: &str, folder: &Path) -> Result<Self> {
        let file = folder.join(format!("{name}.pcap"));
        let mut command = as_root("tcpdump")?;
        // Packets at once (-U, --immediate-mode), no name look-ups (-n), room for a second of many
        // calls (-B in KiB), and no change of user, who could not write here (-Z).
        command.args(["-i", "lo", "-n", "-U", "--immediate-mode", "-B", "16384", "-s", "0"]);
        command.args(["-Z", "root", "-w"]).arg(&file).arg(filter);
        let mut tcpdump = Running::start(&format!("{name}-tcpdump"), &mut command, folder)?;
        wait_for("tcpdump to listen", LIMIT, || match tcpdump.ended()? {
            Some(_) => Err(crate::Failure::new(tcpdump.last_words())),
            None => Ok(tcpdump.stderr().contains("listening on").then_some(())),
        })?;
        Ok(Self { tcpdump, file })
    }

    /// What was caught so far.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn so_far(&self) -> Result<Vec<Datagram>> {
        read(&self.file)
    }

    /// The RTP streams so far.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn streams(&self) -> Result<Vec<Stream>> {
        Ok(streams(&self.so_far()?))
    }

    /// Ends the capture.
    ///
    /// # Errors
    /// tcpdump does not end, or the file cannot be read.
    pub fn stop(mut self) -> Result<Vec<Datagram>> {
        let_pass(DRAIN);
        self.tcpdump.terminate(LIMIT)?;
        self.so_far()
    }

    /// The capture file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    #[test]
    fn datagrams_on_loopback_are_caught() {
        let folder = tempfile::tempdir().unwrap();
        let ear = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = ear.local_addr().unwrap().port();
        let filter = format!("udp dst port {port}");
        let capture = Capture::start("hello", &filter, folder.path()).unwrap();
        let mouth = UdpSocket::bind("127.0.0.1:0").unwrap();
        mouth.send_to(b"hello", ("127.0.0.1", port)).unwrap();
        let seen = capture.stop().unwrap();
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].bytes, b"hello");
        assert_eq!(seen[0].source, mouth.local_addr().unwrap());
    }

    #[test]
    fn a_wrong_filter_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let failure = Capture::start("wrong", "nonsense here", folder.path()).err().unwrap();
        assert!(failure.to_string().contains("syntax error"), "{failure}");
    }
}
