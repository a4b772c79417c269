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
use crate::media::{LegSetup, MediaEvent, MediaSocket};
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
    /// The ACK came, or another request of the dialog; with the answer where our 200 had the offer.
    Confirmed { answer: Option<Offer> },
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
        Ok(admitted) if was_cancelled(&mut inbox) => abandon(&exchange, admitted),
        Ok(admitted) => answer(&exchange, key, invite.trunk, admitted, post, inbox).await,
    }
}

async fn reject(exchange: &Exchange, key: CallKey, rejection: Rejection) {
    exchange.metrics.refused(rejection);
    tell_sip(exchange, SipCommand::Reject { call: key, rejection }).await;
}

async fn tell_sip(exchange: &Exchange, command: SipCommand) {
    let _only_gone_at_the_very_end = exchange.sip.send(command).await;
}

fn was_cancelled(inbox: &mut mpsc::Receiver<CallEvent>) -> bool {
    matches!(inbox.try_recv(), Ok(CallEvent::Sip(SipEvent::Cancelled | SipEvent::Ended(_))))
}

fn abandon(exchange: &Arc<Exchange>, admitted: Admitted) {
    count(&exchange.metrics.cancelled);
    settle_unanswered(exchange, admitted.call, admitted.meter, EndReason::CallerHungUp);
}

/// A leg that waits for the far side's answer, or one that is ready to be opened.
pub(crate) struct Line {
    pub(crate) socket: Box<dyn MediaSocket>,
    pub(crate) agreed: Option<Agreed>,
}

impl Line {
    /// What the leg is opened with, once it is known where media goes.
    pub(crate) fn setup(self, timeout: core::time::Duration) -> Option<LegSetup> {
        let agreed = self.agreed?;
        Some(LegSetup {
            socket: self.socket,
            codec: codec(agreed.codec),
            payload_type: agreed.payload_type,
            event_type: agreed.telephone_event,
            timeout,
            random: clock::random(),
        })
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
    trunk: usize,
    admitted: Admitted,
    post: mpsc::Sender<CallEvent>,
    inbox: mpsc::Receiver<CallEvent>,
) {
    // Without an offer nothing is known of the far side's media; it is connected at the answer.
    let nowhere = SocketAddr::new(exchange.local_towards(exchange.config.sip), 9);
    let remote = admitted.agreed.as_ref().map_or(nowhere, |agreed| agreed.remote);
    let Some((socket, port)) = exchange.open_media(remote).await else {
        settle_unanswered(exchange, admitted.call, admitted.meter, EndReason::Fault);
        return reject(exchange, key, Rejection::Overloaded).await;
    };
    let local = SocketAddr::new(exchange.local_towards(remote), port);
    let session = clock::seed();
    let sdp = match &admitted.agreed {
        Some(agreed) => agreed.answer(local, session),
        None => sdp::offer(local, session),
    };
    let contact = SocketAddr::new(local.ip(), exchange.config.sip.port());
    tell_sip(exchange, SipCommand::Answer { call: key, sdp, contact }).await;
    count(&exchange.metrics.answered);
    let line = Line { socket, agreed: admitted.agreed.clone() };
    Conversation::begin(exchange, key, trunk, admitted, line, post).run(inbox).await;
    count(&exchange.metrics.ended);
}
