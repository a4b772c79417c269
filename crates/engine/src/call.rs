//! One call, from the INVITE to the last posting: a task of its own that wakes on events and
//! deadlines only.

use std::sync::Arc;

use linka_metering::{EntryId, PostingResult};
use linka_model::EndReason;
use linka_sip::sdp::{self, Agreed, Offer};
use linka_sip::{CallKey, EndCause, Rejection};
use std::net::SocketAddr;
use tokio::sync::mpsc;

use crate::admission::{self, Admitted, Invite, settle_unanswered};
use crate::clock;
use crate::conversation::Conversation;
use crate::exchange::Exchange;
use crate::media::{LegSetup, MediaEvent, MediaSocket, Place};
use crate::metrics::count;
use crate::recording::RecordingEvent;
use crate::signalling::SipCommand;

/// What reaches a call task.
pub(crate) enum CallEvent {
    Sip(SipEvent),
    Media(MediaEvent),
    Posted(Vec<(EntryId, PostingResult)>),
    Recording(RecordingEvent),
    /// linka stops: save and say goodbye.
    Shutdown,
    /// linka stops now: save.
    EndNow,
}

/// What the user agent says of one call.
pub(crate) enum SipEvent {
    /// The ACK came; with the answer where our 200 had the offer.
    Confirmed { answer: Option<Offer> },
    /// Another request of the dialog came before the ACK.
    Proven,
    /// A re-INVITE was answered: where media goes now.
    Media(Agreed),
    /// The caller gave up before the answer.
    Cancelled,
    /// The dialog is over.
    Ended(EndCause),
}

/// Runs a call.
pub(crate) async fn run(
    exchange: Arc<Exchange>,
    key: CallKey,
    invite: Invite,
    post: mpsc::Sender<CallEvent>,
    mut inbox: mpsc::Receiver<CallEvent>,
) {
    match admission::admit(&exchange, &invite).await {
        Err(rejection) => reject(&exchange, key, rejection).await,
        Ok(admitted) => match meanwhile(&mut inbox) {
            Meanwhile::Nothing => answer(&exchange, key, &invite, admitted, post, inbox).await,
            Meanwhile::GivenUp => {
                count(&exchange.metrics.cancelled);
                settle_unanswered(
                    &exchange,
                    admitted.call,
                    admitted.meter,
                    EndReason::CallerHungUp,
                );
            }
            Meanwhile::Stopping => {
                settle_unanswered(&exchange, admitted.call, admitted.meter, EndReason::Shutdown);
                reject(&exchange, key, Rejection::Unavailable).await;
            }
        },
    }
}

async fn reject(exchange: &Exchange, key: CallKey, rejection: Rejection) {
    exchange.metrics.refused(rejection);
    tell_sip(exchange, SipCommand::Reject { call: key, rejection }).await;
}

async fn tell_sip(exchange: &Exchange, command: SipCommand) {
    let _only_gone_at_the_very_end = exchange.sip.send(command).await;
}

/// What happened while it was decided whether the call is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Meanwhile {
    Nothing,
    GivenUp,
    Stopping,
}

fn meanwhile(inbox: &mut mpsc::Receiver<CallEvent>) -> Meanwhile {
    let mut seen = Meanwhile::Nothing;
    while let Ok(event) = inbox.try_recv() {
        match event {
            CallEvent::Sip(SipEvent::Cancelled | SipEvent::Ended(_)) => return Meanwhile::GivenUp,
            CallEvent::Shutdown | CallEvent::EndNow => seen = Meanwhile::Stopping,
            CallEvent::Sip(SipEvent::Confirmed { .. } | SipEvent::Proven | SipEvent::Media(_))
            | CallEvent::Media(_)
            | CallEvent::Posted(_)
            | CallEvent::Recording(_) => {}
        }
    }
    seen
}

/// A leg that waits for the far side's answer, or one that is ready to be opened.
pub(crate) struct Line {
    pub(crate) socket: Box<dyn MediaSocket>,
    pub(crate) agreed: Option<Agreed>,
    /// Kept before the answer, so that no call is answered that cannot be served.
    pub(crate) place: Place,
}

