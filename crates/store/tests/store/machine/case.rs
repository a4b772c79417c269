//! One sequence: an organisation of its own, each step done in the store and in the model.

use linka_metering::{EntryId, Posting, PostingResult};
use linka_model::{CallId, EndReason, LineId, LineKind, Micros, OrgId};
use linka_store::{Admission, Closing, Heartbeat, NewCall, NewLine, StoreError};

use crate::common::NOW;

use super::model::{CHANNELS, Call, Model, resolution, seconds};
use super::op::{Op, Step};
use super::price::PRICES;
use super::world::{World, nothing_can_be_written};

/// What was asked of the store, to be asked again.
#[derive(Clone, Debug)]
pub(super) enum Request {
    Admit { call: Box<Call>, hold: Posting },
    Post { node: usize, posting: Posting },
    Prove { node: usize, proof: Heartbeat },
    Close { node: usize, closing: Closing },
    Grant { id: EntryId, amount: i64 },
    Withdraw { id: EntryId, amount: i64 },
}

pub(super) struct Case<'a> {
    pub(super) world: &'a mut World,
    pub(super) model: Model,
    pub(super) org: OrgId,
    pub(super) line: LineId,
    pub(super) asked: Vec<Request>,
    /// The answer to what is asked now is lost at first.
    lost: bool,
}

impl<'a> Case<'a> {
    pub(super) async fn run(world: &'a mut World, credit: i64, steps: &[Step]) {
        world.enter().await;
        let mut case = Box::pin(Self::found(world, credit)).await;
        for (op, lost) in steps {
            case.lost = *lost;
            let debits = case.model.debits;
            Box::pin(case.step(op)).await;
            assert!(case.model.debits >= debits, "I14: debits never shrink");
            case.compare().await;
        }
        case.lost = false;
        case.finish().await;
    }

    /// An organisation with a line that is on.
    async fn found(world: &'a mut World, credit: i64) -> Self {
        let (org, line) = (OrgId(world.identity()), LineId(world.identity()));
        let store = world.stores[0].clone();
        let name = org.0.to_string();
        retry(async || store.create_org(org, &name, "CZK".parse().expect("CZK")).await).await;
        let order = NewLine {
            id: line,
            org,
            name,
            language: "cs".parse().expect("a language"),
            country: "CZ".to_owned().try_into().expect("a country"),
            kind: LineKind::Landline,
            setup: serde_json::json!({}),
            by: "the model".to_owned(),
            at_ms: NOW,
        };
        retry(async || store.order_line(&order).await).await;
        let did = world.did();
        retry(async || store.register_number(line, &did, NOW).await).await;
        let channels = u32::try_from(CHANNELS).expect("few");
        retry(async || store.set_channels(line, channels).await).await;
        let model = Model { is_on: true, ..Model::default() };
        let mut case = Self { world, model, org, line, asked: vec![], lost: false };
        case.grant(credit + 1).await;
        retry(async || store.switch(line, true).await).await.expect("is ready");
        case
    }

    async fn step(&mut self, op: &Op) {
        match *op {
            Op::Admit { node } => Box::pin(self.admit(node % self.world.nodes.len())).await,
            Op::Extend { call, grace } => Box::pin(self.extend(call, grace)).await,
            Op::Prove { call, by_ms, late } => Box::pin(self.prove(call, by_ms, late)).await,
            Op::Post { call } => Box::pin(self.post(call)).await,
            Op::Close { call, by_ms, chargeable } => {
                Box::pin(self.close(call, by_ms, chargeable)).await
            }
            Op::Crash { node } => Box::pin(self.crash(node % self.world.nodes.len())).await,
            Op::TakeOver { node } => Box::pin(self.take_over(node % self.world.nodes.len())).await,
            Op::Again { request } => Box::pin(self.again(request)).await,
            Op::Tamper { request } => Box::pin(self.tamper(request)).await,
            Op::Grant { amount } => Box::pin(self.grant(amount)).await,
            Op::Withdraw { amount } => {
                let id = EntryId(self.world.identity());
                Box::pin(self.ask(Request::Withdraw { id, amount })).await;
            }
            Op::Overdraft { limit } => Box::pin(self.overdraft(limit)).await,
            Op::Dispute { amount } => Box::pin(self.dispute(amount)).await,
            Op::Switch { on } => {
                let store = self.world.stores[0].clone();
                let line = self.line;
                retry(async || store.switch(line, on).await).await.expect("is ready");
                self.model.is_on = on;
                self.world.count("op: switch");
            }
            Op::Card { price, day } => Box::pin(self.world.load(PRICES[price], day)).await,
            Op::Clock { by_ms } => {
                self.world.now_ms += by_ms;
                self.world.count("op: the clock jumps");
            }
        }
    }

