//! Calls of our own, for the small telephone (RFC 3261 sections 9.1, 13.2 and 17.1.1).

use core::time::Duration;
use std::net::SocketAddr;

use rsip::headers::UntypedHeader;

use super::call::{Call, Cancel, Stage};
use super::dialog::Dialog;
use super::{UserAgent, replies};
use crate::event::{CallKey, EndCause, Event, Gone, OutgoingCall};
use crate::outgoing::Outgoing;
use crate::random::Key;
use crate::sdp::{LocalSession, Offer};
use crate::timer::{T1_64, Timer};
use crate::transaction::{Heard, OwnInvite, Path, Purpose, Sending};
use crate::wire::text::unfolded;
use crate::wire::{Method, Name, Response};

/// How long somebody may ring before we give up.
const RING_MAX: Duration = Duration::from_secs(180);

impl UserAgent {
    pub(super) fn call_out(&mut self, request: OutgoingCall, now: Duration) -> Option<CallKey> {
        if !self.calls.has_room() || !self.clients.has_room() {
            return None;
        }
        let OutgoingCall { target, transport, destination, local, sdp } = request;
        let path = Path { transport, local, remote: destination };
        let (branch, transaction) = self.new_branch();
        let tag = format!("{:016x}", self.random.draw());
        let from = format!("\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag={tag}");
        let call_id = format!("{:016x}{:016x}", self.random.draw(), self.random.draw());
        let uri = target.to_string();
        let to = format!("<{uri}>");
        let dialog = Dialog::calling(call_id.into_bytes(), from.into_bytes(), tag, &to, &uri);
        let invite = OwnInvite {
            uri: uri.into_bytes(),
            via: via(path, &branch),
            branch,
            from: dialog.local.clone(),
            to: dialog.remote.clone(),
            call_id: dialog.call_id.clone(),
            cseq: dialog.local_cseq,
        };
        let contact = format!("<sip:{local}>");
        let bytes = self.invite_bytes(&invite, &contact, &sdp);
        let call = self.calls.insert(Call {
            path,
            trunk: None,
            dialog,
            stage: Stage::Calling {
                transaction,
                invite: invite.clone(),
                heard: false,
                cancel: Cancel::No,
            },
            session: LocalSession::of(sdp),
            contact,
            dialog_key: None,
            invite_key: None,
        });
        let purpose = Purpose::Invite(call);
        let sending = Sending { purpose, invite: Some(invite), request: bytes, path };
        let sent = self.clients.send(transaction, sending, now, &mut self.timers);
        self.send(Some(sent));
        Some(call)
    }

    fn invite_bytes(&self, invite: &OwnInvite, contact: &str, sdp: &[u8]) -> Vec<u8> {
        let own = vec![
            rsip::headers::Contact::new(contact).into(),
            rsip::headers::Allow::new(replies::ALLOW).into(),
        ];
        Outgoing {
            method: rsip::Method::Invite,
            uri: &invite.uri,
            via: &invite.via,
            routes: &[],
            from: &invite.from,
            to: &invite.to,
            call_id: &invite.call_id,
            cseq: invite.cseq,
        }
        .write(self.signed(own), sdp)
    }

    /// A new branch and the key of its transaction.
    pub(super) fn new_branch(&mut self) -> (String, Key) {
        let branch = format!("z9hG4bK{:016x}", self.random.draw());
        let key = self.client_key(branch.as_bytes(), Method::Invite);
        (branch, key)
    }

    /// The key of our own transaction. A CANCEL has the INVITE's branch, so the method is part of
    /// it (RFC 3261 section 17.1.3).
    fn client_key(&self, branch: &[u8], method: Method) -> Key {
        let cancel = u8::from(method == Method::Cancel);
        self.random.key(&[b"client", branch, &[cancel]])
    }

    /// With our User-Agent, if there is one.
    pub(super) fn signed(&self, mut own: Vec<rsip::Header>) -> Vec<rsip::Header> {
        if !self.config.user_agent.is_empty() {
            own.push(rsip::headers::UserAgent::new(self.config.user_agent.as_str()).into());
        }
        own
    }

    pub(super) fn response(&mut self, response: &Response<'_>, source: SocketAddr, now: Duration) {
        let Some(branch) = response.common.via.branch() else { return };
        let key = self.client_key(branch, response.method);
        let to = unfolded(response.message.first(Name::To).unwrap_or_default());
        let timers = &mut self.timers;
        let (heard, ack) = self.clients.receive(key, response, &to, source.ip(), now, timers);
        self.send(ack);
        match heard {
            Heard::Provisional(Purpose::Invite(call)) => self.progress(call, response.code, now),
            Heard::Success(Purpose::Invite(call)) => self.answered(call, response, now),
            Heard::Failure(Purpose::Invite(call)) => self.refused(call, response.code),
            Heard::Nothing | Heard::Provisional(_) | Heard::Success(_) | Heard::Failure(_) => {}
        }
    }

    fn progress(&mut self, key: CallKey, code: u16, now: Duration) {
        let Ok(call) = self.calls.get_mut(key) else { return };
        let Stage::Calling { heard, cancel, .. } = &mut call.stage else { return };
        let first = !core::mem::replace(heard, true);
        let cancel = *cancel;
        if first {
            self.timers.set(Timer::AnswerMissing(key), now.saturating_add(RING_MAX));
        }
        if code > 100 {
            self.emit(Event::Ringing { call: key });
        }
        if cancel == Cancel::Wanted {
            self.send_cancel(key, now);
        }
    }

