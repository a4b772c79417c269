//! A caller's call until it is answered or refused (order of checks 9; rules W2, W3 and W7).

use core::time::Duration;
use std::net::SocketAddr;

use super::call::{Call, PendingAck, Stage};
use super::dialog::Dialog;
use super::receive::Ask;
use super::{UserAgent, replies};
use crate::caller;
use crate::config::{CalledNumber, Trunk};
use crate::event::{CallKey, Event, Gone, Rejection};
use crate::number::{self, NumberFault};
use crate::sdp::{LocalSession, Offer};
use crate::timer::{T1, T1_64, Timer};
use crate::transaction::Path;
use crate::wire::body::{accepts_description, description};
use crate::wire::{Name, Reply, ReplyHead, Request};

/// How long a caller waits for our own decision before 503.
const DECISION_MAX: Duration = Duration::from_secs(60);

impl UserAgent {
    pub(super) fn new_call(&mut self, ask: &Ask<'_>, now: Duration) {
        let Some((index, trunk)) = ask.trunk.and_then(|i| Some((i, self.trunk(i)?.clone()))) else {
            // Somebody whom we called calls back: no trunk, no line.
            return self.reply(ask, &replies::caused(404, 1), now);
        };
        if self.draining {
            let reply = replies::unavailable(&mut self.random);
            return self.reply(ask, &reply, now);
        }
        self.reply(ask, &Reply::new(100), now);
        match read(ask.request, &trunk) {
            Ok((called, offer)) => self.offer_call(ask, index, &trunk, called, offer, now),
            Err(reply) => self.reply(ask, &reply, now),
        }
    }

    fn offer_call(
        &mut self,
        ask: &Ask<'_>,
        trunk: usize,
        profile: &Trunk,
        called: String,
        offer: Option<Offer>,
        now: Duration,
    ) {
        let (origin, withheld) = caller::class(ask.request, profile, &self.config.classify);
        let head = ReplyHead::of(ask.request.message, ask.source);
        let tag = self.random.tag(ask.key);
        let dialog = Dialog::of_request(ask.request, head.to_with(&tag), tag);
        let dialog_key = self.dialog_key(&dialog.call_id, &dialog.local_tag, &dialog.remote_tag);
        let call = self.calls.insert(Call {
            path: Path { remote: ask.source, ..ask.path },
            trunk: Some(trunk),
            dialog,
            stage: Stage::Offered {
                invite: ask.key,
                head,
                answers: ask.path,
                late_offer: offer.is_none(),
            },
            session: None,
            contact: String::new(),
            dialog_key: None,
            invite_key: None,
        });
        self.calls.index_invite(ask.key, call);
        self.calls.index_dialog(dialog_key, call);
        self.timers.set(Timer::AnswerMissing(call), now.saturating_add(DECISION_MAX));
        let local = ask.path.local;
        self.emit(Event::Invite { call, trunk, local, called, origin, withheld, offer });
    }

    pub(super) fn answer_call(
        &mut self,
        key: CallKey,
        sdp: Vec<u8>,
        contact: SocketAddr,
        now: Duration,
    ) -> Result<(), Gone> {
        let server = &self.config.user_agent;
        let call = self.calls.get_mut(key)?;
        let (invite, response, pending) = match &call.stage {
            Stage::Offered { invite, head, answers, late_offer } => {
                let contact = format!("<sip:{contact}>");
                let reply = replies::accepted(&contact, sdp.clone());
                call.contact = contact;
                let response = head.write(&reply, &self.random.tag(*invite), server);
                let pending = PendingAck {
                    cseq: call.dialog.remote_cseq,
                    response: response.clone(),
                    path: *answers,
                    interval: T1,
                    awaits_answer: *late_offer,
                    first: true,
                    proven: false,
                };
                (*invite, response, pending)
            }
            Stage::Calling { .. } | Stage::Established { .. } => return Err(Gone),
        };
        call.session = LocalSession::of(sdp);
        call.stage = Stage::Established { pending: Some(pending), hang_up: None, ack: Vec::new() };
        self.timers.cancel(Timer::AnswerMissing(key));
        let sent = self.servers.respond(invite, 200, response, now, &mut self.timers);
        self.send(sent);
        self.await_ack(key, now);
        Ok(())
    }

    /// Starts the two timers of a 2xx (rule W3).
    pub(super) fn await_ack(&mut self, key: CallKey, now: Duration) {
        self.timers.set(Timer::AnswerResend(key), now.saturating_add(T1));
        self.timers.set(Timer::AnswerGiveUp(key), now.saturating_add(T1_64));
    }

    pub(super) fn reject_call(
        &mut self,
        key: CallKey,
        why: Rejection,
        now: Duration,
    ) -> Result<(), Gone> {
        let trunk = self.calls.get(key)?.trunk.and_then(|index| self.config.trunks.get(index));
        let reply = replies::rejected(why, trunk, &mut self.random);
        self.finish_offered(key, &reply, now)
    }

    /// Refuses a call that the engine still waits on, and tells it.
    pub(super) fn terminate_offered(&mut self, key: CallKey, reply: &Reply, now: Duration) {
        if self.finish_offered(key, reply, now).is_ok() {
            self.emit(Event::Cancelled { call: key });
        }
    }

    fn finish_offered(&mut self, key: CallKey, reply: &Reply, now: Duration) -> Result<(), Gone> {
        let call = self.calls.remove(key)?;
        self.timers.cancel(Timer::AnswerMissing(key));
        if let Stage::Offered { invite, head, .. } = call.stage {
            let tag = self.random.tag(invite);
            let bytes = head.write(reply, &tag, &self.config.user_agent);
            let code = reply.status.code;
            let sent = self.servers.respond(invite, code, bytes, now, &mut self.timers);
            self.send(sent);
        }
        Ok(())
    }
}

/// Everything that can be refused without looking at a line.
fn read(request: &Request<'_>, trunk: &Trunk) -> Result<(String, Option<Offer>), Reply> {
    let body = description(request).map_err(replies::body_refused)?;
    if !accepts_description(request.message) {
        return Err(Reply::new(406));
    }
    let called = called(request, trunk).map_err(|fault| match fault {
        NumberFault::Incomplete => replies::caused(484, 28),
        NumberFault::NotANumber => replies::caused(404, 1),
    })?;
    let offer = body.map(Offer::parse).transpose();
    Ok((called, offer.map_err(|_| replies::bad_request("Malformed Session Description"))?))
}

/// The dialled number from where this trunk writes it (rule W15).
fn called(request: &Request<'_>, trunk: &Trunk) -> Result<String, NumberFault> {
    let country = &trunk.country_code;
    let of = |name: Name| request.message.first(name);
    match trunk.called_number {
        CalledNumber::RequestUri => number::e164(&request.uri, country),
        CalledNumber::To => number::e164_of_address(of(Name::To).unwrap_or_default(), country),
        CalledNumber::PCalledPartyId => match of(Name::PCalledPartyId) {
            Some(value) => number::e164_of_address(value, country),
            None => number::e164(&request.uri, country),
        },
    }
}
