//! Puts voice back into order and evens out its arrival (rule W30).
//!
//! The buffer holds codec bytes of one byte a sample at the places of their timestamps, so packets of
//! any length come out as frames of 20 ms. It starts 40 ms behind the first packet. A packet that
//! comes late while nothing after it was played widens the delay; two seconds in which every packet
//! had 60 ms to spare narrow it by one frame; nothing waits longer than 200 ms.

use std::time::Duration;

use crate::ring::Ring;
use crate::sequence::{Arrival, Sequences};
use crate::{Packet, TICK_SAMPLES};

/// Bytes of one popped frame.
const FRAME: usize = TICK_SAMPLES as usize;
/// Delay of a stream's first packet: 40 ms.
const START: u32 = 2 * TICK_SAMPLES;
/// Room left before a packet for which the delay is widened: 20 ms.
const HEADROOM: u32 = TICK_SAMPLES;
/// No sample lies further ahead of the play-out than 200 ms.
const AHEAD_MAX: i64 = 10 * TICK_SAMPLES as i64;
/// A packet further ahead than 1 s is a stray and does not move the play-out.
const STRAY_AHEAD: i64 = 8_000;
/// Samples between two looks at whether the delay can be narrowed: 2 s.
const NARROW_EVERY: u32 = 100 * TICK_SAMPLES;
/// Time that every packet had to spare for it to be narrowed: 60 ms.
const NARROW_FROM: i64 = 3 * TICK_SAMPLES as i64;
/// When only strays came for so long, the sender has begun anew.
const STRAYS_FOR: Duration = Duration::from_millis(200);

/// What a tick plays.
#[derive(PartialEq, Eq)]
pub enum Popped<'a> {
    /// 160 codec bytes; where only a part of them came, the rest is silence.
    Frame(&'a [u8]),
    /// A frame is missing though later ones are here: to be concealed.
    Lost,
    /// Nothing is here: the stream has not begun, pauses, or the network stalls.
    Empty,
}

/// Counts since the buffer was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Packets taken in, without duplicates and late ones.
    pub received: u64,
    /// Packets that never came, by their sequence numbers.
    pub lost: u64,
    /// Packets that came after their time, or too far from the others.
    pub late: u64,
    /// Packets that came again.
    pub duplicate: u64,
}

/// The jitter buffer of one direction of one call.
pub struct JitterBuffer {
    ring: Ring,
    sequences: Sequences,
    stream: Option<Stream>,
    frame: [u8; FRAME],
    silence: u8,
    strays_since: Option<Duration>,
    stats: Stats,
}

impl JitterBuffer {
    /// An empty buffer; `silence` is the codec's silent byte. The only place that allocates.
    #[must_use]
    pub fn new(silence: u8) -> Self {
        Self {
            ring: Ring::new(),
            sequences: Sequences::new(),
            stream: None,
            frame: [silence; FRAME],
            silence,
            strays_since: None,
            stats: Stats::default(),
        }
    }

    /// Takes a voice packet in. Empty ones and those longer than 200 ms are ignored.
    pub fn push(&mut self, packet: &Packet<'_>, now: Duration) {
        let len = packet.payload.len();
        if len == 0 || len > AHEAD_MAX as usize {
            return;
        }
        let Some(arrival) = self.see(packet) else { return self.begin(packet) };
        match arrival {
            Arrival::Newest => {
                if !self.place(packet) {
                    self.stray(packet, now);
                }
            }
            Arrival::Older => {
                if !self.place(packet) {
                    self.stats.late += 1;
                }
            }
            Arrival::Duplicate => self.stats.duplicate += 1,
            Arrival::Stray => self.stray(packet, now),
        }
    }

    /// Takes note of a packet of the same stream that carries no voice (a key press, comfort noise),
    /// so that its sequence number does not count as lost.
    pub fn note(&mut self, packet: &Packet<'_>) {
        self.see(packet);
    }

