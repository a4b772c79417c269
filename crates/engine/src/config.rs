//! What an engine is started with.

use std::net::{IpAddr, SocketAddr};

use linka_sip::Trunk;

use crate::media::PoolConfig;

/// The settings of one engine. Limits of everything that grows stand here.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Where SIP is heard (UDP).
    pub sip: SocketAddr,
    /// The address that Contact and SDP name, where it is not the one that the kernel routes by
    /// (a host behind NAT).
    pub advertise: Option<IpAddr>,
    /// First and last port for media.
    pub rtp_ports: (u16, u16),
    /// The carriers. INVITEs from anybody else get no answer (decision 20).
    pub trunks: Vec<Trunk>,
    /// Calls at once, all lines together; above it 503.
    pub calls_max: u16,
    /// Media threads and their room.
    pub media: PoolConfig,
    /// Use the portable media socket instead of the kernel's own.
    pub portable_sockets: bool,
}

/// Why an engine could not be started: one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The SIP port is taken or not ours.
    #[error(
        "cannot listen for SIP on {address} (UDP): {reason}. Stop the other program, or choose another port with --sip ADDRESS:PORT"
    )]
    SipPort {
        /// What was asked for.
        address: SocketAddr,
        /// What the system said.
        reason: std::io::Error,
    },
    /// The media ports are too few.
    #[error(
        "the media ports {low}-{high} hold no call: give a range of at least two ports, for example 10000-20000"
    )]
    MediaPorts {
        /// First.
        low: u16,
        /// Last.
        high: u16,
    },
    /// The media threads could not be started.
    #[error("cannot start the media threads: {0}")]
    Threads(std::io::Error),
}
