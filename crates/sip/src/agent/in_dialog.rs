//! Requests inside of a dialog: ACK, BYE, INFO, OPTIONS, and the changes of the session (RFC 3261
//! sections 12.2.2, 13.3.1.4, 14.2 and 15; rules W4, W9 and W10).

use core::time::Duration;

use super::call::{PendingAck, Stage};
use super::receive::Ask;
use super::{UserAgent, replies};
use crate::event::{CallKey, EndCause, Event};
use crate::sdp::Offer;
use crate::timer::{T1, Timer};
use crate::wire::body::{accepts_description, description};
use crate::wire::{Method, Reply};

impl UserAgent {
    pub(super) fn in_dialog(&mut self, ask: &Ask<'_>, key: CallKey, now: Duration) {
        let Ok(call) = self.calls.get_mut(key) else { return };
        if !call.dialog.advance(ask.request.common.cseq) {
            return self.reply(ask, &Reply::new(500), now);
        }
        if ask.request.method != Method::Bye {
            self.prove(key);
        }
        match ask.request.method {
            Method::Bye => self.bye_received(ask, key, now),
            Method::Invite | Method::Update => self.change(ask, key, now),
            Method::Options => self.reply(ask, &replies::capabilities(), now),
            Method::Info => self.reply(ask, &Reply::new(200), now),
            Method::Ack
            | Method::Cancel
            | Method::Subscribe
            | Method::NotTaken
            | Method::Unknown => self.reply(ask, &replies::not_allowed(), now),
        }
    }

    /// Says once that the peer has our 2xx, where no ACK has said so yet. A BYE says it by itself.
    fn prove(&mut self, key: CallKey) {
        let Ok(call) = self.calls.get_mut(key) else { return };
        let Stage::Established { pending: Some(pending), .. } = &mut call.stage else { return };
        if pending.first && !pending.proven {
            pending.proven = true;
            self.emit(Event::Proven { call: key });
        }
    }

    /// BYE ends the call at once, also before the ACK and before our answer.
    fn bye_received(&mut self, ask: &Ask<'_>, key: CallKey, now: Duration) {
        self.reply(ask, &Reply::new(200), now);
        let Ok(call) = self.calls.get(key) else { return };
        match call.stage {
            Stage::Offered { .. } => self.terminate_offered(key, &Reply::new(487), now),
            Stage::Calling { .. } | Stage::Established { .. } => self.end(key, EndCause::Bye),
        }
    }

    /// A re-INVITE or an UPDATE.
    fn change(&mut self, ask: &Ask<'_>, key: CallKey, now: Duration) {
        let Ok(call) = self.calls.get(key) else { return };
        let pending = match &call.stage {
            Stage::Established { pending, .. } => pending.as_ref(),
            // The first INVITE still waits: neither a second one nor an UPDATE can be taken.
            Stage::Offered { .. } | Stage::Calling { .. } => {
                let reply = replies::busy_dialog(&mut self.random);
                return self.reply(ask, &reply, now);
            }
        };
        // Our offer is on its way and unanswered: glare (rule W10).
        if pending.is_some_and(|pending| pending.awaits_answer) {
            return self.reply(ask, &Reply::new(491), now);
        }
        let body = match description(ask.request) {
            Ok(_) if !accepts_description(ask.request.message) => Err(Reply::new(406)),
            other => other.map_err(replies::body_refused),
        };
        match body {
            Err(reply) => self.reply(ask, &reply, now),
            Ok(Some(body)) => self.change_offered(ask, key, body, now),
            Ok(None) if ask.request.method == Method::Invite => self.offer_again(ask, key, now),
            Ok(None) => self.refreshed(ask, key, now),
        }
    }

    /// UPDATE without a description: only the target may change.
    fn refreshed(&mut self, ask: &Ask<'_>, key: CallKey, now: Duration) {
        self.refresh_target(ask, key);
        let contact = self.contact(key);
        self.reply(ask, &replies::accepted(&contact, Vec::new()), now);
    }

    /// The peer changes the session: answer, and tell the engine. A refused change leaves
    /// everything as it was.
    fn change_offered(&mut self, ask: &Ask<'_>, key: CallKey, body: &[u8], now: Duration) {
        let Ok(offer) = Offer::parse(body) else {
            let reply = replies::bad_request("Malformed Session Description");
            return self.reply(ask, &reply, now);
        };
        match self.agree(key, &offer) {
            Err(why) => {
                let reply = replies::rejected(why, None, &mut self.random);
                self.reply(ask, &reply, now);
            }
            Ok((agreed, sdp)) => {
                self.refresh_target(ask, key);
                self.accept_change(ask, key, sdp, false, now);
                self.emit(Event::MediaChanged { call: key, agreed });
            }
        }
    }

