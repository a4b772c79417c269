//! What a node does every few seconds: show that it lives, and settle the calls of nodes that do
//! not (M13, O1).

use core::time::Duration;

use uuid::Uuid;

use crate::complaint::Complaint;
use crate::database::in_time;
use crate::orgs::uuid;
use crate::sql::Query;
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
}

impl Tending {
    /// Begins at an instant of a clock that only goes forward.
    pub const fn new(node: Node, store: Store, now: Duration) -> Self {
        let watch = Watch::new(node.rules(), now);
        Self { node, store, watch, complaint: Complaint::none_yet() }
    }

    /// Does what is to be done, every [`TermRules::turn`](crate::TermRules::turn). [`StoreError::TermOver`] says that another
    /// node settled the calls of this one: it takes no new calls and starts again.
    pub async fn turn(&mut self, now: Duration, now_ms: i64) -> Result<Recovered, StoreError> {
        self.node.prove(Vec::new()).await?;
        if self.store.is_embedded() {
            return Ok(Recovered::default());
        }
        let signs = self.store.signs(self.node.id()).await?;
        for dead in self.watch.look(&signs, now) {
            self.store.end_term(dead).await?;
        }
        self.store.settle_orphans(CALLS_A_TURN, now_ms, &mut self.complaint).await
    }
}

impl Store {
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