    async fn admit(&mut self, node: usize) {
        let (price, pinned) = self.world.price().await;
        let new = NewCall { id: CallId(self.world.identity()), line: self.line, price: pinned };
        let until_s = price.boundary(150);
        let hold = self.hold(new.id, 0, (price.cost(until_s), until_s), false);
        let call = Call {
            new,
            price,
            node,
            hour_ms: 0,
            holds: vec![],
            asked: 1,
            elapsed_ms: 0,
            proven_ms: None,
            end: None,
        };
        self.ask(Request::Admit { call: Box::new(call), hold }).await;
    }

    fn hold(&self, call: CallId, sequence: u32, to: (i64, u32), grace: bool) -> Posting {
        let (id, amount, until_s) = (EntryId::hold(call, sequence), Micros(to.0), to.1);
        Posting::Hold { id, call, org: self.org, amount, until_s, grace }
    }

    /// A running call, where there is one.
    fn pick(&self, number: usize) -> Option<usize> {
        let running: Vec<usize> = self.model.running().map(|(at, _)| at).collect();
        (!running.is_empty()).then(|| running[number % running.len()])
    }

    async fn extend(&mut self, call: usize, grace: bool) {
        let Some(at) = self.pick(call) else { return };
        let call = &mut self.model.calls[at];
        let reserved_s = call.reserved_s();
        let until_s = call.price.boundary(reserved_s + 60);
        let amount = call.price.cost(until_s) - call.price.cost(reserved_s);
        let (id, node, sequence) = (call.new.id, call.node, call.asked);
        call.asked += 1;
        let posting = self.hold(id, sequence, (amount, until_s), grace);
        self.ask(Request::Post { node, posting }).await;
    }

    async fn prove(&mut self, call: usize, by_ms: u64, late: bool) {
        let Some(at) = self.pick(call) else { return };
        let call = &mut self.model.calls[at];
        let end_ms = u64::from(call.reserved_s()) * 1000;
        call.elapsed_ms = (call.elapsed_ms + by_ms).min(end_ms);
        let elapsed_ms = if late { call.elapsed_ms / 2 } else { call.elapsed_ms };
        let (node, proof) = (call.node, Heartbeat { call: call.new.id, elapsed_ms });
        self.ask(Request::Prove { node, proof }).await;
    }

    async fn post(&mut self, call: usize) {
        let Some(at) = self.pick(call) else { return };
        let call = &mut self.model.calls[at];
        let earliest = call.open().min_by_key(|hold| hold.until_s);
        // The last hold is posted when the call ends.
        let Some(hold) = earliest.filter(|hold| hold.until_s < call.reserved_s()).cloned() else {
            return;
        };
        call.elapsed_ms = call.elapsed_ms.max(u64::from(hold.until_s) * 1000);
        let (node, posting) = (call.node, resolution(hold.id, hold.amount));
        self.ask(Request::Post { node, posting }).await;
    }

