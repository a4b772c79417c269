//! The one task that owns the SIP user agent and its socket.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use linka_sip::{CallKey, Event, HangUpReason, Input, Output, Rejection, TransportId, UserAgent};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use crate::admission::Invite;
use crate::call::{self, CallEvent, SipEvent};
use crate::clock::{self, sleep_until};
use crate::exchange::Exchange;
use crate::metrics::count;
use crate::origin::origin_class;

/// SIP over UDP; further transports get further numbers.
const UDP: TransportId = TransportId(0);
/// The longest datagram that UDP carries.
const DATAGRAM_MAX: usize = 65_535;
/// Datagrams taken in one go before timers and commands have their turn.
const BURST_MAX: usize = 64;
/// Events of one call that wait at most: media tells a few a second.
const INBOX: usize = 256;

/// What call tasks ask of the user agent.
pub(crate) enum SipCommand {
    Answer {
        call: CallKey,
        sdp: Vec<u8>,
        contact: SocketAddr,
    },
    Reject {
        call: CallKey,
        rejection: Rejection,
    },
    HangUp {
        call: CallKey,
        reason: HangUpReason,
    },
    /// Take no more calls; those that run save and say goodbye.
    Drain,
    /// Those that still run save and end now.
    EndAll,
}

/// The signalling task's own state.
pub(crate) struct Signalling {
    agent: UserAgent,
    socket: UdpSocket,
    local: SocketAddr,
    exchange: Arc<Exchange>,
    calls: HashMap<CallKey, mpsc::Sender<CallEvent>>,
    commands: mpsc::Receiver<SipCommand>,
}

impl Signalling {
    pub(crate) fn new(
        agent: UserAgent,
        socket: UdpSocket,
        local: SocketAddr,
        exchange: Arc<Exchange>,
        commands: mpsc::Receiver<SipCommand>,
    ) -> Self {
        Self { agent, socket, local, exchange, calls: HashMap::new(), commands }
    }

    /// Runs until every command sender is gone.
    pub(crate) async fn run(mut self) {
        let mut buffer = vec![0; DATAGRAM_MAX];
        loop {
            let due = self.agent.next_timeout();
            tokio::select! {
                received = self.socket.recv_from(&mut buffer) => {
                    if let Ok((len, source)) = received {
                        self.take(&buffer[..len], source);
                        self.take_burst(&mut buffer);
                    }
                }
                command = self.commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => return,
                },
                () = sleep_until(due) => self.agent.handle_timeout(clock::now()),
            }
            self.drain().await;
        }
    }

    fn take(&mut self, bytes: &[u8], source: SocketAddr) {
        // A stranger costs one look at the trunks and nothing else (rules B2 and B3).
        if !self.exchange.config.trunks.iter().any(|trunk| trunk.signals_from(source.ip())) {
            return;
        }
        let local = SocketAddr::new(self.exchange.bound_towards(source), self.local.port());
        let input = Input::Datagram { transport: UDP, source, local, bytes };
        self.agent.handle_input(input, clock::now());
    }

    /// What else has come in the meantime.
    fn take_burst(&mut self, buffer: &mut [u8]) {
        for _ in 0..BURST_MAX {
            let Ok((len, source)) = self.socket.try_recv_from(buffer) else { return };
            self.take(&buffer[..len], source);
        }
    }

    fn obey(&mut self, command: SipCommand) {
        let now = clock::now();
        // A call that is gone has already told its task so.
        let _gone = match command {
            SipCommand::Answer { call, sdp, contact } => self.agent.answer(call, sdp, contact, now),
            SipCommand::Reject { call, rejection } => {
                self.calls.remove(&call);
                self.agent.reject(call, rejection, now)
            }
            SipCommand::HangUp { call, reason } => self.agent.hang_up(call, reason, now),
            SipCommand::Drain => {
                self.agent.set_draining(true);
                self.tell_all(|| CallEvent::Shutdown);
                Ok(())
            }
            SipCommand::EndAll => {
                self.tell_all(|| CallEvent::EndNow);
                Ok(())
            }
        };
    }

    fn tell_all(&self, event: impl Fn() -> CallEvent) {
        for call in self.calls.values() {
            let _full_inbox_ends_by_itself = call.try_send(event());
        }
    }

    async fn drain(&mut self) {
        while let Some(output) = self.agent.poll_output() {
            match output {
                Output::Transmit(transmit) => {
                    // What UDP loses is sent again by the transaction's timers.
                    let _lost = self.socket.send_to(&transmit.bytes, transmit.destination).await;
                }
                Output::Event(event) => self.tell(event),
            }
        }
    }

    fn tell(&mut self, event: Event) {
        match event {
            Event::Invite { call, trunk, local, called, origin, withheld: _, offer } => {
                let invite = Invite { trunk, local, called, origin: origin_class(origin), offer };
                self.begin(call, invite);
            }
            Event::Confirmed { call, sdp_answer } => {
                self.pass(call, SipEvent::Confirmed { answer: sdp_answer });
            }
            Event::Proven { call } => self.pass(call, SipEvent::Proven),
            Event::MediaChanged { call, agreed } => self.pass(call, SipEvent::Media(agreed)),
            Event::Cancelled { call } => self.finish(call, SipEvent::Cancelled),
            Event::Ended { call, cause } => self.finish(call, SipEvent::Ended(cause)),
            // The exchange places no calls.
            Event::Ringing { .. } | Event::Answered { .. } | Event::Refused { .. } => {}
        }
    }

    fn begin(&mut self, key: CallKey, invite: Invite) {
        count(&self.exchange.metrics.invites);
        let (post, inbox) = mpsc::channel(INBOX);
        self.calls.insert(key, post.clone());
        let exchange = Arc::clone(&self.exchange);
        let task = call::run(exchange, key, invite, post, inbox);
        self.exchange.tasks.spawn(task);
    }

    fn pass(&self, key: CallKey, event: SipEvent) {
        if let Some(call) = self.calls.get(&key) {
            let _full_inbox_ends_by_itself = call.try_send(CallEvent::Sip(event));
        }
    }

    fn finish(&mut self, key: CallKey, event: SipEvent) {
        self.pass(key, event);
        self.calls.remove(&key);
    }
}
