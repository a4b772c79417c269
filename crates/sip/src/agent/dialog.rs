//! One dialog: what both ends call it, and where its requests go (RFC 3261 section 12).

use std::net::{IpAddr, SocketAddr};

use crate::outgoing::Outgoing;
use crate::wire::text::{list, unfolded};
use crate::wire::{Address, Name, Request, Response, Uri};

/// The state of a dialog. It holds the caller's address as long as the call lives, since a BYE has
/// to repeat it; it has no `Debug` on purpose.
#[derive(Clone)]
pub(super) struct Dialog {
    pub(super) call_id: Vec<u8>,
    /// The value of our From: what the other side wrote, or gets, as To.
    pub(super) local: Vec<u8>,
    pub(super) local_tag: Vec<u8>,
    pub(super) remote: Vec<u8>,
    pub(super) remote_tag: Vec<u8>,
    /// The number of our last request.
    pub(super) local_cseq: u32,
    /// The number of the peer's last request.
    pub(super) remote_cseq: u32,
    /// The peer's Contact.
    pub(super) target: Vec<u8>,
    /// The route set, nearest first.
    routes: Vec<Vec<u8>>,
}

impl Dialog {
    /// The dialog that our response with this To makes (section 12.1.1).
    pub(super) fn of_request(request: &Request<'_>, to: Vec<u8>, tag: String) -> Self {
        let common = &request.common;
        Self {
            call_id: common.call_id.to_vec(),
            local: to,
            local_tag: tag.into_bytes(),
            remote: request
                .message
                .first(Name::From)
                .map(|value| unfolded(value).into_owned())
                .unwrap_or_default(),
            remote_tag: common.from.tag().unwrap_or_default().to_vec(),
            local_cseq: 0,
            remote_cseq: common.cseq,
            target: request.contact().unwrap_or_default().to_vec(),
            routes: record_routes(request.message.all(Name::RecordRoute)),
        }
    }

    /// The dialog that a 2xx to our INVITE makes (section 12.1.2).
    pub(super) fn of_response(mut self, response: &Response<'_>) -> Self {
        self.remote = response
            .message
            .first(Name::To)
            .map(|value| unfolded(value).into_owned())
            .unwrap_or_default();
        self.remote_tag = response.common.to.tag().unwrap_or_default().to_vec();
        if let Some(contact) = response.contact() {
            self.target = contact.to_vec();
        }
        self.routes = record_routes(response.message.all(Name::RecordRoute));
        self.routes.reverse();
        self
    }

    /// Our side before the peer answered.
    pub(super) fn calling(
        call_id: Vec<u8>,
        local: Vec<u8>,
        tag: String,
        to: &str,
        uri: &str,
    ) -> Self {
        Self {
            call_id,
            local,
            local_tag: tag.into_bytes(),
            remote: to.as_bytes().to_vec(),
            remote_tag: Vec::new(),
            local_cseq: 1,
            remote_cseq: 0,
            target: uri.as_bytes().to_vec(),
            routes: Vec::new(),
        }
    }

    /// Takes the number of a request of the peer's; false where it is not above the last one
    /// (section 12.2.2).
    pub(super) const fn advance(&mut self, cseq: u32) -> bool {
        let above = cseq > self.remote_cseq;
        if above {
            self.remote_cseq = cseq;
        }
        above
    }

    /// A request of ours. A first route without `lr` is a strict router and takes the place of the
    /// Request-URI (section 12.2.1.1).
    pub(super) fn request(
        &self,
        method: rsip::Method,
        cseq: u32,
        via: &str,
        own: Vec<rsip::Header>,
    ) -> Vec<u8> {
        let mut routes = self.routes.clone();
        let mut uri = self.target.clone();
        if let Some(strict) = routes.first().and_then(|route| strict_router(route)) {
            routes.remove(0);
            routes.push([b"<", uri.as_slice(), b">"].concat());
            uri = strict;
        }
        Outgoing {
            method,
            uri: &uri,
            via,
            routes: &routes,
            from: &self.local,
            to: &self.remote,
            call_id: &self.call_id,
            cseq,
        }
        .write(own, &[])
    }

    /// Where requests go: the first route or the Contact, where that is an address that `allowed`
    /// admits; else `fallback`, from where the peer's messages come. A Contact is a claim, and a
    /// private one behind NAT the usual fault.
    pub(super) fn next_hop(
        &self,
        fallback: SocketAddr,
        allowed: impl Fn(IpAddr) -> bool,
    ) -> SocketAddr {
        let route = self.routes.first().and_then(|route| Address::parse(route).ok());
        let text = route.map_or(self.target.as_slice(), |address| address.uri);
        let named = Uri::parse(text).and_then(|uri| {
            let host = core::str::from_utf8(uri.host()).ok()?;
            let ip: IpAddr = host.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
            Some(SocketAddr::new(ip, uri.port().unwrap_or(5060)))
        });
        named.filter(|address| allowed(address.ip())).unwrap_or(fallback)
    }
}

fn record_routes<'a>(fields: impl Iterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    fields.flat_map(list).map(|value| unfolded(value).into_owned()).collect()
}

fn strict_router(route: &[u8]) -> Option<Vec<u8>> {
    let address = Address::parse(route).ok()?;
    let uri = Uri::parse(address.uri)?;
    uri.parameter("lr").is_none().then(|| address.uri.to_vec())
}
