//! Hears key presses in telephone-event packets: each press once, whatever the network or a broken
//! sender does to its packets (RFC 4733; rules W17 and W35).

use std::time::Duration;

use crate::{Event, Packet};

/// Presses that are remembered, so that their stragglers are known.
const REMEMBERED_MAX: usize = 8;
/// A silence longer than this between two packets of one press begins a new press.
const GAP_MAX: Duration = Duration::from_millis(150);
/// A press of which no packet came for so long is over.
const END_AFTER: Duration = Duration::from_millis(100);
/// A press too long for 16 bits goes on under a timestamp that lies so much later
/// (RFC 4733, section 2.5.1.3).
const SEGMENT: u32 = u16::MAX as u32;
/// Segments of one press that are followed: at 8 kHz more than a minute.
const SEGMENTS_MAX: u32 = 8;

/// When a press is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Report {
    /// At its first packet.
    #[default]
    AtStart,
    /// At the first packet that says it is over, or when it is over by other signs.
    AtEnd,
}

/// A key was pressed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Press {
    /// 0 to 9, 10 star, 11 hash, 12 to 15 A to D.
    pub event: u8,
}

// A key may be a digit of the caller's code.
impl std::fmt::Debug for Press {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Press").finish_non_exhaustive()
    }
}

/// Hears the key presses of one call.
pub struct EventReceiver {
    clock_hz: u32,
    report: Report,
    remembered: [Option<Known>; REMEMBERED_MAX],
}

impl EventReceiver {
    /// A receiver for a payload type whose clock runs at `clock_hz` (8000 beside G.711; durations
    /// count in it).
    #[must_use]
    pub const fn new(clock_hz: u32, report: Report) -> Self {
        Self { clock_hz, report, remembered: [None; REMEMBERED_MAX] }
    }

    /// Takes in a packet of the negotiated telephone-event payload type. At most one press is
    /// reported at a time; with [`Report::AtEnd`] a second one waits for the next packet or tick.
    pub fn push(&mut self, packet: &Packet<'_>, now: Duration) -> Option<Press> {
        let event = Event::parse(packet.payload)?;
        let report = self.report;
        if let Some(known) = self.owner(packet, event, now) {
            known.hear(packet, event, now);
            return if event.end { known.end() } else { None };
        }
        let ended = self.end_where(|_| true);
        let opened = self.open(packet, event, now);
        match report {
            Report::AtStart => opened.report(),
            Report::AtEnd if ended.is_none() && event.end => opened.end(),
            Report::AtEnd => ended,
        }
    }

    /// Takes in a voice packet: a press of which no end came is over with the voice that follows it.
    pub fn voice(&mut self, packet: &Packet<'_>) -> Option<Press> {
        self.end_where(|known| known.lies_before(packet))
    }

    /// Ends presses of which nothing was heard for 100 ms; once per tick.
    pub fn tick(&mut self, now: Duration) -> Option<Press> {
        self.end_where(|known| now.saturating_sub(known.heard_at) >= END_AFTER)
    }

    /// Whether a key is held down.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.remembered.iter().flatten().any(|known| !known.ended)
    }

    /// The remembered press that a packet belongs to.
    fn owner(&mut self, packet: &Packet<'_>, event: Event, now: Duration) -> Option<&mut Known> {
        let clock_hz = self.clock_hz;
        let known = || self.remembered.iter().flatten();
        let index = known()
            .position(|known| known.owns(packet, event, now, clock_hz))
            .or_else(|| known().position(|known| known.owns_stray_end(packet, event, now)))?;
        self.remembered.iter_mut().flatten().nth(index)
    }

    /// Remembers a new press in place of the one that was silent for longest.
    fn open(&mut self, packet: &Packet<'_>, event: Event, now: Duration) -> &mut Known {
        let [first, rest @ ..] = &mut self.remembered;
        let age = |slot: &Option<Known>| slot.map(|known| known.heard_at);
        let oldest = rest
            .iter_mut()
            .fold(first, |oldest, slot| if age(slot) < age(oldest) { slot } else { oldest });
        oldest.insert(Known::opened_by(packet, event, now))
    }

    /// Ends the presses that are down and fit; reports the first that was not reported yet.
    fn end_where(&mut self, over: impl Fn(&Known) -> bool) -> Option<Press> {
        let down = self.remembered.iter_mut().flatten().filter(|known| !known.ended);
        down.filter(|known| over(known)).find_map(Known::end)
    }
}

