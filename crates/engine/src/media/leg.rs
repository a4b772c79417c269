//! One leg: what comes in from its far side and what goes out to it, 20 ms at a time.

use core::time::Duration;

use linka_audio::{Codec, FRAME, Frame, VoiceDetector};
use linka_rtp::{
    EventReceiver, EventSender, JitterBuffer, Kind, Packet, Popped, Report, Sender, classify,
};

use super::block::BlockPool;
use super::recorder::{Kept, Recorder};
use super::socket::MediaSocket;
use super::{Clip, LegStats, MediaCommand, MediaEvent};

/// Datagrams that a leg takes in one tick at most: 20 ms bring one; a burst after a gap some more.
const DATAGRAMS_A_TICK_MAX: usize = 32;
/// Speech begins with this many frames of it in a row (60 ms)…
const SPOKE_AFTER_FRAMES: u32 = 3;
/// …and ends after this many without (400 ms).
const SILENT_AFTER_FRAMES: u32 = 20;
/// How long a key of ours is held (RFC 4733 senders use 100 ms or more).
const PRESS_MS: u32 = 120;
/// The clock of telephone-event beside G.711.
const EVENT_CLOCK_HZ: u32 = 8_000;
/// A hold that lasts so long ends the call: nobody listens, and somebody pays (W20).
pub(crate) const HOLD_MAX: Duration = Duration::from_secs(300);
/// The port of RTCP is looked at so often: its packets are seconds apart.
const CONTROL_EVERY: Duration = Duration::from_secs(1);
/// Comfort noise (RFC 3389).
const COMFORT_NOISE: u8 = 13;

/// What a leg is opened with.
pub struct LegSetup {
    /// Its socket, connected to the far side.
    pub socket: Box<dyn MediaSocket>,
    /// The codec of both directions.
    pub codec: Codec,
    /// The codec's payload type, the offerer's number.
    pub payload_type: u8,
    /// The payload type of telephone-event, where it was agreed.
    pub event_type: Option<u8>,
    /// Without a valid packet for so long, off hold, the leg reports [`MediaEvent::TimedOut`].
    pub timeout: Duration,
    /// Random bits for SSRC, sequence number and timestamp (RFC 3550, section 5.1).
    pub random: u128,
}

/// Where a tick puts what it has to say.
pub(crate) type Tell<'a> = &'a mut dyn FnMut(MediaEvent);

/// A leg on its media thread.
pub(crate) struct Leg {
    socket: Box<dyn MediaSocket>,
    codec: Codec,
    payload_type: u8,
    event_type: Option<u8>,
    timeout: Duration,
    sender: Sender,
    jitter: JitterBuffer,
    keys_in: EventReceiver,
    keys_out: EventSender,
    playing: Option<Playing>,
    recorder: Option<Recorder>,
    voice: VoiceDetector,
    edge: VoiceEdge,
    heard: Frame,
    hears: bool,
    /// Since when the far side holds.
    held_since: Option<Duration>,
    last_valid: Duration,
    control_at: Duration,
    stats: LegStats,
    pub(crate) conference: Option<u16>,
    pub(crate) phase: u8,
}

struct Playing {
    play: u64,
    clips: Box<[Clip]>,
    clip: usize,
    frame: usize,
}

#[derive(Default)]
struct VoiceEdge {
    speaking: bool,
    run: u32,
}

impl VoiceEdge {
    /// Feeds one frame; says whether an edge was crossed.
    const fn feed(&mut self, speech: bool) -> bool {
        if speech == self.speaking {
            self.run = 0;
            return false;
        }
        self.run += 1;
        let needed = if self.speaking { SILENT_AFTER_FRAMES } else { SPOKE_AFTER_FRAMES };
        if self.run < needed {
            return false;
        }
        self.speaking = speech;
        self.run = 0;
        true
    }
}