    /// The next 20 ms of the stream, once per tick.
    pub fn pop(&mut self) -> Popped<'_> {
        let Some(stream) = &mut self.stream else { return Popped::Empty };
        if stream.may_narrow() {
            self.ring.clear(stream.next(), FRAME);
            stream.skip(TICK_SAMPLES);
        }
        let came = self.ring.take(stream.next(), &mut self.frame, self.silence);
        stream.elapsed = stream.elapsed.wrapping_add(TICK_SAMPLES);
        if came > 0 {
            stream.played = true;
            stream.played_end = stream.next();
            return Popped::Frame(&self.frame);
        }
        let more = ahead(stream.newest_end, stream.next()) > 0;
        if stream.played && more { Popped::Lost } else { Popped::Empty }
    }

    /// Counts since the buffer was made.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats { lost: self.sequences.lost(), ..self.stats }
    }

    /// What the sequence number says; none if no stream or another one runs.
    fn see(&mut self, packet: &Packet<'_>) -> Option<Arrival> {
        let running = self.stream.as_ref().is_some_and(|stream| stream.ssrc == packet.ssrc);
        running.then(|| self.sequences.see(packet.sequence))
    }

    /// Begins a stream with its first packet, forgetting what was there.
    fn begin(&mut self, packet: &Packet<'_>) {
        let stream = Stream::starting_with(packet);
        self.ring.clear(0, crate::ring::RING);
        self.sequences.restart(packet.sequence);
        self.store(stream, packet);
    }

    /// Puts the packet where its timestamp says; false if that lies too far off or was played.
    fn place(&mut self, packet: &Packet<'_>) -> bool {
        let Some(mut stream) = self.stream else { return false };
        let end = packet.timestamp.wrapping_add(packet.payload.len() as u32);
        let due = ahead(end, stream.next());
        if due > STRAY_AHEAD || (due <= 0 && !stream.widen_for(packet.timestamp, end)) {
            return false;
        }
        let excess = u32::try_from(ahead(end, stream.next()) - AHEAD_MAX).unwrap_or(0);
        self.ring.clear(stream.next(), excess as usize);
        stream.skip(excess);
        self.store(stream, packet);
        true
    }

    /// Stores what of the packet is still to be played.
    fn store(&mut self, mut stream: Stream, packet: &Packet<'_>) {
        let gone = ahead(stream.next(), packet.timestamp).max(0) as u32;
        let rest = packet.payload.get(gone as usize..).unwrap_or_default();
        let start = packet.timestamp.wrapping_add(gone);
        self.ring.put(start, rest);
        stream.arrived(packet.timestamp, start.wrapping_add(rest.len() as u32));
        self.stream = Some(stream);
        self.strays_since = None;
        self.stats.received += 1;
    }

    /// Drops a packet whose numbers fit nowhere; when nothing else came for a while, the sender has
    /// begun anew and so does the buffer.
    fn stray(&mut self, packet: &Packet<'_>, now: Duration) {
        let since = *self.strays_since.get_or_insert(now);
        if now.saturating_sub(since) >= STRAYS_FOR {
            return self.begin(packet);
        }
        self.stats.late += 1;
    }
}

// The ring holds the caller's voice.
impl std::fmt::Debug for JitterBuffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JitterBuffer").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Popped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Frame(_) => "Frame",
            Self::Lost => "Lost",
            Self::Empty => "Empty",
        })
    }
}

/// Where the play-out of one stream stands; all times are timestamps of the stream.
#[derive(Clone, Copy)]
struct Stream {
    ssrc: u32,
    /// Timestamp that the first pop played; widening moves it back and narrowing forward.
    base: u32,
    /// Samples popped since then.
    elapsed: u32,
    /// End of the newest sample that came.
    newest_end: u32,
    played: bool,
    /// End of the last frame that was played, if any was.
    played_end: u32,
    /// Leads of the packets since the last look, and of those of the two seconds before it.
    leads: Option<Leads>,
    leads_before: Option<Leads>,
}

/// How early packets came: timestamp less samples popped, of the slowest and the fastest packet. The
/// lead less `base` is the time that a packet has to spare.
#[derive(Clone, Copy)]
struct Leads {
    least: u32,
    most: u32,
}

impl Stream {
    const fn starting_with(packet: &Packet<'_>) -> Self {
        Self {
            ssrc: packet.ssrc,
            base: packet.timestamp.wrapping_sub(START),
            elapsed: 0,
            newest_end: packet.timestamp,
            played: false,
            played_end: packet.timestamp,
            leads: None,
            leads_before: None,
        }
    }

    /// First sample of the next frame.
    const fn next(&self) -> u32 {
        self.base.wrapping_add(self.elapsed)
    }

    /// Takes note of a packet that came to be played.
    fn arrived(&mut self, start: u32, end: u32) {
        let lead = start.wrapping_sub(self.elapsed);
        let leads = self.leads.get_or_insert(Leads { least: lead, most: lead });
        if ahead(lead, leads.least) < 0 {
            leads.least = lead;
        }
        if ahead(lead, leads.most) > 0 {
            leads.most = lead;
        }
        if ahead(end, self.newest_end) > 0 {
            self.newest_end = end;
        }
    }

    /// Moves the play-out back for a late packet, unless that would repeat or disorder what was
    /// played, or let what already waits wait for longer than the limit.
    fn widen_for(&mut self, start: u32, end: u32) -> bool {
        let in_order = !self.played || ahead(start, self.played_end) >= 0;
        let base = start.wrapping_sub(HEADROOM).wrapping_sub(self.elapsed);
        let waits = ahead(self.newest_end, self.next()) > 0;
        let len = ahead(end, start);
        let leads = self.leads.iter().chain(&self.leads_before);
        let within = leads.map(|leads| ahead(leads.most, base) + len).all(|most| most <= AHEAD_MAX);
        let widened = in_order && (within || !waits);
        if widened {
            self.base = base;
        }
        widened
    }

    /// Leaves out so many samples of what is to be played next.
    const fn skip(&mut self, samples: u32) {
        self.base = self.base.wrapping_add(samples);
    }

    /// Every two seconds, whether all their packets came early enough to be played sooner.
    fn may_narrow(&mut self) -> bool {
        if !self.elapsed.is_multiple_of(NARROW_EVERY) || self.elapsed == 0 {
            return false;
        }
        self.leads_before = self.leads.take();
        self.leads_before.is_some_and(|leads| ahead(leads.least, self.base) >= NARROW_FROM)
    }
}

/// How far `timestamp` lies ahead of `reference`, negative if behind, across the wrap.
fn ahead(timestamp: u32, reference: u32) -> i64 {
    i64::from(timestamp.wrapping_sub(reference).cast_signed())
}

#[cfg(test)]
mod tests;
