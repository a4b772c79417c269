//! What went over the wire: packets caught by tcpdump, sorted into RTP streams, turned into what
//! was audible, with the statistics of how it arrived.

mod events;
mod file;
mod link;
mod live;
mod rtp;
mod stream;

pub use events::{Press, presses};
pub use file::{Datagram, read};
pub use live::Capture;
pub use rtp::Packet;
pub use stream::{Gap, Statistics, Stream, streams};