impl Leg {
    pub(crate) fn new(setup: LegSetup, phase: u8, now: Duration) -> Self {
        let bits = setup.random.to_be_bytes();
        let ssrc = u32::from_be_bytes([bits[0], bits[1], bits[2], bits[3]]);
        let sequence = u16::from_be_bytes([bits[4], bits[5]]);
        let timestamp = u32::from_be_bytes([bits[6], bits[7], bits[8], bits[9]]);
        Self {
            socket: setup.socket,
            codec: setup.codec,
            payload_type: setup.payload_type,
            event_type: setup.event_type,
            timeout: setup.timeout,
            sender: Sender::new(ssrc, sequence, timestamp),
            jitter: JitterBuffer::new(setup.codec.silence()),
            keys_in: EventReceiver::new(EVENT_CLOCK_HZ, Report::AtStart),
            keys_out: EventSender::new(),
            playing: None,
            recorder: None,
            voice: VoiceDetector::new(),
            edge: VoiceEdge::default(),
            heard: [0; FRAME],
            hears: false,
            held_since: None,
            last_valid: now,
            control_at: now,
            stats: LegStats::default(),
            conference: None,
            phase,
        }
    }

    /// Carries out one command. Joining and leaving conferences is the thread's.
    pub(crate) fn command(
        &mut self,
        command: MediaCommand,
        blocks: &BlockPool,
        now: Duration,
        tell: Tell<'_>,
    ) {
        match command {
            MediaCommand::Play { play, clips } => {
                self.playing = Some(Playing { play, clips, clip: 0, frame: 0 });
            }
            MediaCommand::StopPlaying => self.playing = None,
            MediaCommand::StartRecording => self.start_recording(blocks),
            MediaCommand::PauseRecording => self.pause_recording(true),
            MediaCommand::ResumeRecording => self.pause_recording(false),
            MediaCommand::StopRecording => self.stop_recording(tell),
            MediaCommand::Press(event) => {
                // A key that is pressed while another is down is lost, as on a telephone.
                let _pressed = self.keys_out.start(event, PRESS_MS);
            }
            MediaCommand::Hold(on) => {
                // A hold that is said again goes on.
                self.held_since = on.then(|| self.held_since.unwrap_or(now));
                self.last_valid = now;
            }
            MediaCommand::Retune { payload_type, event_type } => {
                self.payload_type = payload_type;
                self.event_type = event_type;
            }
            MediaCommand::Remote(remote) => {
                // A far side that cannot be connected is silent and runs into the time-out.
                let _silent = self.socket.connect(remote);
                self.last_valid = now;
            }
            MediaCommand::Join(_) | MediaCommand::Leave | MediaCommand::Close => {}
        }
    }

    fn start_recording(&mut self, blocks: &BlockPool) {
        self.recorder = Some(Recorder::new(self.codec, blocks));
        self.edge = VoiceEdge::default();
    }

    fn pause_recording(&mut self, paused: bool) {
        if let Some(recorder) = self.recorder.as_mut() {
            recorder.pause(paused);
        }
        self.edge = VoiceEdge::default();
    }

    fn stop_recording(&mut self, tell: Tell<'_>) {
        let (rest, frames, speech) = self.recorder.take().map_or((None, 0, 0), Recorder::finish);
        if let Some(block) = rest {
            tell(MediaEvent::Block(block));
        }
        tell(MediaEvent::Recorded { frames, speech });
    }

    /// First half of a tick: takes what came and brings this tick's frame to the ear.
    pub(crate) fn receive(
        &mut self,
        buffer: &mut [u8],
        blocks: &BlockPool,
        now: Duration,
        tell: Tell<'_>,
    ) {
        for _ in 0..DATAGRAMS_A_TICK_MAX {
            match self.socket.receive(buffer) {
                Ok(Some(len)) => self.take(&buffer[..len], now, tell),
                Ok(None) => break,
                // An ICMP error of an earlier send; the far side may come back.
                Err(_) => {}
            }
        }
        self.look_for_control(buffer, now);
        self.hear(blocks, now, tell);
        self.watch(now, tell);
    }

