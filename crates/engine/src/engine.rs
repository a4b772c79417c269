//! Starts and stops the parts of an engine.

use core::time::Duration;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use linka_sip::{Classifier, Limits, UserAgent};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use crate::admission::Seats;
use crate::clock;
use crate::config::{EngineConfig, StartError};
use crate::exchange::{Exchange, Running};
use crate::media::{MediaPool, PortRange};
use crate::metrics::{Figure, Metrics};
use crate::ports::Ports;
use crate::signalling::{Signalling, SipCommand};

/// Orders to the user agent that wait at most.
const COMMANDS: usize = 1_024;
/// A call's proof of life is written so often; the books lose at most 10 s of it (M13).
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How long a stop waits for calls to save and say goodbye.
const STOP_PATIENCE: Duration = Duration::from_secs(60);
/// How long it then waits for what is being written: longer than a call waits for its report.
const LAST_WRITES: Duration = Duration::from_secs(12);

/// A running engine. Drop stops it at once; [`Engine::stop`] lets calls save first.
pub struct Engine {
    exchange: Arc<Exchange>,
    local: SocketAddr,
    tasks: Vec<JoinHandle<()>>,
}

impl Engine {
    /// Opens the ports and begins to take calls.
    pub async fn start(
        config: EngineConfig,
        ports: Ports,
        classify: Classifier,
    ) -> Result<Self, StartError> {
        let socket = UdpSocket::bind(config.sip)
            .await
            .map_err(|reason| StartError::SipPort { address: config.sip, reason })?;
        let local = socket.local_addr().unwrap_or(config.sip);
        let (low, high) = config.rtp_ports;
        let rtp = PortRange::new(low, high);
        if rtp.is_empty() {
            return Err(StartError::MediaPorts { low, high });
        }
        let media = MediaPool::start(config.media).map_err(StartError::Threads)?;
        let agent = UserAgent::new(agent_config(&config, classify), clock::seed());
        let (sip, commands) = mpsc::channel(COMMANDS);
        let exchange = Arc::new(Exchange {
            config: EngineConfig { sip: local, ..config },
            ports,
            media,
            rtp,
            seats: Seats::default(),
            sip,
            running: Running::default(),
            metrics: Metrics::default(),
            closings: AtomicUsize::new(0),
            tasks: TaskTracker::new(),
        });
        let signalling = Signalling::new(agent, socket, local, Arc::clone(&exchange), commands);
        let tasks = vec![tokio::spawn(signalling.run()), tokio::spawn(beat(Arc::clone(&exchange)))];
        Ok(Self { exchange, local, tasks })
    }

    /// Where SIP is heard.
    pub const fn local(&self) -> SocketAddr {
        self.local
    }

    /// Takes no more calls, lets those that run save and say goodbye, and ends. Once `hurry` is
    /// over, or after a minute, those that still run save and are hung up at once.
    pub async fn stop(&self, hurry: impl Future<Output = ()>) {
        let _only_gone_when_stopped_already = self.exchange.sip.send(SipCommand::Drain).await;
        self.exchange.tasks.close();
        tokio::select! {
            () = self.exchange.tasks.wait() => return,
            () = hurry => {}
            () = clock::sleep_until(Some(clock::now() + STOP_PATIENCE)) => {}
        }
        let _only_gone_when_stopped_already = self.exchange.sip.send(SipCommand::EndAll).await;
        let until = clock::wake_at(clock::now() + LAST_WRITES);
        let _what_is_left_is_settled_at_the_next_start =
            tokio::time::timeout_at(until, self.exchange.tasks.wait()).await;
    }

    /// What the engine counts.
    pub fn figures(&self) -> Vec<Figure> {
        let figure = |name, help, counter: &AtomicU64| Figure {
            name,
            help,
            counter: true,
            value: counter.load(Ordering::Relaxed),
        };
        let metrics = &self.exchange.metrics;
        let media = self.exchange.media.counters();
        // Two reads of two counters: calls may be answered and end between them.
        let ended = metrics.ended.load(Ordering::Relaxed);
        let live = metrics.answered.load(Ordering::Relaxed).saturating_sub(ended);
        vec![
            Figure {
                name: "calls_live",
                help: "Calls that are answered and not over",
                counter: false,
                value: live,
            },
            figure("invites", "Calls that arrived", &metrics.invites),
            figure("calls_answered", "Calls that were answered", &metrics.answered),
            figure("calls_cancelled", "Calls given up before the answer", &metrics.cancelled),
            figure(
                "calls_refused_not_found",
                "Calls to numbers that are not ours",
                &metrics.refused_not_found,
            ),
            figure(
                "calls_refused_closed",
                "Calls to lines that are closed",
                &metrics.refused_closed,
            ),
            figure("calls_refused_busy", "Calls to lines that were full", &metrics.refused_busy),
            figure(
                "calls_refused_media",
                "Calls without a usable codec or media address",
                &metrics.refused_media,
            ),
            figure(
                "calls_refused_unavailable",
                "Calls refused for overload or faults",
                &metrics.refused_unavailable,
            ),
            figure("reports_stored", "Reports handed in", &metrics.reports_stored),
            figure(
                "reports_failed",
                "Reports that could not be handed in",
                &metrics.reports_failed,
            ),
            figure("rtp_packets_sent", "RTP packets sent", &metrics.packets_sent),
            figure("rtp_packets_received", "RTP packets received", &metrics.packets_received),
            figure("rtp_frames_lost", "Frames that never came", &metrics.frames_lost),
            figure(
                "rtp_packets_foreign",
                "Datagrams that were no RTP of a call",
                &metrics.packets_foreign,
            ),
            figure("media_ticks", "Media sub-ticks served", &media.ticks),
            figure(
                "media_ticks_late",
                "Media sub-ticks that began more than 5 ms late",
                &media.late_ticks,
            ),
            figure(
                "media_events_dropped",
                "Media events that found no room",
                &media.events_dropped,
            ),
        ]
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

fn agent_config(config: &EngineConfig, classify: Classifier) -> linka_sip::Config {
    linka_sip::Config {
        trunks: config.trunks.clone(),
        user_agent: format!("linka/{}", env!("CARGO_PKG_VERSION")),
        limits: Limits { calls: usize::from(config.calls_max), ..Limits::default() },
        classify,
        ..linka_sip::Config::new()
    }
}

/// Writes the proof that calls still run, all of the node in one batch.
async fn beat(exchange: Arc<Exchange>) {
    let mut ticks = tokio::time::interval(HEARTBEAT);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let running = exchange.running.elapsed(clock::now());
        if !running.is_empty() && exchange.ports.ledger.heartbeat(running).await.is_err() {
            tracing::warn!("the proof that calls run could not be written; it is tried again");
        }
    }
}
