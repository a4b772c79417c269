//! What all calls of one engine share.

use core::time::Duration;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use linka_model::CallId;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use crate::admission::Seats;
use crate::clock;
use crate::config::EngineConfig;
use crate::media::{ConnSocket, MediaPool, MediaSocket, PortRange};
use crate::metrics::Metrics;
use crate::ports::{CloseCall, Ports};
use crate::signalling::SipCommand;

/// The calls' common house.
pub(crate) struct Exchange {
    pub(crate) config: EngineConfig,
    pub(crate) ports: Ports,
    pub(crate) media: MediaPool,
    pub(crate) rtp: PortRange,
    pub(crate) seats: Seats,
    pub(crate) sip: mpsc::Sender<SipCommand>,
    pub(crate) running: Running,
    pub(crate) metrics: Metrics,
    /// Calls that wait to be settled.
    pub(crate) closings: AtomicUsize,
    /// Tasks that a clean stop waits for.
    pub(crate) tasks: TaskTracker,
}

/// Calls that are proven to run, by the instant of their 2xx: what a heartbeat says (M13).
#[derive(Default)]
pub(crate) struct Running(Mutex<HashMap<CallId, Duration>>);

impl Running {
    pub(crate) fn insert(&self, call: CallId, answered_at: Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(call, answered_at);
    }

    pub(crate) fn remove(&self, call: CallId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&call);
    }

    /// (call, elapsed milliseconds) of all of them.
    pub(crate) fn elapsed(&self, now: Duration) -> Vec<(CallId, u64)> {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ms = |at: &Duration| u64::try_from(now.saturating_sub(*at).as_millis()).unwrap_or(0);
        running.iter().map(|(call, at)| (*call, ms(at))).collect()
    }
}

/// The pauses between tries to settle a call: this at first, then twice as long…
const SETTLE_FIRST: Duration = Duration::from_secs(1);
/// …up to this.
const SETTLE_LAST: Duration = Duration::from_secs(30);
/// Calls that wait to be settled at most; more are left to the next start.
const CLOSINGS_MAX: usize = 10_000;

impl Exchange {
    /// The address of this host that packets to a far side leave from.
    pub(crate) fn bound_towards(&self, remote: SocketAddr) -> IpAddr {
        let bound = self.config.sip.ip();
        if !bound.is_unspecified() {
            return bound;
        }
        let routed = UdpSocket::bind((bound, 0)).and_then(|socket| {
            socket.connect(remote)?;
            socket.local_addr()
        });
        routed.map_or(bound, |local| local.ip())
    }

    /// Whether media may go there: where the trunk's networks are, and never to our own SIP (rule
    /// B8). The media ports of other calls need no rule: each hears its own far side only.
    pub(crate) fn may_send_to(&self, trunk: usize, remote: SocketAddr) -> bool {
        let within = self.config.trunks.get(trunk).is_some_and(|trunk| trunk.may_send_to(remote));
        within && !(remote.port() == self.config.sip.port() && self.is_ours(remote))
    }

    fn is_ours(&self, remote: SocketAddr) -> bool {
        remote.ip().is_loopback()
            || self.config.advertise == Some(remote.ip())
            || self.bound_towards(remote) == remote.ip()
    }

    /// A media socket of `local` towards a far side; the port is the one that the SDP names.
    pub(crate) async fn open_media(
        &self,
        local: IpAddr,
        remote: SocketAddr,
        rtcp_mux: bool,
    ) -> Option<(Box<dyn MediaSocket>, u16)> {
        if self.config.portable_sockets {
            return self.open_portable(local, remote).await;
        }
        let socket = match rtcp_mux {
            true => self.rtp.open(local, remote),
            false => self.rtp.open_with_control(local, remote),
        };
        let socket = socket.ok()?;
        let port = socket.local().ok()?.port();
        Some((Box::new(socket), port))
    }

    async fn open_portable(
        &self,
        local: IpAddr,
        remote: SocketAddr,
    ) -> Option<(Box<dyn MediaSocket>, u16)> {
        for _ in 0..self.rtp.len() {
            let address = SocketAddr::new(local, self.rtp.step());
            if let Ok(socket) = tokio::net::UdpSocket::bind(address).await {
                let socket = ConnSocket::new(Arc::new(socket), remote).ok()?;
                return Some((Box::new(socket), address.port()));
            }
        }
        None
    }

    /// Closes a call in the books, again and again while the store is away and this node runs.
    /// What is not settled by its end is settled at the next start, from its last heartbeat.
    pub(crate) fn settle(self: &Arc<Self>, close: CloseCall) {
        if self.closings.fetch_add(1, Ordering::Relaxed) >= CLOSINGS_MAX {
            self.closings.fetch_sub(1, Ordering::Relaxed);
            return tracing::error!(
                "too many calls wait to be settled; the next start settles them"
            );
        }
        let exchange = Arc::clone(self);
        self.tasks.spawn(async move {
            let mut pause = SETTLE_FIRST;
            while exchange.ports.ledger.close(close.clone()).await.is_err() {
                if pause == SETTLE_FIRST {
                    tracing::warn!("a call could not be settled; it is tried again");
                }
                tokio::time::sleep_until(clock::wake_at(clock::now() + pause)).await;
                pause = pause.saturating_mul(2).min(SETTLE_LAST);
            }
            exchange.closings.fetch_sub(1, Ordering::Relaxed);
        });
    }
}
