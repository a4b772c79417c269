//! One sequence: an organisation of its own, each step done in the store and in the model.

use std::collections::BTreeMap;

use linka_metering::EntryId;
use linka_metering::plan::Zone;
use linka_model::{Did, LineId, LineKind, LineState, Micros, OrgId};
use linka_store::{NewLine, QUARANTINE_DAYS_MIN, Release, Store, StoreError};
use uuid::Uuid;

use super::Op;
use super::model::{Line, Model, Period};
use crate::common::{NOW, Place, Raw, card, order, sound};
use crate::fees::{LANDLINES, TOLL_FREE};

/// Lines of an organisation.
const LINES_MAX: usize = 7;
/// After so many sequences the whole books are audited.
const AUDIT_EVERY: u32 = 20;
const HOUR: i64 = 3_600_000;

/// What all sequences of one database share. Time goes on from one to the next, as stamps do.
pub(super) struct World {
    _place: Place,
    store: Store,
    raw: Raw,
    now: i64,
    last: i64,
    made: u128,
    sequences: u32,
    pub(super) counts: BTreeMap<&'static str, u32>,
}

impl World {
    pub(super) async fn new(place: Place) -> Self {
        let store = place.open().await;
        for yaml in [LANDLINES, TOLL_FREE] {
            store.load_card(&card(yaml)).await.expect("loaded");
        }
        let raw = place.raw().await;
        let counts = BTreeMap::new();
        Self { _place: place, store, raw, now: NOW, last: 0, made: 0, sequences: 0, counts }
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn identity(&mut self) -> Uuid {
        self.made += 1;
        Uuid::from_u128(0xFEE0_0000_0000 + self.made)
    }

    fn did(line: LineId) -> Did {
        let number = line.0.as_u128() & 0xFFFF_FFFF;
        format!("+420{:09}", 200_000_000 + number).parse().expect("a number")
    }

    pub(super) async fn run(&mut self, steps: &[Op]) {
        let org = OrgId(self.identity());
        let name = org.0.to_string();
        let czk = || "CZK".parse().expect("CZK");
        retry(async || self.store.create_org(org, &name, czk()).await).await;
        let zone = Zone::named("Etc/UTC").expect("a zone");
        retry(async || self.store.set_zone(org, &zone).await).await;
        let mut model = Model { last: self.last, ..Model::default() };
        for step in steps {
            self.step(org, &mut model, step).await;
            self.compare(org, &mut model).await;
        }
        for at in 0..model.lines.len() {
            self.cancel(&mut model, at).await;
        }
        self.compare(org, &mut model).await;
        self.last = model.last;
        self.sequences += 1;
        if self.sequences.is_multiple_of(AUDIT_EVERY) {
            sound(&self.store).await;
        }
    }

    async fn step(&mut self, org: OrgId, model: &mut Model, op: &Op) {
        match *op {
            Op::Order { toll_free } if model.lines.len() < LINES_MAX => {
                self.order(org, model, toll_free).await;
                self.count("op: order");
            }
            Op::TopUp { crowns } => {
                let (id, amount) = (EntryId(self.identity()), Micros(crowns * 1_000_000));
                let now = self.now;
                retry(async || self.store.grant(id, org, amount, "more", now).await).await;
                model.top_up(amount.0, now);
                self.count("op: top up");
            }
            Op::Time { hours } => {
                self.now += hours * HOUR;
                let now = self.now;
                retry(async || self.store.review_fees(now).await).await;
                model.settle(now);
                self.count("op: time");
            }
            Op::Cancel { line } if !model.lines.is_empty() => {
                self.cancel(model, line % model.lines.len()).await;
                self.count("op: cancel");
            }
            Op::Confirm { line } if !model.lines.is_empty() => {
                let at = line % model.lines.len();
                let (now, id) = (self.now, model.lines[at].id);
                let answer = loop {
                    match self.store.confirm_release(id, now).await {
                        Err(StoreError::Unavailable) => {}
                        answer => break answer,
                    }
                };
                let pending = model.lines[at].state == LineState::ReleasePending;
                assert_eq!(answer.is_ok(), pending, "{answer:?}");
                if pending {
                    model.confirm(at, now);
                    self.count("op: confirm");
                }
            }
            Op::Order { .. } | Op::Cancel { .. } | Op::Confirm { .. } => {}
        }
    }

    async fn order(&mut self, org: OrgId, model: &mut Model, toll_free: bool) {
        let id = LineId(self.identity());
        let kind = if toll_free { LineKind::TollFree } else { LineKind::Landline };
        let new = NewLine { id, org, kind, at_ms: self.now, ..order(0, &id.0.to_string()) };
        retry(async || self.store.order_line(&new).await).await;
        let now = self.now;
        model.last = model.last.max(now);
        model.lines.push(Line::new(id, toll_free));
        let state = retry(async || self.store.register_number(id, &Self::did(id), now).await).await;
        if model.credit > 0 {
            model.lines.last_mut().expect("one").state = LineState::Ready;
            model.look(now);
        }
        assert_eq!(state, model.lines.last().expect("one").state);
    }

    async fn cancel(&mut self, model: &mut Model, at: usize) {
        if model.lines[at].state == LineState::Released {
            return;
        }
        let (now, did) = (self.now, Self::did(model.lines[at].id));
        let release = Release { did, wished: true, quarantine_days: QUARANTINE_DAYS_MIN };
        retry(async || self.store.release_number(&release, now).await).await;
        model.cancel(at, now);
    }

    /// Credit, states and periods are those of the model, and no others.
    async fn compare(&mut self, org: OrgId, model: &mut Model) {
        for what in std::mem::take(&mut model.happened) {
            self.count(what);
        }
        let available = retry(async || self.store.available(org).await).await;
        assert_eq!(available, Micros(model.credit));
        let id = org.0.to_string();
        let sql = "SELECT id, state FROM line WHERE org = $1 ORDER BY id";
        let states: Vec<(String, String)> = self.raw.all_of(sql, &id).await;
        let told = |line: &Line| (line.id.0.to_string(), line.state.as_str().to_owned());
        assert_eq!(states, model.lines.iter().map(told).collect::<Vec<_>>());
        let sql = "SELECT start_ms, end_ms, amount, returned FROM fee_period
             JOIN line ON line.id = fee_period.line WHERE line.org = $1
             ORDER BY line.id, start_ms";
        let periods: Vec<Period> = self.raw.all_of(sql, &id).await;
        let expected: Vec<Period> =
            model.lines.iter().flat_map(|line| line.periods.iter().copied()).collect();
        assert_eq!(periods, expected, "I15, I16");
    }
}

/// Asks until there is an answer: a busy machine may be late.
async fn retry<T>(ask: impl AsyncFn() -> Result<T, StoreError>) -> T {
    loop {
        match ask().await {
            Err(StoreError::Unavailable) => {}
            answer => return answer.expect("done"),
        }
    }
}
