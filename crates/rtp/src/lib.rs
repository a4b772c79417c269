//! Turns datagrams into ordered voice and key presses, and back.
//!
//! Everything here is pure: `now` is an argument, random starting values are arguments, and after
//! `new` nothing allocates. Every RTP header is read and written by the `rtp-rs` crate.

mod event;
mod event_receiver;
mod event_sender;
mod jitter_buffer;
mod packet;
mod ring;
mod sender;
mod sequence;

pub use event::{Event, KEY_EVENT_MAX};
pub use event_receiver::{EventReceiver, Press, Report};
pub use event_sender::{EventPacket, EventSender};
pub use jitter_buffer::{JitterBuffer, Popped, Stats};
pub use packet::{Kind, Packet, classify};
pub use sender::{HEADER, Sender};

/// Samples of voice in one 20 ms tick at 8 kHz.
pub const TICK_SAMPLES: u32 = 160;
