//! The calls of a node, in a table of fixed size.

use core::time::Duration;
use std::collections::BTreeMap;

use super::dialog::Dialog;
use crate::event::{CallKey, Gone, HangUpReason};
use crate::random::Key;
use crate::sdp::LocalSession;
use crate::transaction::{OwnInvite, Path};
use crate::wire::ReplyHead;

/// One call.
pub(super) struct Call {
    /// Between us and where the peer's messages come from.
    pub(super) path: Path,
    /// Index of the trunk; a call of our own has none.
    pub(super) trunk: Option<usize>,
    pub(super) dialog: Dialog,
    pub(super) stage: Stage,
    /// Our side of the session, once there is one.
    pub(super) session: Option<LocalSession>,
    /// Our Contact, as a whole value.
    pub(super) contact: String,
    /// Under which keys the table finds it; set by the table.
    pub(super) dialog_key: Option<Key>,
    pub(super) invite_key: Option<Key>,
}

/// How far a call is.
pub(super) enum Stage {
    /// An INVITE came and waits for the answer.
    Offered { invite: Key, head: ReplyHead, answers: Path, late_offer: bool },
    /// Our INVITE went out and waits for the answer.
    Calling { transaction: Key, invite: OwnInvite, heard: bool, cancel: Cancel },
    /// Answered.
    Established {
        /// A 2xx of ours that has no ACK yet.
        pending: Option<PendingAck>,
        /// To be hung up as soon as the ACK is there.
        hang_up: Option<HangUpReason>,
        /// The ACK of the peer's 2xx, to be sent again whenever that comes again.
        ack: Vec<u8>,
    },
}

/// How far the CANCEL of our INVITE is: it may go out only after a provisional response (RFC 3261
/// section 9.1).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cancel {
    No,
    Wanted,
    Sent,
}

/// A 2xx that is sent again until its ACK comes (rule W3).
pub(super) struct PendingAck {
    pub(super) cseq: u32,
    pub(super) response: Vec<u8>,
    /// Where it goes: a response's way, not a request's.
    pub(super) path: Path,
    pub(super) interval: Duration,
    /// It carries an offer; the ACK must carry the answer.
    pub(super) awaits_answer: bool,
    /// It answered the INVITE that began the call.
    pub(super) first: bool,
    /// A request of the dialog came meanwhile.
    pub(super) proven: bool,
}

/// The table.
pub(super) struct Calls {
    slots: Vec<Slot>,
    free: Vec<u32>,
    by_dialog: BTreeMap<Key, CallKey>,
    by_invite: BTreeMap<Key, CallKey>,
    /// How many are calls of our own.
    own: usize,
    limit: usize,
}

struct Slot {
    generation: u32,
    call: Option<Call>,
}

impl Calls {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            by_dialog: BTreeMap::new(),
            by_invite: BTreeMap::new(),
            own: 0,
            limit,
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.len() < self.limit
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.slots.len().saturating_sub(self.free.len())
    }

    /// Adds a call.
    pub(super) fn insert(&mut self, call: Call) -> CallKey {
        if call.trunk.is_none() {
            self.own = self.own.saturating_add(1);
        }
        match self.free.pop() {
            Some(index) => {
                let mut generation = 0;
                if let Some(slot) = self.slot_mut(index) {
                    slot.generation = slot.generation.wrapping_add(1);
                    slot.call = Some(call);
                    generation = slot.generation;
                }
                CallKey { index, generation }
            }
            None => {
                let index = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
                self.slots.push(Slot { generation: 0, call: Some(call) });
                CallKey { index, generation: 0 }
            }
        }
    }

    pub(super) fn get(&self, key: CallKey) -> Result<&Call, Gone> {
        let slot = usize::try_from(key.index).ok().and_then(|index| self.slots.get(index));
        slot.filter(|slot| slot.generation == key.generation)
            .and_then(|slot| slot.call.as_ref())
            .ok_or(Gone)
    }

    pub(super) fn get_mut(&mut self, key: CallKey) -> Result<&mut Call, Gone> {
        self.slot_mut(key.index)
            .filter(|slot| slot.generation == key.generation)
            .and_then(|slot| slot.call.as_mut())
            .ok_or(Gone)
    }

    /// Takes a call out of the table and out of both indexes.
    pub(super) fn remove(&mut self, key: CallKey) -> Result<Call, Gone> {
        let slot = self.slot_mut(key.index).filter(|slot| slot.generation == key.generation);
        let call = slot.and_then(|slot| slot.call.take()).ok_or(Gone)?;
        self.free.push(key.index);
        if let Some(dialog) = call.dialog_key {
            self.by_dialog.remove(&dialog);
        }
        if let Some(invite) = call.invite_key {
            self.by_invite.remove(&invite);
        }
        if call.trunk.is_none() {
            self.own = self.own.saturating_sub(1);
        }
        Ok(call)
    }

    fn slot_mut(&mut self, index: u32) -> Option<&mut Slot> {
        usize::try_from(index).ok().and_then(|index| self.slots.get_mut(index))
    }

    /// Finds a call by its dialog.
    pub(super) fn by_dialog(&self, dialog: Key) -> Option<CallKey> {
        self.by_dialog.get(&dialog).copied()
    }

    /// Lets a call be found by its dialog.
    pub(super) fn index_dialog(&mut self, dialog: Key, key: CallKey) {
        if let Ok(call) = self.get_mut(key) {
            call.dialog_key = Some(dialog);
            self.by_dialog.insert(dialog, key);
        }
    }

    /// Finds a call by the server transaction of its first INVITE.
    pub(super) fn by_invite(&self, invite: Key) -> Option<CallKey> {
        self.by_invite.get(&invite).copied()
    }

    /// Lets a call be found by the server transaction of its first INVITE.
    pub(super) fn index_invite(&mut self, invite: Key, key: CallKey) {
        if let Ok(call) = self.get_mut(key) {
            call.invite_key = Some(invite);
            self.by_invite.insert(invite, key);
        }
    }

    /// Whether a call of our own goes to this address. A node that only takes calls has none, and
    /// so pays nothing for a stranger's datagram.
    pub(super) fn calls_out_to(&self, address: std::net::IpAddr) -> bool {
        self.own > 0
            && self
                .slots
                .iter()
                .filter_map(|slot| slot.call.as_ref())
                .any(|call| call.trunk.is_none() && call.path.remote.ip() == address)
    }
}
