//! Makes the packets of a key press (RFC 4733, section 2.5.1).

use crate::event::EVENT_LEN;
use crate::{Event, KEY_EVENT_MAX, TICK_SAMPLES};

/// Milliseconds of one tick.
const TICK_MS: u32 = 20;
/// A press is held for at least two ticks: receivers want 40 ms.
const TICKS_MIN: u32 = 2;
/// A press is held for at most 409 ticks: its duration has to fit into 16 bits.
const TICKS_MAX: u32 = u16::MAX as u32 / TICK_SAMPLES;
/// The end is said three times, because the network may lose one.
const ENDS: u32 = 3;

/// One packet of a press; all of them are stamped by [`crate::Sender::event_header`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EventPacket {
    /// First packet of the press.
    pub marker: bool,
    /// The telephone-event payload.
    pub payload: [u8; EVENT_LEN],
}

// The payload says which key it is.
impl std::fmt::Debug for EventPacket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventPacket").field("marker", &self.marker).finish_non_exhaustive()
    }
}

/// Presses one key at a time, a packet in each 20 ms tick.
#[derive(Default)]
pub struct EventSender {
    press: Option<Held>,
}

#[derive(Clone, Copy)]
struct Held {
    code: u8,
    ticks: u32,
    ticks_total: u32,
}

impl EventSender {
    /// A sender with no key down.
    #[must_use]
    pub const fn new() -> Self {
        Self { press: None }
    }

    /// Presses a key for `duration_ms`, rounded up to ticks and kept between 40 ms and 8.18 s.
    /// False if another press is still being sent or the event is no key.
    pub fn start(&mut self, event: u8, duration_ms: u32) -> bool {
        if self.press.is_some() || event > KEY_EVENT_MAX {
            return false;
        }
        let ticks_total = duration_ms.div_ceil(TICK_MS).clamp(TICKS_MIN, TICKS_MAX);
        self.press = Some(Held { code: event, ticks: 0, ticks_total });
        true
    }

    /// The packet of this tick, or none when no key is down.
    pub fn next_packet(&mut self) -> Option<EventPacket> {
        let mut press = self.press.take()?;
        press.ticks += 1;
        let held_ticks = press.ticks.min(press.ticks_total);
        let event = Event {
            code: press.code,
            end: press.ticks >= press.ticks_total,
            duration: u16::try_from(held_ticks * TICK_SAMPLES).unwrap_or(u16::MAX),
        };
        let packet = EventPacket { marker: press.ticks == 1, payload: event.emit() };
        let last = press.ticks + 1 == press.ticks_total + ENDS;
        self.press = (!last).then_some(press);
        Some(packet)
    }

    /// Whether a press is still being sent.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        self.press.is_some()
    }
}

impl std::fmt::Debug for EventSender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventSender").field("busy", &self.is_busy()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packets(event: u8, duration_ms: u32) -> Vec<EventPacket> {
        let mut sender = EventSender::new();
        assert!(sender.start(event, duration_ms));
        std::iter::from_fn(|| sender.next_packet()).take(1000).collect()
    }

    #[test]
    fn a_press_of_80_ms_is_three_reports_and_three_ends() {
        let sent = packets(5, 80);
        let bytes: Vec<_> = sent.iter().map(|packet| packet.payload).collect();
        // 160 = 0x00A0, 320 = 0x0140, 480 = 0x01E0, 640 = 0x0280.
        let end = [5, 0x8A, 0x02, 0x80];
        let expected = [[5, 0x0A, 0, 0xA0], [5, 0x0A, 1, 0x40], [5, 0x0A, 1, 0xE0], end, end, end];
        assert_eq!(bytes, expected);
        let markers: Vec<_> = sent.iter().map(|packet| packet.marker).collect();
        assert_eq!(markers, [true, false, false, false, false, false]);
    }

    #[test]
    fn the_shortest_press_is_40_ms_and_the_longest_fits_16_bits() {
        // Two ticks: one report and three ends.
        assert_eq!(packets(1, 0).len(), 4);
        // 65535 / 160 = 409 ticks: 408 reports and three ends of 65440 = 0xFFA0.
        let longest = packets(1, u32::MAX);
        assert_eq!(longest.len(), 411);
        assert_eq!(longest[410].payload, [1, 0x8A, 0xFF, 0xA0]);
    }

    #[test]
    fn one_key_at_a_time() {
        let mut sender = EventSender::new();
        assert!(!sender.start(16, 100));
        assert!(sender.start(1, 40));
        assert!(!sender.start(2, 40));
        while sender.next_packet().is_some() {}
        assert!(!sender.is_busy());
        assert!(sender.start(2, 40));
    }
}
