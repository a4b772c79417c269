//! The payload of a telephone-event packet (RFC 4733, section 2.3).

/// Events 0 to 9 are digits, 10 is star, 11 is hash, 12 to 15 are A to D.
pub const KEY_EVENT_MAX: u8 = 15;
/// Bytes of one event.
pub(crate) const EVENT_LEN: usize = 4;
/// Bit of the second byte that says that the event is over.
const END: u8 = 0x80;
/// Loudness in −dBm0 that we send: within the range of ordinary telephones.
const VOLUME: u8 = 10;

/// One report about a key: which, whether it was let go, and for how long it has been down.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// 0 to 15; see [`KEY_EVENT_MAX`].
    pub code: u8,
    /// The key was let go.
    pub end: bool,
    /// Time since the key went down, in the clock of the payload type.
    pub duration: u16,
}

impl Event {
    /// Reads a payload; none if it is too short or the event is no key (fax tones, line signals).
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let &[code, flags, high, low, ..] = payload else { return None };
        let event = Self { code, end: flags & END != 0, duration: u16::from_be_bytes([high, low]) };
        (code <= KEY_EVENT_MAX).then_some(event)
    }

    /// Writes the payload.
    #[must_use]
    pub const fn emit(self) -> [u8; EVENT_LEN] {
        let [high, low] = self.duration.to_be_bytes();
        let flags = if self.end { END | VOLUME } else { VOLUME };
        [self.code, flags, high, low]
    }
}

// Which key was pressed may be a digit of the caller's code.
impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Event").field("end", &self.end).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_read_bit_by_bit() {
        // Event 5, end, volume 10, duration 0x08C0 = 2240.
        let event = Event::parse(&[5, 0x8A, 0x08, 0xC0]);
        assert_eq!(event, Some(Event { code: 5, end: true, duration: 2240 }));
        let event = Event::parse(&[11, 0x3F, 0, 0]);
        assert_eq!(event, Some(Event { code: 11, end: false, duration: 0 }));
    }

    #[test]
    fn short_payloads_and_events_that_are_no_keys_are_none() {
        assert_eq!(Event::parse(&[5, 0x8A, 0x08]), None);
        assert_eq!(Event::parse(&[]), None);
        assert_eq!(Event::parse(&[16, 0, 0, 0]), None);
        assert_eq!(Event::parse(&[36, 0, 0, 0]), None);
    }

    #[test]
    fn what_follows_the_first_event_is_ignored() {
        assert!(Event::parse(&[1, 0, 0, 160, 2, 0, 0, 160]).is_some_and(|event| event.code == 1));
    }

    #[test]
    fn a_payload_is_written_bit_by_bit() {
        assert_eq!(Event { code: 10, end: true, duration: 800 }.emit(), [10, 0x8A, 0x03, 0x20]);
        assert_eq!(Event { code: 0, end: false, duration: 160 }.emit(), [0, 0x0A, 0, 0xA0]);
    }

    #[test]
    fn debug_does_not_show_the_key() {
        let shown = format!("{:?}", Event { code: 7, end: false, duration: 7 });
        assert_eq!(shown, "Event { end: false, .. }");
    }
}