    async fn close(&mut self, call: usize, by_ms: u64, chargeable: bool) {
        let Some(at) = self.pick(call) else { return };
        let call = &mut self.model.calls[at];
        let confirmed = chargeable || call.posted() > 0 || call.proven_ms.is_some();
        let end_ms = u64::from(call.reserved_s()) * 1000;
        call.elapsed_ms = (call.elapsed_ms + by_ms).min(end_ms);
        let billable_s = if confirmed { seconds(call.elapsed_ms) } else { 0 };
        let cost = if confirmed { call.price.cost(billable_s) } else { 0 };
        let reason = if confirmed { EndReason::CallerHungUp } else { EndReason::NeverConfirmed };
        let closing =
            Closing { call: call.new.id, postings: call.settling(cost), billable_s, reason };
        let node = call.node;
        self.ask(Request::Close { node, closing }).await;
        let end = self.model.calls[at].end.as_ref().expect("settled");
        assert_eq!(end.amount, cost, "I6: the posts of a call add up to its cost");
    }

    async fn grant(&mut self, amount: i64) {
        let id = EntryId(self.world.identity());
        self.ask(Request::Grant { id, amount }).await;
    }

    async fn overdraft(&mut self, limit: i64) {
        let (store, org) = (self.world.stores[0].clone(), self.org);
        let used = self.model.debits + self.model.pending() - self.model.credits;
        let answer = loop {
            match store.set_overdraft(org, Micros(limit)).await {
                Err(StoreError::Unavailable) => {}
                answer => break answer,
            }
        };
        if limit >= used {
            answer.expect("set");
            self.model.overdraft = limit;
            self.world.count("op: overdraft");
        } else {
            assert!(matches!(answer, Err(StoreError::Conflict(_))), "{answer:?}");
            self.world.count("refused: overdraft below what is used");
        }
    }

    async fn dispute(&mut self, amount: i64) {
        let sql = "UPDATE account SET disputed = $1 WHERE kind = 'credit' AND org = $2";
        self.world.raw.change(sql, amount, &self.org.0.to_string()).await;
        self.model.disputed = amount;
        self.world.count("op: dispute");
    }

    /// Settles in the model what a node left open; gives back how many calls.
    fn orphaned(&mut self, node: usize) -> u32 {
        let open: Vec<usize> =
            self.model.running().filter(|(_, call)| call.node == node).map(|(at, _)| at).collect();
        for &at in &open {
            self.model.recover(at);
        }
        if !open.is_empty() {
            self.world.stamp_hour();
        }
        u32::try_from(open.len()).expect("few")
    }

    async fn crash(&mut self, node: usize) {
        let calls = self.orphaned(node);
        let recovered = self.world.begin(node).await;
        assert!(recovered.calls <= calls, "settled once");
        self.world.count("op: crash");
        *self.world.counts.entry("a crash left a call".into()).or_default() += calls;
    }

    async fn take_over(&mut self, node: usize) {
        let calls = self.orphaned(node);
        let Some(last) = self.model.calls.last().map(|call| call.new.id).filter(|_| calls > 0)
        else {
            return;
        };
        let (stale, recovered) = self.world.take_over(node).await;
        assert!(recovered.calls <= calls, "settled once");
        let (_, price) = self.world.price().await;
        let it = (last, self.org, self.line);
        nothing_can_be_written(&stale, it, price, self.world.now_ms).await;
        self.world.count("op: take-over");
        self.world.count("refused: a stale node admits, proves or closes");
        drop(stale);
        if self.world.nodes.len() > 1 {
            self.world.begin(node).await;
        }
    }

    async fn again(&mut self, request: usize) {
        if self.asked.is_empty() {
            return;
        }
        let request = self.asked[request % self.asked.len()].clone();
        if self.is_overtaken(&request) {
            return;
        }
        self.world.count("op: again");
        self.ask(request).await;
    }

    /// A hold that was refused, for a stretch that was reserved since: no meter asks for it again.
    fn is_overtaken(&self, request: &Request) -> bool {
        let Request::Post { posting: Posting::Hold { id, call, until_s, .. }, .. } = request else {
            return false;
        };
        let call = self.model.find(*call).map(|at| &self.model.calls[at]);
        call.is_some_and(|call| {
            call.reserved_s() >= *until_s && call.holds.iter().all(|hold| hold.id != *id)
        })
    }

