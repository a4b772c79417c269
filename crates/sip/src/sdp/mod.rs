//! Session descriptions: read an offer tolerantly, agree on one G.711 stream, write the answer
//! (RFC 8866, RFC 3264, rule W9).

mod answer;
mod negotiate;
mod offer;

pub use answer::offer;
pub use negotiate::{Agreed, AudioCodec, Capabilities, Direction, Refusal, negotiate};
pub use offer::{Offer, SdpError};

pub(crate) use answer::LocalSession;
