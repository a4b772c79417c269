//! The session of a call, its end, and our own BYE (RFC 3264 section 8, RFC 3261 section 15).

use core::time::Duration;

use super::UserAgent;
use super::call::{Call, Stage};
use super::own::via;
use crate::event::{CallKey, EndCause, Event, Gone, HangUpReason, Rejection};
use crate::sdp::{Agreed, Offer, negotiate};
use crate::timer::Timer;
use crate::transaction::{Path, Purpose, Sending};

impl UserAgent {
    /// Answers a new offer in a running session: the codec stays, and media may go only where the
    /// trunk's networks are (rule B8).
    pub(super) fn agree(
        &mut self,
        key: CallKey,
        offer: &Offer,
    ) -> Result<(Agreed, Vec<u8>), Rejection> {
        let agreed = self.acceptable(key, offer)?;
        let call = self.calls.get_mut(key).map_err(|Gone| Rejection::ServerError)?;
        let session = call.session.as_mut().ok_or(Rejection::NoAudio)?;
        let sdp = session.answer(&agreed);
        Ok((agreed, sdp))
    }

    /// Takes the answer to an offer of ours.
    pub(super) fn settle(&mut self, key: CallKey, answer: &Offer) -> Result<Agreed, Rejection> {
        let agreed = self.acceptable(key, answer)?;
        let call = self.calls.get_mut(key).map_err(|Gone| Rejection::ServerError)?;
        if let Some(session) = call.session.as_mut() {
            session.settle(&agreed);
        }
        Ok(agreed)
    }

    fn acceptable(&self, key: CallKey, offer: &Offer) -> Result<Agreed, Rejection> {
        let call = self.calls.get(key).map_err(|Gone| Rejection::ServerError)?;
        let session = call.session.as_ref().ok_or(Rejection::NoAudio)?;
        let agreed = negotiate(offer, &session.capabilities())?;
        let trunk = call.trunk.and_then(|index| self.trunk(index));
        if agreed.direction.sends() && trunk.is_some_and(|trunk| !trunk.may_send_to(agreed.remote))
        {
            return Err(Rejection::MediaRefused);
        }
        Ok(agreed)
    }

    /// BYE waits for the ACK of the 2xx that began the call (RFC 3261 section 15).
    pub(super) fn hang_up_established(
        &mut self,
        key: CallKey,
        reason: HangUpReason,
        now: Duration,
    ) -> Result<(), Gone> {
        let call = self.calls.get_mut(key)?;
        if let Stage::Established { pending: Some(pending), hang_up, .. } = &mut call.stage
            && pending.first
        {
            hang_up.get_or_insert(reason);
            return Ok(());
        }
        self.hang_up_now(key, reason.cause(), EndCause::HungUp, now);
        Ok(())
    }

    /// Sends the BYE with its Q.850 cause (rule W28); the call is over at once.
    pub(super) fn hang_up_now(&mut self, key: CallKey, cause: u8, why: EndCause, now: Duration) {
        if let Some(call) = self.end_call(key, why) {
            self.send_bye(&call, cause, now);
        }
    }

    /// The call is over and nothing more is sent.
    pub(super) fn end(&mut self, key: CallKey, cause: EndCause) {
        self.end_call(key, cause);
    }

    fn end_call(&mut self, key: CallKey, cause: EndCause) -> Option<Call> {
        let call = self.forget(key)?;
        self.emit(Event::Ended { call: key, cause });
        Some(call)
    }

    /// Takes a call out of the table with its timers.
    pub(super) fn forget(&mut self, key: CallKey) -> Option<Call> {
        for timer in [Timer::AnswerResend(key), Timer::AnswerGiveUp(key), Timer::AnswerMissing(key)]
        {
            self.timers.cancel(timer);
        }
        self.calls.remove(key).ok()
    }

    pub(super) fn send_bye(&mut self, call: &Call, cause: u8, now: Duration) {
        let (branch, key) = self.new_branch();
        let via = via(call.path, &branch);
        let reason = rsip::Header::Other("Reason".into(), format!("Q.850;cause={cause}"));
        let number = call.dialog.local_cseq.saturating_add(1);
        let request =
            call.dialog.request(rsip::Method::Bye, number, &via, self.signed(vec![reason]));
        let path = self.request_path(call);
        let sending = Sending { purpose: Purpose::Bye, invite: None, request, path };
        let sent = self.clients.send(key, sending, now, &mut self.timers);
        self.send(Some(sent));
    }

    /// Where our own requests go: a Contact or route only where the trunk's networks, or the
    /// address that we called, admit it.
    pub(super) fn request_path(&self, call: &Call) -> Path {
        let trunk = call.trunk.and_then(|index| self.trunk(index));
        let peer = call.path.remote;
        let remote = call.dialog.next_hop(peer, |ip| match trunk {
            Some(trunk) => trunk.signals_from(ip),
            None => ip == peer.ip(),
        });
        Path { remote, ..call.path }
    }
}
