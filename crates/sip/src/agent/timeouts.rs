//! What is done when a timer fires.

use core::time::Duration;

use super::UserAgent;
use super::call::{Cancel, Stage};
use super::replies;
use crate::event::{CallKey, EndCause};
use crate::timer::{T1_64, Timer, doubled};
use crate::transaction::Purpose;

/// What a caller hears of an ACK that never came: recovery on timer expiry (Q.850).
const TIMER_EXPIRY: u8 = 102;

impl UserAgent {
    pub(super) fn due(&mut self, timer: Timer, now: Duration) {
        match timer {
            Timer::ServerResend(key) => {
                let sent = self.servers.resend(key, now, &mut self.timers);
                self.send(sent);
            }
            Timer::ServerEnd(key) => self.servers.end(key, &mut self.timers),
            Timer::ClientResend(key) => {
                let sent = self.clients.resend(key, now, &mut self.timers);
                self.send(sent);
            }
            Timer::ClientGiveUp(key) => match self.clients.end(key, &mut self.timers) {
                Some(Purpose::Invite(call)) => self.refused(call, 408),
                Some(Purpose::Cancel(_) | Purpose::Bye) | None => {}
            },
            Timer::ClientEnd(key) => {
                self.clients.end(key, &mut self.timers);
            }
            Timer::AnswerResend(call) => self.resend_answer(call, now),
            Timer::AnswerGiveUp(call) => self.give_up_answer(call, now),
            Timer::AnswerMissing(call) => self.answer_missing(call, now),
        }
    }

    /// The 2xx once more, T1 doubling up to T2 (rule W3).
    fn resend_answer(&mut self, key: CallKey, now: Duration) {
        let Ok(call) = self.calls.get_mut(key) else { return };
        let Stage::Established { pending: Some(pending), .. } = &mut call.stage else { return };
        pending.interval = doubled(pending.interval);
        let next = now.saturating_add(pending.interval);
        let sent = pending.path.transmit(pending.response.clone());
        self.timers.set(Timer::AnswerResend(key), next);
        self.send(Some(sent));
    }

    /// The ACK never came. Of a call that had stood already, the missing ACK of a later 2xx says
    /// nothing about its beginning.
    fn give_up_answer(&mut self, key: CallKey, now: Duration) {
        let Ok(call) = self.calls.get(key) else { return };
        let first = match &call.stage {
            Stage::Established { pending, .. } => pending.as_ref().is_some_and(|p| p.first),
            Stage::Offered { .. } | Stage::Calling { .. } => false,
        };
        let why = if first { EndCause::NoAck } else { EndCause::Timeout };
        self.hang_up_now(key, TIMER_EXPIRY, why, now);
    }

    /// Nobody decided: a caller gets 503, a peer of ours first a CANCEL, then nothing more.
    fn answer_missing(&mut self, key: CallKey, now: Duration) {
        let Ok(call) = self.calls.get(key) else { return };
        match &call.stage {
            Stage::Offered { .. } => {
                let reply = replies::unavailable(&mut self.random);
                self.terminate_offered(key, &reply, now);
            }
            Stage::Calling { cancel: Cancel::Sent, transaction, .. } => {
                let transaction = *transaction;
                self.clients.end(transaction, &mut self.timers);
                self.refused(key, 408);
            }
            Stage::Calling { .. } => {
                // The timer itself has fired; the CANCEL sets it anew.
                self.timers.set(Timer::AnswerMissing(key), now.saturating_add(T1_64));
                if self.cancel_own(key, now).is_err() {
                    self.refused(key, 408);
                }
            }
            Stage::Established { .. } => {}
        }
    }
}
