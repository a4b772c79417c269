//! From a datagram to the one who has to deal with it: strangers, transactions, then the methods
//! (rules B3, W7 and W14).

use core::time::Duration;
use std::net::SocketAddr;

use super::{UserAgent, replies};
use crate::event::TransportId;
use crate::random::Key;
use crate::transaction::{Path, Room, Seen, cancelled_key, merge_key, server_key};
use crate::wire::text::list;
use crate::wire::uri::Scheme;
use crate::wire::{
    Checked, Fault, Message, Method, Name, Reply, ReplyHead, Request, Status, check,
};

/// A request together with how it came.
pub(super) struct Ask<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) source: SocketAddr,
    /// Where its responses go.
    pub(super) path: Path,
    pub(super) key: Key,
    pub(super) trunk: Option<usize>,
}

impl UserAgent {
    pub(super) fn receive(
        &mut self,
        transport: TransportId,
        source: SocketAddr,
        local: SocketAddr,
        bytes: &[u8],
        now: Duration,
    ) {
        let Some(message) = Message::lex(bytes) else { return };
        let path = Path { transport, local, remote: source };
        let trunk = self.config.trunks.iter().position(|trunk| trunk.signals_from(source.ip()));
        match check(&message) {
            Checked::Response(response) => self.response(&response, source, now),
            Checked::Request(request) => {
                let key = server_key(&self.random, &request, request.method);
                let always = self.answers_to_source(trunk);
                let remote = request.common.via.answer_to(source, always);
                let path = Path { remote, ..path };
                self.request(&Ask { request: &request, source, path, key, trunk }, now);
            }
            Checked::Faulty(fault) if trunk.is_some() => {
                self.refuse_faulty(&message, fault, path);
            }
            Checked::Faulty(_) | Checked::Dropped => {}
        }
    }

    fn answers_to_source(&self, trunk: Option<usize>) -> bool {
        trunk.and_then(|index| self.trunk(index)).is_none_or(|trunk| trunk.answer_to_source)
    }

    /// Answers without a transaction: what is damaged cannot be matched to one (RFC 3261 section
    /// 8.2.7). The damaged Via may be the way back, so the source is.
    fn refuse_faulty(&mut self, message: &Message<'_>, fault: Fault, path: Path) {
        let head = ReplyHead::of(message, path.remote);
        let key = self.random.key(&[b"faulty", message.first(Name::Via).unwrap_or_default()]);
        let reply = Reply::new(Status::from(fault));
        let bytes = head.write(&reply, &self.random.tag(key), &self.config.user_agent);
        self.send(Some(path.transmit(bytes)));
    }

    fn request(&mut self, ask: &Ask<'_>, now: Duration) {
        let source = ask.source.ip();
        let known = ask.trunk.is_some()
            || self.servers.knows(ask.key, source)
            || self.calls.calls_out_to(source);
        if !known {
            return self.stranger(ask, now);
        }
        if ask.request.method == Method::Ack {
            return self.acknowledge(ask, now);
        }
        match self.servers.receive(ask.key) {
            Seen::Again(response) => self.send(response),
            Seen::New => self.open(ask, now),
        }
    }

    /// A stranger meets silence, or, where that is configured, 403 once a second.
    fn stranger(&mut self, ask: &Ask<'_>, now: Duration) {
        if self.config.answer_unknown_source
            && ask.request.method != Method::Ack
            && self.strangers.take(now)
        {
            self.reply_stateless(ask, &Reply::new(403));
        }
    }

    fn open(&mut self, ask: &Ask<'_>, now: Duration) {
        let merge =
            merge_key(&self.random, ask.request).filter(|_| ask.request.method != Method::Cancel);
        let invite = ask.request.method == Method::Invite;
        let table = if self.is_of_live_call(ask) { Room::Whole } else { Room::OfStrangers };
        if !self.admits(ask, now)
            || !self.servers.open(ask.key, invite, ask.source.ip(), ask.path, merge, table)
        {
            return self.overloaded(ask, now);
        }
        match ask.request.method {
            Method::Cancel => self.cancelled(ask, now),
            Method::Unknown => self.reply(ask, &replies::not_implemented(), now),
            Method::NotTaken | Method::Ack => self.reply(ask, &replies::not_allowed(), now),
            Method::Subscribe => self.reply(ask, &Reply::new(489), now),
            Method::Invite | Method::Bye | Method::Options | Method::Info | Method::Update => {
                self.dispatch(ask, self.servers.is_merged(ask.key, merge), now);
            }
        }
    }

    /// Whether a request belongs to a call that lives: a flood of others must not keep it from its
    /// transaction (rule B2).
    fn is_of_live_call(&self, ask: &Ask<'_>) -> bool {
        match ask.request.method {
            Method::Cancel => {
                let invite = cancelled_key(&self.random, ask.request);
                self.servers.is_pending(invite) == Some(true)
            }
            Method::Invite
            | Method::Ack
            | Method::Bye
            | Method::Options
            | Method::Info
            | Method::Update
            | Method::Subscribe
            | Method::NotTaken
            | Method::Unknown => matches!(self.dialog_of(ask), Ok(Some(_))),
        }
    }

