//! Frames of the journal: four bytes of length, four of CRC-32C (RFC 3720, appendix B.4; both least
//! byte first), then the record as JSON. The check covers the length too.

use crc::{CRC_32_ISCSI, Crc};
use serde::Serialize;
use serde::de::DeserializeOwned;

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);
/// The longest record: a batch of a node is far below.
pub(crate) const RECORD_MAX: usize = 1024 * 1024;

/// What was read of a journal.
#[derive(Debug)]
pub(crate) struct Frames<T> {
    /// The records up to the end, or to the first that is damaged.
    pub(crate) records: Vec<T>,
    /// How the bytes end.
    pub(crate) end: End,
}

/// How the bytes of a journal end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// With a whole frame.
    Whole,
    /// In the middle of the last frame: the writer died, and nobody was told that it stands.
    Torn,
    /// The frame that begins at this byte is not what was written.
    Damaged(u64),
}

/// One frame; `None` where the record is too long.
pub(crate) fn encode(record: &impl Serialize) -> Option<Vec<u8>> {
    let body = serde_json::to_vec(record).ok().filter(|body| body.len() <= RECORD_MAX)?;
    let length = u32::try_from(body.len()).ok()?.to_le_bytes();
    let check = check(length, &body).to_le_bytes();
    Some([&length, &check, body.as_slice()].concat())
}

/// All frames of a journal.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Frames<T> {
    let (mut records, mut rest) = (Vec::new(), bytes);
    let end = loop {
        match first(rest) {
            Read::Nothing => break End::Whole,
            Read::Frame(record, tail) => {
                records.push(record);
                rest = tail;
            }
            Read::Torn => break End::Torn,
            Read::Damaged => {
                let offset = bytes.len() - rest.len();
                break End::Damaged(u64::try_from(offset).unwrap_or(u64::MAX));
            }
        }
    };
    Frames { records, end }
}

enum Read<'a, T> {
    Nothing,
    Frame(T, &'a [u8]),
    Torn,
    Damaged,
}

fn first<T: DeserializeOwned>(bytes: &[u8]) -> Read<'_, T> {
    if bytes.is_empty() {
        return Read::Nothing;
    }
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return Read::Torn };
    let Some((stated, rest)) = rest.split_first_chunk::<4>() else { return Read::Torn };
    let Ok(count) = usize::try_from(u32::from_le_bytes(*length)) else { return Read::Damaged };
    if count > RECORD_MAX {
        return Read::Damaged;
    }
    let Some((body, tail)) = rest.split_at_checked(count) else { return Read::Torn };
    if check(*length, body) != u32::from_le_bytes(*stated) {
        // The last frame may have been written in part though its length stands.
        return if tail.is_empty() { Read::Torn } else { Read::Damaged };
    }
    serde_json::from_slice(body).map_or(Read::Damaged, |record| Read::Frame(record, tail))
}

fn check(length: [u8; 4], body: &[u8]) -> u32 {
    let mut digest = CRC.digest();
    digest.update(&length);
    digest.update(body);
    digest.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Length and check.
    const HEAD: usize = 8;

    fn journal(records: &[&str]) -> Vec<u8> {
        records.iter().flat_map(|record| encode(record).unwrap()).collect()
    }

    fn read(bytes: &[u8]) -> (Vec<String>, End) {
        let Frames { records, end } = decode(bytes);
        (records, end)
    }

    #[test]
    fn the_check_is_crc_32c_over_length_and_record() {
        // The check value of the algorithm's catalogue.
        assert_eq!(CRC.checksum(b"123456789"), 0xE306_9283);
        let frame = encode(&"a").unwrap();
        assert_eq!(frame[..4], [3, 0, 0, 0]);
        assert_eq!(frame[HEAD..], *b"\"a\"");
        assert_eq!(frame[4..HEAD], CRC.checksum(b"\x03\0\0\0\"a\"").to_le_bytes());
    }

    #[test]
    fn records_come_back_and_a_torn_tail_is_let_go_at_every_length() {
        let whole = journal(&["one", "two", "three"]);
        assert_eq!(read(&whole), (vec!["one".into(), "two".into(), "three".into()], End::Whole));
        assert_eq!(read(&[]), (vec![], End::Whole));
        let two = journal(&["one", "two"]).len();
        for length in two + 1..whole.len() {
            assert_eq!(read(&whole[..length]), (vec!["one".into(), "two".into()], End::Torn));
        }
    }

    #[test]
    fn a_flipped_bit_before_the_last_frame_is_named_and_what_is_before_it_stands() {
        let bytes = journal(&["one", "two", "three"]);
        let second = journal(&["one"]).len();
        let end = journal(&["one", "two"]).len();
        // The length itself may then lead past the end, which looks like a torn frame.
        for at in second + 4..end {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            let offset = u64::try_from(second).unwrap();
            assert_eq!(read(&damaged), (vec!["one".into()], End::Damaged(offset)), "{at}");
        }
    }

    #[test]
    fn a_length_beyond_the_limit_is_damage_and_not_an_allocation() {
        assert_eq!(read(&[255; 16]).1, End::Damaged(0));
        assert!(encode(&"x".repeat(RECORD_MAX)).is_none());
    }
}
