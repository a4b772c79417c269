//! baresip's control port: netstrings (`12:…,`) of JSON in both directions.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde::Deserialize;

use crate::clock::wait_for;
use crate::{Context, Failure, Result};

/// How long baresip may take to open its port, and to answer a command.
const LIMIT: Duration = Duration::from_secs(10);
/// Longer messages than this are a fault.
const MESSAGE_MAX: usize = 65_536;
/// More events than this are a fault.
const EVENTS_MAX: usize = 100_000;

/// Something that happened to the telephone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// baresip's name of it, such as `CALL_ESTABLISHED`.
    pub kind: String,
    /// What belongs to it: the key of `CALL_DTMF_START`, the reason of `CALL_CLOSED`.
    pub detail: String,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    event: bool,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    param: String,
    #[serde(default)]
    ok: bool,
    #[serde(default)]
    data: String,
}

/// A connection to the control port.
pub(super) struct Control {
    stream: TcpStream,
    unread: Vec<u8>,
    events: Vec<Event>,
    answers: Vec<std::result::Result<String, String>>,
}

impl Control {
    pub(super) fn connect(address: SocketAddr) -> Result<Self> {
        let stream = wait_for("baresip's control port", LIMIT, || {
            Ok(TcpStream::connect_timeout(&address, LIMIT).ok())
        })?;
        stream.set_nonblocking(true)?;
        Ok(Self { stream, unread: Vec::new(), events: Vec::new(), answers: Vec::new() })
    }

    /// Gives a command and waits until baresip has taken it.
    pub(super) fn command(&mut self, command: &str, parameter: &str) -> Result<String> {
        let json = serde_json::json!({ "command": command, "params": parameter }).to_string();
        self.stream.write_all(format!("{}:{json},", json.len()).as_bytes())?;
        let answer = wait_for(&format!("baresip to take {command}"), LIMIT, || {
            self.read()?;
            Ok(self.answers.pop())
        })?;
        answer.map_err(|why| Failure::new(format!("baresip refuses {command}: {why}")))
    }

    /// Everything that has happened so far.
    pub(super) fn events(&mut self) -> Result<&[Event]> {
        self.read()?;
        Ok(&self.events)
    }

    /// Takes in what has come.
    fn read(&mut self) -> Result<()> {
        let mut bytes = [0; 4_096];
        loop {
            match self.stream.read(&mut bytes) {
                Ok(0) => return Err(Failure::new("baresip closed its control port")),
                Ok(length) => self.unread.extend(bytes.iter().take(length)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error).because(|| "baresip's control port"),
            }
        }
        while let Some((message, length)) = netstring(&self.unread)? {
            let wire: Wire =
                serde_json::from_slice(message).because(|| "baresip's control port")?;
            self.unread.drain(..length);
            self.take(wire)?;
        }
        Ok(())
    }

    fn take(&mut self, wire: Wire) -> Result<()> {
        if self.events.len() > EVENTS_MAX {
            return Err(Failure::new("baresip reports without end"));
        }
        if wire.event {
            self.events.push(Event { kind: wire.kind, detail: wire.param });
        } else {
            self.answers.push(if wire.ok { Ok(wire.data) } else { Err(wire.data) });
        }
        Ok(())
    }
}

/// The first whole message and the length of its netstring.
fn netstring(bytes: &[u8]) -> Result<Option<(&[u8], usize)>> {
    let Some(colon) = bytes.iter().take(8).position(|byte| *byte == b':') else {
        return Ok(None);
    };
    let digits = std::str::from_utf8(bytes.get(..colon).unwrap_or_default())?;
    let length: usize = digits.parse().because(|| "baresip's control port")?;
    if length > MESSAGE_MAX {
        return Err(Failure::new("a message of baresip is too long"));
    }
    let end = colon + 1 + length;
    match bytes.get(end) {
        Some(b',') => Ok(bytes.get(colon + 1..end).map(|message| (message, end + 1))),
        Some(_) => Err(Failure::new("what baresip sends is no netstring")),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_cut_at_their_length() {
        assert_eq!(netstring(b"5:a:b,c,3:xyz,").unwrap(), Some((b"a:b,c".as_slice(), 8)));
        assert_eq!(netstring(b"5:a:b").unwrap(), None);
        assert_eq!(netstring(b"").unwrap(), None);
    }

    #[test]
    fn what_is_no_netstring_is_told() {
        assert!(netstring(b"2:abc,").is_err());
        assert!(netstring(b"x:abc,").is_err());
        assert!(netstring(b"9999999:").is_err());
    }
}
