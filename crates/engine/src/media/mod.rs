//! Carries sound: one thread a core, each in ticks of its own, outside tokio.
//!
//! Only media threads touch media sockets. Commands go in and events come out through one bounded
//! ring a thread; a tick allocates nothing, locks nothing and never waits for anybody.

mod block;
mod conn;
mod leg;
mod pool;
mod recorder;
mod socket;
mod thread;

pub use block::{Block, BlockPool, SAMPLES_MAX};
pub use conn::ConnSocket;
pub use leg::LegSetup;
pub use pool::{EventSink, MediaPool, Place, PoolConfig, PoolFull};
pub use socket::{KernelSocket, MediaSocket, PortRange, PortsExhausted};
pub use thread::Counters;

use std::sync::Arc;

use linka_audio::Prompt;

/// Names a leg of the pool: thread, slot and the slot's generation, so that a command for a leg
/// that is gone reaches nobody else.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct LegId {
    pub(crate) thread: u16,
    pub(crate) slot: u16,
    pub(crate) generation: u32,
}

/// Names a conference within the pool; its legs live on one thread.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ConferenceId {
    pub(crate) thread: u16,
    pub(crate) index: u16,
}

/// A piece of what is played.
#[derive(Clone, Debug)]
pub enum Clip {
    /// Encoded sound.
    Prompt(Arc<Prompt>),
    /// That many frames of 20 ms of silence.
    Silence(u32),
}

/// What a call task asks of a media thread.
pub enum MediaCommand {
    /// Play these clips one after the other instead of whatever is playing.
    Play {
        /// Comes back in [`MediaEvent::Played`].
        play: u64,
        /// What to play.
        clips: Box<[Clip]>,
    },
    /// Stop playing; no [`MediaEvent::Played`] follows.
    StopPlaying,
    /// Keep what the caller says, beginning now.
    StartRecording,
    /// Keep nothing for a while.
    PauseRecording,
    /// Go on keeping.
    ResumeRecording,
    /// Hand over what is left; [`MediaEvent::Recorded`] follows.
    StopRecording,
    /// Press a key (RFC 4733 event 0 to 15), as a telephone does.
    Press(u8),
    /// Take part in a conference of the same thread.
    Join(ConferenceId),
    /// Leave the conference.
    Leave,
    /// The far side holds (nothing is sent to it) or goes on.
    Hold(bool),
    /// The far side moved by re-INVITE.
    Remote(std::net::SocketAddr),
    /// The far side numbers its payload types anew; the codec stays.
    Retune {
        /// The codec's payload type.
        payload_type: u8,
        /// The payload type of telephone-event, where it was agreed.
        event_type: Option<u8>,
    },
    /// The leg is over.
    Close,
}

/// What a media thread tells a call task.
#[derive(Debug)]
pub enum MediaEvent {
    /// The first valid RTP packet came.
    FirstPacket,
    /// A key was pressed (RFC 4733 event 0 to 15).
    Key(u8),
    /// Everything of a Play went out.
    Played(u64),
    /// The caller began to speak.
    Spoke,
    /// The caller fell silent.
    Silent,
    /// At most one second of the caller's voice, as it came over the wire.
    Block(Block),
    /// The recording stopped: how many frames of 20 ms it holds and in how many somebody spoke.
    Recorded {
        /// All frames.
        frames: u32,
        /// Frames with speech.
        speech: u32,
    },
    /// No room for the caller's voice: the writer did not keep up.
    Overrun,
    /// No valid packet for the media time-out, or a hold that lasts too long.
    TimedOut,
    /// The leg is gone.
    Closed(LegStats),
}

/// Counts of a leg's life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LegStats {
    /// Packets sent.
    pub sent: u64,
    /// Packets received that were valid RTP of the call.
    pub received: u64,
    /// Frames that never came.
    pub lost: u64,
    /// Datagrams that were no RTP of this call.
    pub foreign: u64,
}
