//! Decides whether a call is taken: line, seat, codec, credit, in this order.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use linka_metering::{Meter, PostingResult};
use linka_model::{CallId, EndReason, LineId, OriginClass};
use linka_sip::Rejection;
use linka_sip::sdp::{self, Agreed, Offer};
use tokio::time::timeout;

use crate::clock;
use crate::exchange::Exchange;
use crate::ports::{Admission, AdmitCall, CloseCall, LineEntry, STORE_DEADLINE};

/// What a leg can do: it sends a packet every 20 ms, whatever the far side would like.
pub(crate) const CAPABLE: sdp::Capabilities = sdp::Capabilities {
    pcma: true,
    pcmu: true,
    telephone_event: true,
    ptime_ms_min: 20,
    ptime_ms_max: 20,
};

/// An INVITE as it leaves `sip`: no caller in it.
pub(crate) struct Invite {
    pub(crate) trunk: usize,
    /// Our own address that it came in by.
    pub(crate) local: SocketAddr,
    pub(crate) called: String,
    pub(crate) origin: OriginClass,
    pub(crate) offer: Option<Offer>,
}

/// A call that may be answered.
pub(crate) struct Admitted {
    pub(crate) call: CallId,
    pub(crate) line: LineEntry,
    /// What was agreed; `None` for an INVITE without an offer, where ours goes out in the 200.
    pub(crate) agreed: Option<Agreed>,
    pub(crate) meter: Meter,
    /// Held as long as the call lasts.
    pub(crate) seat: Seat,
}

/// Takes the call or says which answer it gets.
pub(crate) async fn admit(
    exchange: &Arc<Exchange>,
    invite: &Invite,
) -> Result<Admitted, Rejection> {
    let line = find(exchange, invite).await?;
    let Some(rate) = line.rate.clone().filter(|_| line.open) else { return Err(Rejection::Closed) };
    let seat = exchange.seats.take(line.line, line.channels).ok_or(Rejection::LineFull)?;
    let agreed =
        invite.offer.as_ref().map(|offer| agree(exchange, invite.trunk, offer)).transpose()?;
    let call = clock::new_call();
    let (mut meter, hold) = Meter::open(call, line.org, rate.rate);
    let facts = AdmitCall { call, line: line.line, org: line.org, origin: invite.origin, rate };
    match exchange.ports.ledger.admit(facts, hold).await {
        Admission::Admitted => {
            meter.admitted(PostingResult::Done);
            Ok(Admitted { call, line, agreed, meter, seat })
        }
        Admission::Closed => Err(Rejection::Closed),
        Admission::LineFull => Err(Rejection::LineFull),
        Admission::Unavailable => {
            // The hold may stand: give it back as soon as the store answers again.
            meter.admitted(PostingResult::Unavailable);
            settle_unanswered(exchange, call, meter, EndReason::Fault);
            Err(Rejection::Unavailable)
        }
    }
}

async fn find(exchange: &Arc<Exchange>, invite: &Invite) -> Result<LineEntry, Rejection> {
    let asked = exchange.ports.lines.find(&invite.called, invite.origin);
    match timeout(STORE_DEADLINE, asked).await {
        Ok(Ok(Some(line))) => Ok(line),
        Ok(Ok(None)) => Err(Rejection::NotFound),
        Ok(Err(_)) | Err(_) => Err(Rejection::Unavailable),
    }
}

/// Negotiates and checks that media stays within the trunk's networks (rule B8).
pub(crate) fn agree(exchange: &Exchange, trunk: usize, offer: &Offer) -> Result<Agreed, Rejection> {
    let agreed = sdp::negotiate(offer, &CAPABLE).map_err(Rejection::from)?;
    // Where we do not send there is nobody to be flooded, and c=0.0.0.0 is no address.
    if agreed.direction.sends() && !exchange.may_send_to(trunk, agreed.remote) {
        return Err(Rejection::MediaRefused);
    }
    Ok(agreed)
}

/// Gives back what an unanswered call reserved.
pub(crate) fn settle_unanswered(
    exchange: &Arc<Exchange>,
    call: CallId,
    meter: Meter,
    reason: EndReason,
) {
    let bill = meter.close(clock::now(), false);
    let close = CloseCall { call, postings: bill.postings, billable_s: bill.billable_s, reason };
    exchange.settle(close);
}

/// Who sits on which line.
#[derive(Default)]
pub(crate) struct Seats(Arc<Mutex<HashMap<LineId, u32>>>);

impl Seats {
    /// A seat on the line, or `None` when all its channels are in use.
    pub(crate) fn take(&self, line: LineId, channels: u32) -> Option<Seat> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(line).or_insert(0);
        if *count >= channels {
            return None;
        }
        *count += 1;
        Some(Seat { line, seats: Arc::clone(&self.0) })
    }
}

/// One channel of a line, given back when dropped.
pub(crate) struct Seat {
    line: LineId,
    seats: Arc<Mutex<HashMap<LineId, u32>>>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.line) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(&self.line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_as_many_seats_as_channels_and_a_dropped_one_is_free_again() {
        let (seats, line) = (Seats::default(), clock::new_line());
        let first = seats.take(line, 2);
        let second = seats.take(line, 2);
        assert!(first.is_some() && second.is_some() && seats.take(line, 2).is_none());
        assert!(seats.take(clock::new_line(), 1).is_some(), "another line is not concerned");
        drop(second);
        assert!(seats.take(line, 2).is_some());
    }
}
