//! Money of calls: the engine's ledger on the store's node.

use std::sync::Arc;

use linka_engine::clock;
use linka_engine::ports::{Admission, AdmitCall, BoxFuture, CallLedger, CloseCall, Unavailable};
use linka_metering::{Posting, PostingResult};
use linka_model::CallId;
use linka_store::{self as store, CardVersion, Closing, Heartbeat, NewCall, Node, Pinned};

use super::Refusals;

/// Posts through the one batching task of this node.
pub(crate) struct Ledger {
    pub(crate) node: Node,
    pub(crate) refusals: Arc<Refusals>,
}

impl CallLedger for Ledger {
    fn admit(&self, call: AdmitCall, hold: Posting) -> BoxFuture<'_, Admission> {
        let price = Pinned {
            version: CardVersion(call.rate.version),
            origin: call.origin,
            rate: call.rate.rate,
        };
        let new = NewCall { id: call.call, line: call.line, price };
        Box::pin(async move {
            match self.node.admit(new, hold, clock::wall_ms()).await {
                store::Admission::Admitted => Admission::Admitted,
                store::Admission::NoCredit => {
                    self.count(&hold);
                    Admission::Closed
                }
                store::Admission::Closed => Admission::Closed,
                store::Admission::LineFull => Admission::LineFull,
                store::Admission::Unavailable | store::Admission::Refused => Admission::Unavailable,
            }
        })
    }

    fn post(&self, postings: Vec<Posting>) -> BoxFuture<'_, Vec<PostingResult>> {
        Box::pin(self.node.post(postings, clock::wall_ms()))
    }

    fn heartbeat(&self, running: Vec<(CallId, u64)>) -> BoxFuture<'_, Result<(), Unavailable>> {
        let proofs = running.into_iter().map(|(call, elapsed_ms)| Heartbeat { call, elapsed_ms });
        let proofs = proofs.collect();
        Box::pin(async move { self.node.prove(proofs).await.map_err(|_| Unavailable) })
    }

    fn close(&self, close: CloseCall) -> BoxFuture<'_, Result<(), Unavailable>> {
        let closing = Closing {
            call: close.call,
            postings: close.postings,
            billable_s: close.billable_s,
            reason: close.reason,
        };
        Box::pin(async move {
            match self.node.close(closing, clock::wall_ms()).await {
                // A call that never stood in the books needs no end.
                Ok(_) | Err(store::StoreError::NotFound(_)) => Ok(()),
                // Another node has settled it; asking again changes nothing.
                Err(store::StoreError::TermOver) => Ok(()),
                Err(error @ store::StoreError::Conflict(_)) => {
                    tracing::error!(%error, "a call cannot be closed, and never will: `linka ledger audit` says more");
                    Ok(())
                }
                Err(error) => {
                    tracing::warn!(%error, "a call could not be closed yet");
                    Err(Unavailable)
                }
            }
        })
    }
}

impl Ledger {
    /// Two calls asked for the same credit, and this one came second.
    fn count(&self, hold: &Posting) {
        if let Posting::Hold { org, .. } = hold {
            self.refusals.add(*org);
        }
    }
}
