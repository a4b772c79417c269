//! The tables of ITU-T G.711, worked out when the crate is compiled.
//!
//! A-law looks at the upper 12 bits of a 16-bit sample and µ-law at the upper 14, so the two
//! encoding tables take 4 KiB and 16 KiB and stay in the cache.

/// Code of every A-law sample, indexed by the upper 12 bits.
pub(crate) static ALAW_ENCODE: [u8; 1 << 12] = alaw_encode_table();
/// Code of every µ-law sample, indexed by the upper 14 bits.
pub(crate) static ULAW_ENCODE: [u8; 1 << 14] = ulaw_encode_table();
/// Sample of every A-law code.
pub(crate) static ALAW_DECODE: [i16; 256] = alaw_decode_table();
/// Sample of every µ-law code.
pub(crate) static ULAW_DECODE: [i16; 256] = ulaw_decode_table();

/// Every second bit of an A-law code is inverted on the line (G.711, table 1a, note 2).
const ALAW_TOGGLE: u8 = 0x55;
/// The shift of the µ-law curve, in units of the 14-bit scale.
const ULAW_BIAS: u16 = 33;
/// The largest biased µ-law magnitude that has a code.
const ULAW_CLIP: u16 = 0x1FFF;

const fn alaw_encode_table() -> [u8; 1 << 12] {
    let mut table = [0; 1 << 12];
    let mut index: u16 = 0;
    while index < 1 << 12 {
        table[index as usize] = alaw_encode(index);
        index += 1;
    }
    table
}

/// Code of a 12-bit two's complement sample.
const fn alaw_encode(sample: u16) -> u8 {
    let negative = sample >= 1 << 11;
    let magnitude = if negative { !sample & 0x7FF } else { sample };
    let sign = if negative { 0 } else { 0x80 };
    (sign | segmented(magnitude)) ^ ALAW_TOGGLE
}

/// Segment and step of an 11-bit A-law magnitude: the first two segments share one step width.
const fn segmented(magnitude: u16) -> u8 {
    if magnitude < 16 {
        return magnitude as u8;
    }
    let top_bit = 15 - magnitude.leading_zeros();
    let segment = top_bit - 3;
    let step = (magnitude >> (segment - 1)) & 0x0F;
    ((segment << 4) as u8) | step as u8
}

const fn ulaw_encode_table() -> [u8; 1 << 14] {
    let mut table = [0; 1 << 14];
    let mut index: u16 = 0;
    while index < 1 << 14 {
        table[index as usize] = ulaw_encode(index);
        index += 1;
    }
    table
}

/// Code of a 14-bit two's complement sample.
const fn ulaw_encode(sample: u16) -> u8 {
    let negative = sample >= 1 << 13;
    let magnitude = if negative { !sample & 0x1FFF } else { sample };
    let biased = if magnitude + ULAW_BIAS > ULAW_CLIP { ULAW_CLIP } else { magnitude + ULAW_BIAS };
    let top_bit = 15 - biased.leading_zeros();
    let segment = top_bit - 5;
    let step = (biased >> (segment + 1)) & 0x0F;
    let sign = if negative { 0x80 } else { 0 };
    !(sign | ((segment << 4) as u8) | step as u8)
}

const fn alaw_decode_table() -> [i16; 256] {
    let mut table = [0; 256];
    let mut code: u16 = 0;
    while code < 256 {
        table[code as usize] = alaw_decode(code as u8);
        code += 1;
    }
    table
}

const fn alaw_decode(code: u8) -> i16 {
    let plain = code ^ ALAW_TOGGLE;
    let segment = (plain >> 4) & 0x07;
    let step = ((plain & 0x0F) as i16) << 4;
    let magnitude = if segment == 0 { step + 8 } else { (step + 0x108) << (segment - 1) };
    if plain & 0x80 == 0 { -magnitude } else { magnitude }
}

const fn ulaw_decode_table() -> [i16; 256] {
    let mut table = [0; 256];
    let mut code: u16 = 0;
    while code < 256 {
        table[code as usize] = ulaw_decode(code as u8);
        code += 1;
    }
    table
}

const fn ulaw_decode(code: u8) -> i16 {
    let plain = !code;
    let segment = (plain >> 4) & 0x07;
    let step = ((plain & 0x0F) as i16) << 3;
    let magnitude = ((step + 0x84) << segment) - 0x84;
    if plain & 0x80 == 0 { magnitude } else { -magnitude }
}