    /// Whether there is room and time for a new call (rule W25). Asked before the INVITE costs a
    /// transaction; while draining it gets its 503 from that.
    fn admits(&mut self, ask: &Ask<'_>, now: Duration) -> bool {
        let new = ask.request.method == Method::Invite
            && ask.request.common.to.tag().is_none()
            && ask.trunk.is_some()
            && !self.draining;
        !new || (self.calls.has_room() && self.new_calls.take(now))
    }

    /// 503 without a transaction, so many a second, then silence.
    fn overloaded(&mut self, ask: &Ask<'_>, now: Duration) {
        if self.refusals.take(now) {
            let reply = replies::overloaded(&mut self.random);
            self.reply_stateless(ask, &reply);
        }
    }

    /// Step 7 and on: scheme, dialog, merged, extensions, then the method.
    fn dispatch(&mut self, ask: &Ask<'_>, merged: bool, now: Duration) {
        if ask.request.uri.scheme == Scheme::Other {
            return self.reply(ask, &Reply::new(416), now);
        }
        let dialog = match self.dialog_of(ask) {
            Ok(dialog) => dialog,
            Err(reply) => return self.reply(ask, &reply, now),
        };
        if merged {
            return self.reply(ask, &Reply::new(482), now);
        }
        if let Some(unsupported) = required(ask.request) {
            return self.reply(ask, &Reply::new(420).with("Unsupported", unsupported), now);
        }
        match (dialog, ask.request.method) {
            (Some(call), _) => self.in_dialog(ask, call, now),
            (None, Method::Options) => self.options(ask, now),
            (None, Method::Invite) => self.new_call(ask, now),
            // These live in a dialog only.
            (None, Method::Bye | Method::Info | Method::Update) => {
                self.reply(ask, &Reply::new(481), now);
            }
            (
                None,
                Method::Ack
                | Method::Cancel
                | Method::Subscribe
                | Method::NotTaken
                | Method::Unknown,
            ) => self.reply(ask, &replies::not_allowed(), now),
        }
    }

    /// The call that the To tag names; 481 where it names none.
    fn dialog_of(&self, ask: &Ask<'_>) -> Result<Option<crate::event::CallKey>, Reply> {
        let common = &ask.request.common;
        let Some(tag) = common.to.tag() else { return Ok(None) };
        let remote = common.from.tag().unwrap_or_default();
        let key = self.dialog_key(common.call_id, tag, remote);
        self.calls.by_dialog(key).map(Some).ok_or_else(|| Reply::new(481))
    }

    pub(super) fn dialog_key(&self, call_id: &[u8], local: &[u8], remote: &[u8]) -> Key {
        self.random.key(&[b"dialog", call_id, local, remote])
    }

    /// OPTIONS outside of a dialog, whatever the user part (rule W13).
    fn options(&mut self, ask: &Ask<'_>, now: Duration) {
        let reply = if self.draining {
            replies::unavailable(&mut self.random)
        } else {
            replies::capabilities()
        };
        self.reply(ask, &reply, now);
    }

    /// CANCEL of a caller (RFC 3261 section 9.2). A To tag in it is no reason to refuse it.
    fn cancelled(&mut self, ask: &Ask<'_>, now: Duration) {
        let invite = cancelled_key(&self.random, ask.request);
        let Some(pending) = self.servers.is_pending(invite) else {
            return self.reply(ask, &Reply::new(481), now);
        };
        // The 200 carries the tag of the INVITE's own responses.
        self.reply_tagged(ask, invite, &Reply::new(200), now);
        if pending && let Some(call) = self.calls.by_invite(invite) {
            self.terminate_offered(call, &Reply::new(487), now);
        }
    }

    /// Sends a response through the request's transaction.
    pub(super) fn reply(&mut self, ask: &Ask<'_>, reply: &Reply, now: Duration) {
        self.reply_tagged(ask, ask.key, reply, now);
    }

    fn reply_tagged(&mut self, ask: &Ask<'_>, tagged: Key, reply: &Reply, now: Duration) {
        let bytes = self.written(ask, tagged, reply);
        let code = reply.status.code;
        let sent = self.servers.respond(ask.key, code, bytes, now, &mut self.timers);
        self.send(sent);
    }

    fn reply_stateless(&mut self, ask: &Ask<'_>, reply: &Reply) {
        let bytes = self.written(ask, ask.key, reply);
        self.send(Some(ask.path.transmit(bytes)));
    }

    pub(super) fn written(&self, ask: &Ask<'_>, tagged: Key, reply: &Reply) -> Vec<u8> {
        let head = ReplyHead::of(ask.request.message, ask.source);
        head.write(reply, &self.random.tag(tagged), &self.config.user_agent)
    }
}

/// The options that a request requires; we support none (RFC 3261 section 8.2.2.3).
fn required(request: &Request<'_>) -> Option<String> {
    let tokens: Vec<String> = request
        .message
        .all(Name::Require)
        .flat_map(list)
        .filter(|token| !token.is_empty())
        .map(|token| String::from_utf8_lossy(token).into_owned())
        .collect();
    (!tokens.is_empty()).then(|| tokens.join(", "))
}