impl Line {
    /// Where and with what the leg is opened, once it is known where media goes, and whether it
    /// may send at once.
    pub(crate) fn setup(self, timeout: core::time::Duration) -> Option<(Place, LegSetup, bool)> {
        let agreed = self.agreed?;
        let setup = LegSetup {
            socket: self.socket,
            codec: codec(agreed.codec),
            payload_type: agreed.payload_type,
            event_type: agreed.telephone_event,
            timeout,
            random: clock::random(),
        };
        Some((self.place, setup, agreed.direction.sends()))
    }
}

/// The audio crate's name of an agreed codec.
pub(crate) const fn codec(agreed: sdp::AudioCodec) -> linka_audio::Codec {
    match agreed {
        sdp::AudioCodec::Pcma => linka_audio::Codec::Pcma,
        sdp::AudioCodec::Pcmu => linka_audio::Codec::Pcmu,
    }
}

async fn answer(
    exchange: &Arc<Exchange>,
    key: CallKey,
    invite: &Invite,
    admitted: Admitted,
    post: mpsc::Sender<CallEvent>,
    inbox: mpsc::Receiver<CallEvent>,
) {
    let Some((line, local)) = open_line(exchange, invite, admitted.agreed.as_ref()).await else {
        settle_unanswered(exchange, admitted.call, admitted.meter, EndReason::Fault);
        return reject(exchange, key, Rejection::Overloaded).await;
    };
    let session = clock::seed();
    let sdp = match &admitted.agreed {
        Some(agreed) => agreed.answer(local, session),
        None => sdp::offer(local, session),
    };
    // Where the INVITE found us the ACK finds us too (rule W42).
    let contact_ip = exchange.config.advertise.unwrap_or(invite.local.ip());
    let contact = SocketAddr::new(contact_ip, exchange.config.sip.port());
    tell_sip(exchange, SipCommand::Answer { call: key, sdp, contact }).await;
    count(&exchange.metrics.answered);
    Conversation::begin(exchange, key, invite.trunk, admitted, line, post).run(inbox).await;
    count(&exchange.metrics.ended);
}

/// A place on a media thread and a socket, with the address that the SDP names. Where nothing is
/// known of the far side's media yet, the socket is bound where the INVITE came in and points at
/// nobody.
async fn open_line(
    exchange: &Exchange,
    invite: &Invite,
    agreed: Option<&Agreed>,
) -> Option<(Line, SocketAddr)> {
    let place = exchange.media.keep().ok()?;
    let known = agreed.filter(|agreed| !agreed.remote.ip().is_unspecified());
    let (bound, remote) = match known {
        Some(agreed) => (exchange.bound_towards(agreed.remote), agreed.remote),
        None => (invite.local.ip(), SocketAddr::new(invite.local.ip(), DISCARD)),
    };
    let rtcp_mux = agreed.is_some_and(|agreed| agreed.rtcp_mux);
    let (socket, port) = exchange.open_media(bound, remote, rtcp_mux).await?;
    let line = Line { socket, agreed: agreed.cloned(), place };
    Some((line, SocketAddr::new(exchange.config.advertise.unwrap_or(bound), port)))
}

/// The port that throws away what it gets (RFC 863).
const DISCARD: u16 = 9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_that_comes_before_the_answer_is_not_forgotten() {
        let after = |events: Vec<CallEvent>| {
            let (post, mut inbox) = mpsc::channel(4);
            events.into_iter().for_each(|event| assert!(post.try_send(event).is_ok()));
            meanwhile(&mut inbox)
        };
        let cancelled = || CallEvent::Sip(SipEvent::Cancelled);
        assert_eq!(after(vec![]), Meanwhile::Nothing);
        assert_eq!(after(vec![CallEvent::Shutdown]), Meanwhile::Stopping);
        assert_eq!(
            after(vec![CallEvent::Posted(Vec::new()), CallEvent::EndNow]),
            Meanwhile::Stopping
        );
        assert_eq!(after(vec![CallEvent::Shutdown, cancelled()]), Meanwhile::GivenUp);
    }
}