    /// Wants our INVITE cancelled; the CANCEL itself waits for a provisional response.
    pub(super) fn cancel_own(&mut self, key: CallKey, now: Duration) -> Result<(), Gone> {
        let call = self.calls.get_mut(key)?;
        let Stage::Calling { heard, cancel, .. } = &mut call.stage else { return Err(Gone) };
        if *cancel != Cancel::No {
            return Ok(());
        }
        *cancel = Cancel::Wanted;
        if *heard {
            self.send_cancel(key, now);
        }
        Ok(())
    }

    fn send_cancel(&mut self, key: CallKey, now: Duration) {
        let Ok(call) = self.calls.get_mut(key) else { return };
        let Stage::Calling { invite, cancel, .. } = &mut call.stage else { return };
        *cancel = Cancel::Sent;
        let (bytes, branch, path) = (invite.cancel(), invite.branch.clone(), call.path);
        let transaction = self.client_key(branch.as_bytes(), Method::Cancel);
        let sending = Sending { purpose: Purpose::Cancel(key), invite: None, request: bytes, path };
        let sent = self.clients.send(transaction, sending, now, &mut self.timers);
        self.send(Some(sent));
        // Whoever does not answer the INVITE within 64*T1 of its CANCEL never will (section 9.1).
        self.timers.set(Timer::AnswerMissing(key), now.saturating_add(T1_64));
    }

    fn answered(&mut self, key: CallKey, response: &Response<'_>, now: Duration) {
        let Ok(call) = self.calls.get_mut(key) else { return };
        match &call.stage {
            Stage::Calling { cancel, .. } => {
                let cancelled = *cancel != Cancel::No;
                self.establish(key, response);
                self.begin(key, response, cancelled, now);
            }
            Stage::Established { ack, .. } => {
                let tag = response.common.to.tag().unwrap_or_default();
                if tag == call.dialog.remote_tag.as_slice() {
                    let ack = ack.clone();
                    let path = self.calls.get(key).map(|call| self.request_path(call));
                    self.send(path.ok().map(|path| path.transmit(ack)));
                } else {
                    self.leave_fork(key, response, now);
                }
            }
            Stage::Offered { .. } => {}
        }
    }

    /// The 2xx makes the dialog; its ACK is ours (RFC 3261 section 13.2.2.4).
    fn establish(&mut self, key: CallKey, response: &Response<'_>) {
        self.timers.cancel(Timer::AnswerMissing(key));
        let Ok(call) = self.calls.get(key) else { return };
        let dialog = call.dialog.clone().of_response(response);
        let path = call.path;
        let index = self.dialog_key(&dialog.call_id, &dialog.local_tag, &dialog.remote_tag);
        let via = via(path, &self.new_branch().0);
        let ack =
            dialog.request(rsip::Method::Ack, dialog.local_cseq, &via, self.signed(Vec::new()));
        let Ok(call) = self.calls.get_mut(key) else { return };
        call.dialog = dialog;
        call.stage = Stage::Established { pending: None, hang_up: None, ack: ack.clone() };
        self.calls.index_dialog(index, key);
        let path = self.calls.get(key).map(|call| self.request_path(call));
        self.send(path.ok().map(|path| path.transmit(ack)));
    }

    fn begin(&mut self, key: CallKey, response: &Response<'_>, cancelled: bool, now: Duration) {
        if cancelled {
            // The CANCEL crossed the 2xx.
            return self.hang_up_now(key, 16, EndCause::HungUp, now);
        }
        match Offer::parse(response.common.body) {
            Ok(sdp) if self.settle(key, &sdp).is_ok() => {
                self.emit(Event::Answered { call: key, sdp });
            }
            Ok(_) | Err(_) => {
                self.hang_up_now(key, replies::PROTOCOL_ERROR, EndCause::Error, now);
            }
        }
    }

    /// Somebody else answered as well: ACK and BYE (RFC 3261 section 13.2.2.4).
    fn leave_fork(&mut self, key: CallKey, response: &Response<'_>, now: Duration) {
        let Ok(call) = self.calls.get(key) else { return };
        let dialog = call.dialog.clone().of_response(response);
        let path = call.path;
        let fork = Call {
            path,
            trunk: None,
            dialog,
            stage: Stage::Established { pending: None, hang_up: None, ack: Vec::new() },
            session: None,
            contact: String::new(),
            dialog_key: None,
            invite_key: None,
        };
        let via = via(path, &self.new_branch().0);
        let number = fork.dialog.local_cseq;
        let ack = fork.dialog.request(rsip::Method::Ack, number, &via, Vec::new());
        let remote = self.request_path(&fork);
        self.send(Some(remote.transmit(ack)));
        self.send_bye(&fork, 16, now);
    }

    pub(super) fn refused(&mut self, key: CallKey, code: u16) {
        if self.forget(key).is_some() {
            self.emit(Event::Refused { call: key, status: rsip::StatusCode::from(code) });
        }
    }
}

/// The value of our Via.
pub(super) fn via(path: Path, branch: &str) -> String {
    format!("SIP/2.0/UDP {};branch={branch};rport", path.local)
}