    fn take(&mut self, datagram: &[u8], now: Duration, tell: Tell<'_>) {
        match classify(datagram) {
            Kind::Rtp(packet) if packet.payload_type == self.payload_type => {
                self.alive(now, tell);
                let _reported_at_its_start = self.keys_in.voice(&packet);
                self.jitter.push(&packet, now);
            }
            Kind::Rtp(packet) if Some(packet.payload_type) == self.event_type => {
                self.take_key(&packet, now, tell);
            }
            // Comfort noise and RTCP on this port are signs of life.
            Kind::Rtp(packet) if packet.payload_type == COMFORT_NOISE => {
                self.alive(now, tell);
                self.jitter.note(&packet);
            }
            Kind::Rtcp(_) => self.last_valid = now,
            Kind::Rtp(_) | Kind::Other => self.stats.foreign += 1,
        }
    }

    fn take_key(&mut self, packet: &Packet<'_>, now: Duration, tell: Tell<'_>) {
        self.alive(now, tell);
        self.jitter.note(packet);
        if let Some(press) = self.keys_in.push(packet, now) {
            tell(MediaEvent::Key(press.event));
        }
    }

    fn alive(&mut self, now: Duration, tell: Tell<'_>) {
        if self.stats.received == 0 {
            tell(MediaEvent::FirstPacket);
        }
        self.stats.received += 1;
        self.last_valid = now;
    }

    /// Pops this tick's frame and gives it to whoever listens: recorder, voice detector, conference.
    fn hear(&mut self, blocks: &BlockPool, now: Duration, tell: Tell<'_>) {
        if self.stats.received == 0 {
            return;
        }
        let _reported_at_its_start = self.keys_in.tick(now);
        let mut bytes = [0; FRAME];
        let came = match self.jitter.pop() {
            Popped::Frame(frame) => {
                let len = frame.len().min(FRAME);
                bytes[..len].copy_from_slice(&frame[..len]);
                true
            }
            Popped::Lost | Popped::Empty => false,
        };
        let watches = self.recorder.is_some();
        if !watches && self.conference.is_none() {
            return;
        }
        self.hears = came;
        if came {
            self.codec.decode(&bytes, &mut self.heard);
        }
        if watches {
            self.attend(came.then_some(&bytes[..]), blocks, tell);
        }
    }

    /// Listens to one frame for speech, and keeps it where it is to be kept.
    fn attend(&mut self, frame: Option<&[u8]>, blocks: &BlockPool, tell: Tell<'_>) {
        let speech = frame.is_some() && self.voice.is_speech(&self.heard);
        if let Some(recorder) = self.recorder.as_mut() {
            match recorder.keep(frame, speech, blocks) {
                Some(Kept::Full(block)) => tell(MediaEvent::Block(block)),
                Some(Kept::Overrun) => tell(MediaEvent::Overrun),
                Some(Kept::Held) | None => {}
            }
        }
        if self.edge.feed(speech) {
            tell(if speech { MediaEvent::Spoke } else { MediaEvent::Silent });
        }
    }

    /// Off hold the last valid packet counts; a hold has a length of its own, whatever comes.
    fn watch(&mut self, now: Duration, tell: Tell<'_>) {
        let (since, limit) = match &mut self.held_since {
            Some(since) => (since, HOLD_MAX),
            None => (&mut self.last_valid, self.timeout),
        };
        if now.saturating_sub(*since) >= limit {
            *since = now;
            tell(MediaEvent::TimedOut);
        }
    }