    /// The same name with other content is refused, and nothing changes (I5).
    async fn tamper(&mut self, request: usize) {
        if self.asked.is_empty() {
            return;
        }
        let request = self.asked[request % self.asked.len()].clone();
        if let Some(other) = self.altered(request) {
            self.world.count("op: tamper");
            self.ask(other).await;
        }
    }

    /// Another request under the same name, where something stands under it.
    fn altered(&self, request: Request) -> Option<Request> {
        let more = |amount: Micros| Micros(amount.0 + 1);
        let stands = |id: &EntryId| {
            let mut holds = self.model.calls.iter().flat_map(|call| &call.holds);
            holds.any(|hold| hold.id == *id || hold.resolved.is_some_and(|by| by.0 == *id))
        };
        match request {
            Request::Admit { call, hold } => {
                self.model.find(call.new.id)?;
                let Posting::Hold { id, call: of, org, amount, until_s, grace } = hold else {
                    return None;
                };
                let amount = more(amount);
                let hold = Posting::Hold { id, call: of, org, amount, until_s, grace };
                Some(Request::Admit { call, hold })
            }
            Request::Post { node, posting } => {
                let posting = match posting {
                    Posting::Hold { id, call, org, amount, until_s, grace } => {
                        let grace = !grace;
                        Posting::Hold { id, call, org, amount, until_s, grace }
                    }
                    Posting::Post { id, pending, amount } => {
                        Posting::Post { id, pending, amount: more(amount) }
                    }
                    Posting::Void { .. } => return None,
                };
                stands(&posting.id()).then_some(Request::Post { node, posting })
            }
            Request::Close { node, closing } => {
                let billable_s = closing.billable_s + 1;
                let closing = Closing { billable_s, ..closing };
                self.model.find(closing.call).map(|_| Request::Close { node, closing })
            }
            Request::Grant { id, amount } => {
                self.moved(id, Request::Grant { id, amount: amount + 1 })
            }
            Request::Withdraw { id, amount } => {
                self.moved(id, Request::Withdraw { id, amount: amount + 1 })
            }
            Request::Prove { .. } => None,
        }
    }

    fn moved(&self, id: EntryId, request: Request) -> Option<Request> {
        self.model.moved.iter().any(|(known, _)| *known == id).then_some(request)
    }

    /// Whether the answer to what is asked now is lost at first.
    pub(super) const fn is_lost(&self) -> bool {
        self.lost
    }

    async fn finish(&mut self) {
        while self.pick(0).is_some() {
            self.close(0, 30_000, true).await;
        }
        assert_eq!(self.model.pending(), 0, "I9: nothing is held any more");
        self.compare_rows().await;
        self.dispute(0).await;
        self.world.leave().await;
    }
}

/// Asks until the database answers: a busy machine may be late.
async fn retry<T>(mut ask: impl AsyncFnMut() -> Result<T, StoreError>) -> T {
    loop {
        match ask().await {
            Err(StoreError::Unavailable) => {}
            answer => return answer.expect("done"),
        }
    }
}

/// What an answer is called in the count.
pub(super) fn named(what: &str, answer: &PostingResult) -> String {
    match answer {
        PostingResult::Done => format!("{what}: done"),
        PostingResult::NoCredit => format!("refused: {what} without credit"),
        PostingResult::Refused => format!("refused: {what} otherwise"),
        PostingResult::Unavailable => format!("{what}: no answer"),
    }
}

pub(super) fn named_admission(answer: Admission) -> &'static str {
    match answer {
        Admission::Admitted => "admit: admitted",
        Admission::NoCredit => "refused: admit without credit",
        Admission::Closed => "refused: admit to a line that is off",
        Admission::LineFull => "refused: admit to a full line",
        Admission::Refused => "refused: admit otherwise",
        Admission::Unavailable => "admit: no answer",
    }
}
