//! What an engine counts. No label names a line or a call (rule C4).

use std::sync::atomic::{AtomicU64, Ordering};

use linka_sip::Rejection;

/// Counters since the start.
#[derive(Default)]
pub(crate) struct Metrics {
    pub(crate) invites: AtomicU64,
    pub(crate) answered: AtomicU64,
    pub(crate) ended: AtomicU64,
    pub(crate) refused_not_found: AtomicU64,
    pub(crate) refused_closed: AtomicU64,
    pub(crate) refused_busy: AtomicU64,
    pub(crate) refused_media: AtomicU64,
    pub(crate) refused_unavailable: AtomicU64,
    pub(crate) cancelled: AtomicU64,
    pub(crate) reports_stored: AtomicU64,
    pub(crate) reports_failed: AtomicU64,
    pub(crate) packets_sent: AtomicU64,
    pub(crate) packets_received: AtomicU64,
    pub(crate) frames_lost: AtomicU64,
    pub(crate) packets_foreign: AtomicU64,
}

pub(crate) fn count(counter: &AtomicU64) {
    add(counter, 1);
}

pub(crate) fn add(counter: &AtomicU64, more: u64) {
    counter.fetch_add(more, Ordering::Relaxed);
}

impl Metrics {
    pub(crate) fn refused(&self, rejection: Rejection) {
        count(match rejection {
            Rejection::NotFound => &self.refused_not_found,
            Rejection::Closed => &self.refused_closed,
            Rejection::LineFull => &self.refused_busy,
            Rejection::NoCodec
            | Rejection::NoAudio
            | Rejection::NoAddress
            | Rejection::MediaRefused
            | Rejection::WrongTransport => &self.refused_media,
            Rejection::Overloaded | Rejection::Unavailable | Rejection::ServerError => {
                &self.refused_unavailable
            }
        });
    }
}

/// One figure as it is shown on `/metrics`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Name in the exposition, without the `linka_` prefix.
    pub name: &'static str,
    /// What it says.
    pub help: &'static str,
    /// Whether it only grows.
    pub counter: bool,
    /// Its value now.
    pub value: u64,
}
