//! The node's term, tended for as long as the node runs.

use linka_engine::clock;
use linka_store::{Node, Recovered, Store, StoreError, Tending};
use tokio::sync::oneshot;

/// Tends the term in a task of its own. The answer comes when the term is over: another node took
/// this one for dead and settled its calls. From then on the ledger refuses everything, so new calls
/// are answered 503, and calls under way end at the boundary that they have reserved.
pub(crate) fn tend(store: Store, node: Node) -> oneshot::Receiver<()> {
    let (over, answer) = oneshot::channel();
    tokio::spawn(async move {
        let turn = node.rules().turn();
        let mut tending = Tending::new(node, store, clock::now());
        // Ends with the node: nobody waits for the answer any more.
        while !over.is_closed() {
            match tending.turn(clock::now(), clock::wall_ms()).await {
                Ok(Recovered { calls: 0, .. }) => {}
                Ok(settled) => tracing::warn!(
                    calls = settled.calls,
                    free = settled.free,
                    "settled calls of a node that is gone"
                ),
                Err(StoreError::TermOver) => {
                    // Nobody waits any more where the node has stopped by itself.
                    let _ = over.send(());
                    return;
                }
                Err(error) => tracing::warn!(%error, "the database did not hear this node"),
            }
            tokio::time::sleep_until(clock::wake_at(clock::now() + turn)).await;
        }
    });
    answer
}