    /// re-INVITE without a description: our session as an offer, the answer comes in the ACK.
    fn offer_again(&mut self, ask: &Ask<'_>, key: CallKey, now: Duration) {
        self.refresh_target(ask, key);
        let Ok(call) = self.calls.get_mut(key) else { return };
        match call.session.as_mut().map(crate::sdp::LocalSession::reoffer) {
            Some(sdp) => self.accept_change(ask, key, sdp, true, now),
            None => self.reply(ask, &Reply::new(488), now),
        }
    }

    /// 200 to a re-INVITE is resent until its ACK; 200 to an UPDATE is not.
    fn accept_change(
        &mut self,
        ask: &Ask<'_>,
        key: CallKey,
        sdp: Vec<u8>,
        awaits_answer: bool,
        now: Duration,
    ) {
        let reply = replies::accepted(&self.contact(key), sdp);
        self.reply(ask, &reply, now);
        if ask.request.method != Method::Invite {
            return;
        }
        let response = self.written(ask, ask.key, &reply);
        let Ok(call) = self.calls.get_mut(key) else { return };
        if let Stage::Established { pending, .. } = &mut call.stage {
            // A re-INVITE shows that the peer has our earlier 2xx, so that one rests.
            let first = pending.as_ref().is_some_and(|pending| pending.first);
            let proven = pending.as_ref().is_some_and(|pending| pending.proven);
            *pending = Some(PendingAck {
                cseq: ask.request.common.cseq,
                response,
                path: ask.path,
                interval: T1,
                awaits_answer,
                first,
                proven,
            });
        }
        self.await_ack(key, now);
    }

    /// A re-INVITE or UPDATE moves the peer's Contact (RFC 3261 section 12.2.2).
    fn refresh_target(&mut self, ask: &Ask<'_>, key: CallKey) {
        if let (Ok(call), Some(contact)) = (self.calls.get_mut(key), ask.request.contact()) {
            call.dialog.target = contact.to_vec();
        }
    }

    fn contact(&self, key: CallKey) -> String {
        self.calls.get(key).map(|call| call.contact.clone()).unwrap_or_default()
    }

    /// An ACK belongs to a refusal, by its transaction, or to a 2xx, by dialog and number (rule
    /// W4). It is never answered.
    pub(super) fn acknowledge(&mut self, ask: &Ask<'_>, now: Duration) {
        if self.servers.acknowledge(ask.key, now, &mut self.timers) {
            return;
        }
        let common = &ask.request.common;
        let remote = common.from.tag().unwrap_or_default();
        let local = common.to.tag().unwrap_or_default();
        let dialog = self.dialog_key(common.call_id, local, remote);
        if let Some(key) = self.calls.by_dialog(dialog) {
            self.confirm(ask, key, now);
        }
    }

    fn confirm(&mut self, ask: &Ask<'_>, key: CallKey, now: Duration) {
        let Ok(call) = self.calls.get_mut(key) else { return };
        let Stage::Established { pending, hang_up, .. } = &mut call.stage else { return };
        let hang_up = *hang_up;
        // A late ACK of an older re-INVITE stops nothing.
        let Some(pending) = pending.take_if(|pending| pending.cseq == ask.request.common.cseq)
        else {
            return;
        };
        self.timers.cancel(Timer::AnswerResend(key));
        self.timers.cancel(Timer::AnswerGiveUp(key));
        match self.late_answer(ask, key, &pending) {
            Err(()) => return self.hang_up_now(key, replies::PROTOCOL_ERROR, EndCause::Error, now),
            Ok(sdp_answer) if pending.first => {
                self.emit(Event::Confirmed { call: key, sdp_answer });
            }
            Ok(_) => {}
        }
        if let Some(reason) = hang_up {
            self.hang_up_now(key, reason.cause(), EndCause::HungUp, now);
        }
    }

    /// The answer in the ACK, where our 2xx carried the offer; `Err` where it is missing or none
    /// (rule W9).
    fn late_answer(
        &mut self,
        ask: &Ask<'_>,
        key: CallKey,
        pending: &PendingAck,
    ) -> Result<Option<Offer>, ()> {
        if !pending.awaits_answer {
            return Ok(None);
        }
        let body = description(ask.request).ok().flatten().ok_or(())?;
        let answer = Offer::parse(body).map_err(|_| ())?;
        let agreed = self.settle(key, &answer).map_err(|_| ())?;
        if !pending.first {
            self.emit(Event::MediaChanged { call: key, agreed });
        }
        Ok(Some(answer))
    }
}