    /// RTCP on a port of its own is a sign of life and nothing else.
    fn look_for_control(&mut self, buffer: &mut [u8], now: Duration) {
        if now < self.control_at {
            return;
        }
        self.control_at = now + CONTROL_EVERY;
        for _ in 0..DATAGRAMS_A_TICK_MAX {
            let Ok(Some(len)) = self.socket.receive_control(buffer) else { return };
            if let Some(Kind::Rtcp(_)) = buffer.get(..len).map(classify) {
                self.last_valid = now;
            }
        }
    }

    /// What this leg contributes to a conference in this tick.
    pub(crate) const fn contribution(&self) -> Option<&Frame> {
        if self.hears { Some(&self.heard) } else { None }
    }

    /// Second half of a tick: sends one packet. `mixed` is what the conference has for this leg.
    pub(crate) fn send(&mut self, mixed: Option<&Frame>, tell: Tell<'_>) {
        let mut datagram = [0_u8; 12 + FRAME];
        if self.held_since.is_some() {
            // Nothing is sent, but what plays goes on: whoever waits for its end is not kept.
            self.sender.advance(SAMPLES);
            if let Some(play) = self.fill(mixed, &mut datagram) {
                tell(MediaEvent::Played(play));
            }
            return;
        }
        if let Some(len) = self.next_key(&mut datagram) {
            self.put(len, &datagram);
            return;
        }
        let done = self.fill(mixed, &mut datagram);
        datagram[..12].copy_from_slice(&self.sender.header(self.payload_type, false, SAMPLES));
        self.put(datagram.len(), &datagram);
        if let Some(play) = done {
            tell(MediaEvent::Played(play));
        }
    }

    fn put(&mut self, len: usize, datagram: &[u8]) {
        if self.socket.send(&datagram[..len]).is_ok() {
            self.stats.sent += 1;
        }
    }

    /// A key that is being pressed goes out instead of sound.
    fn next_key(&mut self, datagram: &mut [u8]) -> Option<usize> {
        let event_type = self.event_type?;
        let part = self.keys_out.next_packet()?;
        datagram[..12].copy_from_slice(&self.sender.event_header(event_type, part.marker, SAMPLES));
        datagram[12..16].copy_from_slice(&part.payload);
        Some(16)
    }

    /// Fills the payload: what plays, else the conference, else silence. Returns a Play that ended.
    fn fill(&mut self, mixed: Option<&Frame>, datagram: &mut [u8]) -> Option<u64> {
        let payload = &mut datagram[12..];
        if let Some(playing) = self.playing.as_mut() {
            playing.next_frame(self.codec, payload);
            if playing.is_over() {
                return self.playing.take().map(|p| p.play);
            }
            return None;
        }
        match mixed {
            Some(frame) => self.codec.encode(frame, payload),
            None => payload.fill(self.codec.silence()),
        }
        None
    }

    pub(crate) fn stats(&self) -> LegStats {
        LegStats { lost: self.jitter.stats().lost, ..self.stats }
    }
}

/// Samples of 20 ms at 8 kHz.
const SAMPLES: u32 = 160;

impl Playing {
    fn next_frame(&mut self, codec: Codec, payload: &mut [u8]) {
        match self.clips.get(self.clip) {
            Some(Clip::Prompt(prompt)) => {
                if let Some(frame) = prompt.frame(codec, self.frame) {
                    payload.copy_from_slice(frame);
                }
            }
            Some(Clip::Silence(_)) | None => payload.fill(codec.silence()),
        }
        self.frame += 1;
        self.skip_finished();
    }

    /// Goes to the next clip that still has a frame.
    fn skip_finished(&mut self) {
        while let Some(clip) = self.clips.get(self.clip) {
            let frames = match clip {
                Clip::Prompt(prompt) => prompt.frame_count(),
                Clip::Silence(frames) => *frames as usize,
            };
            if self.frame < frames {
                return;
            }
            self.clip += 1;
            self.frame = 0;
        }
    }

    const fn is_over(&self) -> bool {
        self.clip >= self.clips.len()
    }
}

#[cfg(test)]
pub(super) mod tests;
