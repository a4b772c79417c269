//! What all calls of one engine share.

use core::time::Duration;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
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

/// How long a settlement is tried again before it is left to the next start.
const SETTLE_TRIES: u32 = 60;

impl Exchange {
    /// The address that a far side reaches us by.
    pub(crate) fn local_towards(&self, remote: SocketAddr) -> IpAddr {
        if let Some(address) = self.config.advertise {
            return address;
        }
        self.bound_towards(remote)
    }

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

    /// A media socket towards a far side; the port is the one that the SDP names.
    pub(crate) async fn open_media(
        &self,
        remote: SocketAddr,
    ) -> Option<(Box<dyn MediaSocket>, u16)> {
        let local = self.bound_towards(remote);
        if self.config.portable_sockets {
            return self.open_portable(local, remote).await;
        }
        let socket = self.rtp.open(local, remote).ok()?;
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

    /// Closes a call in the books, again and again while the store is away. What is not settled by
    /// then is settled at the next start, from its last heartbeat.
    pub(crate) fn settle(self: &Arc<Self>, close: CloseCall) {
        let exchange = Arc::clone(self);
        self.tasks.spawn(async move {
            for _ in 0..SETTLE_TRIES {
                if exchange.ports.ledger.close(close.clone()).await.is_ok() {
                    return;
                }
                tokio::time::sleep_until(clock::wake_at(clock::now() + Duration::from_secs(1))).await;
            }
            tracing::error!(call = %close.call.0, "a call could not be settled; the next start will");
        });
    }
}