impl std::fmt::Debug for EventReceiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventReceiver").field("down", &self.is_down()).finish_non_exhaustive()
    }
}

/// A press that was heard, known by its source, timestamp and key; the marker bit is not asked.
#[derive(Clone, Copy)]
struct Known {
    ssrc: u32,
    timestamp: u32,
    code: u8,
    sequence: u16,
    /// Longest duration heard, in the payload type's clock.
    longest: u32,
    heard_at: Duration,
    ended: bool,
    reported: bool,
}

impl Known {
    fn opened_by(packet: &Packet<'_>, event: Event, now: Duration) -> Self {
        Self {
            ssrc: packet.ssrc,
            timestamp: packet.timestamp,
            code: event.code,
            sequence: packet.sequence,
            longest: u32::from(event.duration),
            heard_at: now,
            ended: false,
            reported: false,
        }
    }

    /// Whether a packet is one more of this press. The same key after a gap is another press (a
    /// replayed file repeats all its numbers), unless the duration grew by the time that passed:
    /// then the packets in between were lost.
    fn owns(&self, packet: &Packet<'_>, event: Event, now: Duration, clock_hz: u32) -> bool {
        let Some(elapsed) = self.elapsed(packet, event) else { return false };
        let grown = u64::from(elapsed.saturating_sub(self.longest)) * 1000;
        let grown = Duration::from_millis(grown / u64::from(clock_hz.max(1)));
        self.silent_for(now) <= GAP_MAX + grown
    }

    /// Whether an end packet under a timestamp of its own belongs here: some border controllers
    /// restamp the ends of a press.
    fn owns_stray_end(&self, packet: &Packet<'_>, event: Event, now: Duration) -> bool {
        let same = (self.ssrc, self.code) == (packet.ssrc, event.code);
        event.end && same && self.silent_for(now) <= GAP_MAX
    }

    /// Time from the key's going down to this packet in the payload type's clock; none if the
    /// packet is of another press.
    fn elapsed(&self, packet: &Packet<'_>, event: Event) -> Option<u32> {
        if (self.ssrc, self.code) != (packet.ssrc, event.code) {
            return None;
        }
        let offset = packet.timestamp.wrapping_sub(self.timestamp);
        let segment = !self.ended && offset.is_multiple_of(SEGMENT);
        let same = offset == 0 || (segment && offset <= SEGMENTS_MAX * SEGMENT);
        same.then(|| offset + u32::from(event.duration))
    }

    fn hear(&mut self, packet: &Packet<'_>, event: Event, now: Duration) {
        if let Some(elapsed) = self.elapsed(packet, event) {
            self.longest = self.longest.max(elapsed);
        }
        if is_after(packet.sequence, self.sequence) {
            self.sequence = packet.sequence;
        }
        self.heard_at = self.heard_at.max(now);
    }

    fn lies_before(&self, voice: &Packet<'_>) -> bool {
        self.ssrc == voice.ssrc && is_after(voice.sequence, self.sequence)
    }

    fn silent_for(&self, now: Duration) -> Duration {
        now.saturating_sub(self.heard_at)
    }

    fn end(&mut self) -> Option<Press> {
        self.ended = true;
        self.report()
    }

    fn report(&mut self) -> Option<Press> {
        let first = !self.reported;
        self.reported = true;
        first.then_some(Press { event: self.code })
    }
}

/// Whether a sequence number follows another, across the wrap.
const fn is_after(sequence: u16, other: u16) -> bool {
    sequence.wrapping_sub(other).cast_signed() > 0
}

#[cfg(test)]
mod tests;
