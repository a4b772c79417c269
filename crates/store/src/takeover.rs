//! What a node does every few seconds: show that it lives, and settle the calls of nodes that do
//! not (M13, O1).

use core::time::Duration;

use linka_model::{Micros, OrgId};
use uuid::Uuid;

use crate::complaint::Complaint;
use crate::database::in_time;
use crate::ledger::left_of_running;
use crate::orgs::uuid;
use crate::sql::Query;
use crate::term::Term;
use crate::watch::{Sign, Watch};
use crate::{Node, Recovered, Store, StoreError};

/// So many calls are settled in one turn; what is left waits for the next, so that a node with much
/// to settle still shows that it lives.
const CALLS_A_TURN: u32 = 100;
/// So many nodes are watched at most.
const NODES_MAX: u32 = 1000;

/// A node that tends its term, and the calls of others whose term is over.
#[derive(Debug)]
pub struct Tending {
    node: Node,
    store: Store,
    watch: Watch,
    complaint: Complaint,
    /// Since when the database has given no answer.
    away_since: Option<Duration>,
}

impl Tending {
    /// Begins at an instant of a clock that only goes forward.
    pub const fn new(node: Node, store: Store, now: Duration) -> Self {
        let watch = Watch::new(node.rules(), now);
        Self { node, store, watch, complaint: Complaint::none_yet(), away_since: None }
    }

    /// Does what is to be done, every [`TermRules::turn`](crate::TermRules::turn). [`StoreError::TermOver`] says that another
    /// node settled the calls of this one: it takes no new calls and starts again.
    pub async fn turn(&mut self, now: Duration, now_ms: i64) -> Result<Recovered, StoreError> {
        match self.node.prove(Vec::new()).await {
            Ok(()) => self.away_since = None,
            Err(StoreError::TermOver) => return Err(StoreError::TermOver),
            Err(error) => {
                self.database_is_away(now).await;
                return Err(error);
            }
        }
        self.node.outage.see(self.store.left(self.node.term()).await?);
        if self.store.is_embedded() {
            return Ok(Recovered::default());
        }
        let signs = self.store.signs(self.node.id()).await?;
        for dead in self.watch.look(&signs, now) {
            self.store.end_term(dead).await?;
        }
        self.store.settle_orphans(CALLS_A_TURN, now_ms, &mut self.complaint).await
    }

    /// From now on the node writes into its journal. Its calls may go on beyond what they have
    /// reserved only where no other node can take them over meanwhile, and not for ever (M12, O1).
    async fn database_is_away(&mut self, now: Duration) {
        let since = *self.away_since.get_or_insert(now);
        let in_time = now.saturating_sub(since) < self.node.rules().db_grace;
        self.node.outage.begin(in_time && self.store.is_away_for_all().await);
    }
}

impl Store {
    /// What the organisations of running calls can still spend.
    async fn left(&self, term: &Term) -> Result<Vec<(OrgId, Micros)>, StoreError> {
        in_time(async { left_of_running(&mut self.reader().await?, term).await }).await
    }

    /// The other nodes that carry calls. A node without a call may be silent as long as it likes.
    async fn signs(&self, own: Uuid) -> Result<Vec<Sign>, StoreError> {
        in_time(async {
            let rows: Vec<(String, i64, i64)> = Query::new(
                "SELECT id, epoch, beats FROM node
                 WHERE id <> $1 AND EXISTS (SELECT 1 FROM call WHERE call.node = node.id
                     AND call.epoch = node.epoch AND end_reason IS NULL)
                 ORDER BY id LIMIT $2",
            )
            .bind(own.to_string())
            .fetch_all(NODES_MAX, &mut self.reader().await?)
            .await?;
            let sign = |(id, epoch, beats): (String, i64, i64)| {
                Ok(Sign { node: uuid(&id)?, epoch, beats })
            };
            rows.into_iter().map(sign).collect()
        })
        .await
    }

    /// Ends the term of a node, unless it has shown a sign of life since. Its calls are orphans from
    /// then on, whoever settles them, and it can write nothing more (I20).
    async fn end_term(&self, dead: Sign) -> Result<bool, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let ended = Query::new(
                "UPDATE node SET epoch = epoch + 1, beats = 0
                 WHERE id = $1 AND epoch = $2 AND beats = $3",
            )
            .bind(dead.node.to_string())
            .bind(dead.epoch)
            .bind(dead.beats)
            .execute(&mut tx)
            .await?;
            tx.commit().await?;
            Ok(ended == 1)
        })
        .await
    }
}
