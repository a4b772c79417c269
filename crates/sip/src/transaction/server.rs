//! Server transactions: retransmitted requests get the last response again, final responses to an
//! INVITE go out until the ACK (RFC 3261 section 17.2, RFC 6026 section 7.1).

use core::time::Duration;
use std::collections::BTreeMap;
use std::net::IpAddr;

use super::Path;
use crate::event::Transmit;
use crate::random::Key;
use crate::timer::{T1, T1_64, T4, Timer, Timers, doubled};

/// What became of a request on its way in.
pub(crate) enum Seen {
    /// It opens a transaction.
    New,
    /// It was seen before; this was the answer, if there is one and it is to be repeated.
    Again(Option<Transmit>),
}

/// How much of the table a request may fill.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// Three quarters: it belongs to no call yet.
    OfStrangers,
    /// All of it: it belongs to a call that lives.
    Whole,
}

/// All server transactions.
pub(crate) struct ServerTransactions {
    table: BTreeMap<Key, Server>,
    merged: BTreeMap<Key, Key>,
    limit: usize,
}

struct Server {
    invite: bool,
    state: State,
    /// Where the request came from and went to.
    source: IpAddr,
    /// Where responses go.
    path: Path,
    response: Option<Vec<u8>>,
    merge: Option<Key>,
    interval: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// No final response yet.
    Proceeding,
    /// A final response was sent; for an INVITE one that is no 2xx.
    Completed,
    /// The ACK of that response came.
    Confirmed,
    /// A 2xx to an INVITE was sent; the call repeats it, not we.
    Accepted,
}

impl ServerTransactions {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { table: BTreeMap::new(), merged: BTreeMap::new(), limit }
    }

    /// Whether a request belongs to a transaction that its source already has.
    pub(crate) fn knows(&self, key: Key, source: IpAddr) -> bool {
        self.table.get(&key).is_some_and(|server| server.source == source)
    }

    /// Looks whether a request was seen before.
    pub(crate) fn receive(&self, key: Key) -> Seen {
        let Some(server) = self.table.get(&key) else { return Seen::New };
        let repeated = match server.state {
            State::Proceeding | State::Completed => server.response.clone(),
            State::Confirmed | State::Accepted => None,
        };
        Seen::Again(repeated.map(|bytes| server.path.transmit(bytes)))
    }

    /// Opens a transaction; false where the table is full as far as `room` goes.
    pub(crate) fn open(
        &mut self,
        key: Key,
        invite: bool,
        source: IpAddr,
        path: Path,
        merge: Option<Key>,
        room: Room,
    ) -> bool {
        let limit = match room {
            Room::OfStrangers => self.limit - self.limit / 4,
            Room::Whole => self.limit,
        };
        if self.table.len() >= limit {
            return false;
        }
        let server = Server {
            invite,
            state: State::Proceeding,
            source,
            path,
            response: None,
            merge,
            interval: T1,
        };
        self.table.insert(key, server);
        if let Some(merge) = merge {
            self.merged.entry(merge).or_insert(key);
        }
        true
    }

    /// Whether another transaction came first for what is the same request (rule W7: 482).
    pub(crate) fn is_merged(&self, key: Key, merge: Option<Key>) -> bool {
        merge.and_then(|merge| self.merged.get(&merge)).is_some_and(|first| *first != key)
    }

    /// Whether an INVITE still waits for its final response; `None` where it is unknown.
    pub(crate) fn is_pending(&self, key: Key) -> Option<bool> {
        self.table.get(&key).map(|server| server.state == State::Proceeding)
    }

    /// Sends a response; nothing where a final one was sent before.
    pub(crate) fn respond(
        &mut self,
        key: Key,
        code: u16,
        bytes: Vec<u8>,
        now: Duration,
        timers: &mut Timers,
    ) -> Option<Transmit> {
        let server = self.table.get_mut(&key)?;
        if server.state != State::Proceeding {
            return None;
        }
        let transmit = server.path.transmit(bytes.clone());
        server.response = Some(bytes);
        if code < 200 {
            return Some(transmit);
        }
        server.state = State::Completed;
        if server.invite && code < 300 {
            server.state = State::Accepted;
            server.response = None;
        } else if server.invite {
            timers.set(Timer::ServerResend(key), now.saturating_add(T1));
        }
        // H (INVITE, completed), L (INVITE, accepted) and J (others) are all 64*T1 on UDP.
        timers.set(Timer::ServerEnd(key), now.saturating_add(T1_64));
        Some(transmit)
    }

    /// Takes an ACK; false where it belongs to a 2xx and so to a dialog.
    pub(crate) fn acknowledge(&mut self, key: Key, now: Duration, timers: &mut Timers) -> bool {
        let Some(server) = self.table.get_mut(&key) else { return false };
        match server.state {
            State::Completed if server.invite => {
                server.state = State::Confirmed;
                server.response = None;
                timers.cancel(Timer::ServerResend(key));
                timers.set(Timer::ServerEnd(key), now.saturating_add(T4));
                true
            }
            State::Confirmed => true,
            State::Proceeding | State::Completed | State::Accepted => false,
        }
    }

    /// Sends a final response again (timer G).
    pub(crate) fn resend(
        &mut self,
        key: Key,
        now: Duration,
        timers: &mut Timers,
    ) -> Option<Transmit> {
        let server = self.table.get_mut(&key)?;
        server.interval = doubled(server.interval);
        timers.set(Timer::ServerResend(key), now.saturating_add(server.interval));
        server.response.clone().map(|bytes| server.path.transmit(bytes))
    }

    /// Forgets a transaction (timers H, I, J, L).
    pub(crate) fn end(&mut self, key: Key, timers: &mut Timers) {
        timers.cancel(Timer::ServerResend(key));
        let Some(server) = self.table.remove(&key) else { return };
        if let Some(merge) = server.merge
            && self.merged.get(&merge) == Some(&key)
        {
            self.merged.remove(&merge);
        }
    }

    /// How many there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.table.len().max(self.merged.len())
    }
}
