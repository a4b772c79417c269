//! A small telephone: calls a line, plays sound, presses keys, hears.
//!
//! Built of the same parts as the exchange, with one leg. It never says who calls.

use core::time::Duration;
use std::net::{IpAddr, SocketAddr, UdpSocket as StdUdpSocket};
use std::sync::Arc;

use linka_audio::Prompt;
use linka_sip::sdp;
use linka_sip::{
    CallKey, Config, EndCause, Event, HangUpReason, Input, Net, OutgoingCall, Output, TransportId,
    Trunk, UserAgent,
};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use crate::admission::CAPABLE;
use crate::call::codec;
use crate::clock::{self, sleep_until};
use crate::media::{
    Clip, LegId, LegSetup, MediaCommand, MediaEvent, MediaPool, MediaSocket, PoolConfig, PortRange,
};

const UDP: TransportId = TransportId(0);
const INBOX: usize = 256;
/// A line that sends nothing for so long is gone.
const MEDIA_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a telephone could not call.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// The address is no SIP URI of a host and number.
    #[error(
        "`{0}` is not a SIP address: write sip:NUMBER@HOST:PORT, for example sip:+420200000001@127.0.0.1:5060"
    )]
    Address(String),
    /// No socket.
    #[error("cannot open a socket: {0}")]
    Socket(#[from] std::io::Error),
    /// The user agent would not call.
    #[error("the call could not be placed")]
    Refused,
    /// No media port.
    #[error("{0}")]
    Ports(#[from] crate::media::PortsExhausted),
}

/// What happens to a telephone.
#[derive(Debug)]
pub enum PhoneEvent {
    /// The far side is being called.
    Ringing,
    /// The far side answered; sound flows.
    Answered,
    /// The call was refused with this status.
    Refused(u16),
    /// The far side began to speak.
    Spoke,
    /// The far side fell silent.
    Silent,
    /// At most one second of what is heard, 8 kHz.
    Heard(Vec<i16>),
    /// Everything that was to be said has been said.
    Said,
    /// The call is over; whether the far side ended it.
    Ended {
        /// The far side said BYE.
        by_far_side: bool,
    },
}

/// One call of a small telephone.
pub struct Phone {
    agent: UserAgent,
    socket: UdpSocket,
    local: SocketAddr,
    call: CallKey,
    media: MediaPool,
    leg_socket: Option<Box<dyn MediaSocket>>,
    leg: Option<LegId>,
    post: mpsc::Sender<MediaEvent>,
    inbox: mpsc::Receiver<MediaEvent>,
    pending: std::collections::VecDeque<PhoneEvent>,
    over: bool,
}

impl Phone {
    /// Dials. `ports` are the media ports that may be used.
    pub async fn dial(target: &str, ports: (u16, u16)) -> Result<Self, PhoneError> {
        let (uri, destination) = parse_target(target)?;
        let local_ip = route_to(destination)?;
        let socket = UdpSocket::bind((local_ip, 0)).await?;
        let local = socket.local_addr()?;
        // Where media goes is known at the answer; until then the socket points at the line's host.
        let leg_socket = PortRange::new(ports.0, ports.1).open(local_ip, destination)?;
        let sdp = sdp::offer(leg_socket.local()?, clock::seed());
        let mut agent = UserAgent::new(agent_config(destination.ip()), clock::seed());
        let outgoing = OutgoingCall { target: uri, transport: UDP, destination, local, sdp };
        let call = agent.invite(outgoing, clock::now()).ok_or(PhoneError::Refused)?;
        let media =
            MediaPool::start(PoolConfig { threads: 1, legs_a_thread: 1, conferences_a_thread: 0 })?;
        let (post, inbox) = mpsc::channel(INBOX);
        let mut phone = Self {
            agent,
            socket,
            local,
            call,
            media,
            leg_socket: Some(Box::new(leg_socket)),
            leg: None,
            post,
            inbox,
            pending: std::collections::VecDeque::new(),
            over: false,
        };
        phone.drain().await;
        Ok(phone)
    }

    /// Waits for the next event; `None` once the call is over and everything has been told.
    pub async fn next(&mut self) -> Option<PhoneEvent> {
        let mut buffer = vec![0; 65_535];
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some(event);
            }
            if self.over && self.leg.is_none() {
                return None;
            }
            let due = self.agent.next_timeout();
            tokio::select! {
                received = self.socket.recv_from(&mut buffer) => {
                    if let Ok((len, source)) = received {
                        let bytes = &buffer[..len];
                        let input = Input::Datagram { transport: UDP, source, local: self.local, bytes };
                        self.agent.handle_input(input, clock::now());
                    }
                }
                Some(event) = self.inbox.recv() => self.take(event),
                () = sleep_until(due) => self.agent.handle_timeout(clock::now()),
            }
            self.drain().await;
        }
    }

    /// Says something: 8 kHz samples, instead of what is being said.
    pub fn say(&self, samples: &[i16]) {
        let clips = Box::new([Clip::Prompt(Arc::new(Prompt::encode(samples)))]);
        self.command(MediaCommand::Play { play: 0, clips });
    }

    /// Presses a key (RFC 4733 event 0 to 15).
    pub fn press(&self, event: u8) {
        self.command(MediaCommand::Press(event));
    }

    /// Hangs up, or gives up before the answer.
    pub async fn hang_up(&mut self) {
        let _over_already = self.agent.hang_up(self.call, HangUpReason::Normal, clock::now());
        self.drain().await;
    }

    fn command(&self, command: MediaCommand) {
        if let Some(leg) = self.leg {
            self.media.command(leg, command);
        }
    }

    async fn drain(&mut self) {
        while let Some(output) = self.agent.poll_output() {
            match output {
                Output::Transmit(transmit) => {
                    let _lost = self.socket.send_to(&transmit.bytes, transmit.destination).await;
                }
                Output::Event(event) => self.tell(event),
            }
        }
    }

    fn tell(&mut self, event: Event) {
        match event {
            Event::Ringing { .. } => self.pending.push_back(PhoneEvent::Ringing),
            Event::Answered { sdp, .. } => self.answered(&sdp),
            Event::Refused { status, .. } => {
                self.over = true;
                self.pending.push_back(PhoneEvent::Refused(u16::from(status)));
            }
            Event::Ended { cause, .. } => {
                self.over = true;
                self.command(MediaCommand::StopRecording);
                self.command(MediaCommand::Close);
                let by_far_side = cause == EndCause::Bye;
                self.pending.push_back(PhoneEvent::Ended { by_far_side });
            }
            // Nobody calls this telephone; a session that moves stays where it is.
            Event::Invite { .. }
            | Event::Confirmed { .. }
            | Event::Proven { .. }
            | Event::Cancelled { .. }
            | Event::MediaChanged { .. } => {}
        }
    }

    fn answered(&mut self, answer: &sdp::Offer) {
        let agreed = sdp::negotiate(answer, &CAPABLE);
        let (Ok(agreed), Some(mut socket)) = (agreed, self.leg_socket.take()) else {
            let _over = self.agent.hang_up(self.call, HangUpReason::Failure, clock::now());
            return;
        };
        let _silent = socket.connect(agreed.remote);
        let setup = LegSetup {
            socket,
            codec: codec(agreed.codec),
            payload_type: agreed.payload_type,
            event_type: agreed.telephone_event,
            timeout: MEDIA_TIMEOUT,
            random: clock::random(),
        };
        let post = self.post.clone();
        let sink = Box::new(move |event| {
            let _nobody_listens = post.try_send(event);
        });
        self.leg = self.media.open(setup, sink).ok();
        self.command(MediaCommand::StartRecording);
        self.pending.push_back(PhoneEvent::Answered);
    }

    fn take(&mut self, event: MediaEvent) {
        match event {
            MediaEvent::Spoke => self.pending.push_back(PhoneEvent::Spoke),
            MediaEvent::Silent => self.pending.push_back(PhoneEvent::Silent),
            MediaEvent::Block(block) => self.pending.push_back(PhoneEvent::Heard(block.decode())),
            MediaEvent::Played(_) => self.pending.push_back(PhoneEvent::Said),
            MediaEvent::TimedOut => {
                let _over = self.agent.hang_up(self.call, HangUpReason::MediaTimeout, clock::now());
            }
            MediaEvent::Closed(_) => self.leg = None,
            MediaEvent::FirstPacket
            | MediaEvent::Key(_)
            | MediaEvent::Recorded { .. }
            | MediaEvent::Overrun => {}
        }
    }
}

fn parse_target(target: &str) -> Result<(rsip::Uri, SocketAddr), PhoneError> {
    let wrong = || PhoneError::Address(target.to_owned());
    let rest = target.strip_prefix("sip:").ok_or_else(wrong)?;
    let (_user, host) = rest.split_once('@').ok_or_else(wrong)?;
    let host = host.split([';', '?']).next().unwrap_or(host);
    let address = host.parse().or_else(|_| host.parse::<IpAddr>().map(|ip| (ip, 5060).into()));
    let uri = rsip::Uri::try_from(target).map_err(|_| wrong())?;
    Ok((uri, address.map_err(|_| wrong())?))
}

/// The address of this host that packets to a far side leave from.
fn route_to(far: SocketAddr) -> std::io::Result<IpAddr> {
    let any: IpAddr = if far.is_ipv4() { [0, 0, 0, 0].into() } else { [0_u16; 8].into() };
    let socket = StdUdpSocket::bind((any, 0))?;
    socket.connect(far)?;
    Ok(socket.local_addr()?.ip())
}

fn agent_config(line: IpAddr) -> Config {
    let mut trunk = Trunk::new("line", "");
    trunk.signalling.push(Net::from(line));
    trunk.media.push(Net::from(line));
    Config { trunks: vec![trunk], ..Config::new() }
}
