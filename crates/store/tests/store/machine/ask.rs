//! A request to the store and to the model: both must answer alike.

use core::time::Duration;

use linka_metering::{EntryId, Posting, PostingResult};
use linka_model::Micros;
use linka_store::{Admission, Closing, StoreError};

use super::case::{Case, Request, named, named_admission};
use super::model::Call;
use crate::common::admit_at;

impl Case<'_> {
    /// Asks both, compares the answers and remembers what was asked.
    pub(super) async fn ask(&mut self, request: Request) {
        if self.is_lost() {
            self.send_and_forget(&request).await;
            self.world.count("op: lost answer");
        }
        self.asked.push(request.clone());
        match request {
            Request::Admit { call, hold } => Box::pin(self.ask_to_admit(*call, hold)).await,
            Request::Post { node, posting } => Box::pin(self.ask_to_post(node, posting)).await,
            Request::Prove { node, proof } => {
                let node = self.world.node(node);
                while matches!(node.prove(vec![proof]).await, Err(StoreError::Unavailable)) {}
                let running = self.model.find(proof.call).map(|at| &mut self.model.calls[at]);
                if let Some(call) = running.filter(|call| call.end.is_none()) {
                    call.proven_ms = call.proven_ms.max(Some(proof.elapsed_ms));
                }
                self.world.count("op: prove");
            }
            Request::Close { node, closing } => Box::pin(self.ask_to_close(node, &closing)).await,
            Request::Grant { id, amount } => Box::pin(self.move_credit(id, amount, true)).await,
            Request::Withdraw { id, amount } => Box::pin(self.move_credit(id, amount, false)).await,
        }
    }

    async fn ask_to_admit(&mut self, mut call: Call, hold: Posting) {
        let (new, node) = (call.new.clone(), self.world.node(call.node));
        let answer = admit_at(&node, new, hold, self.world.now_ms).await;
        let last_ms = self.world.last_ms;
        call.hour_ms = self.world.stamp_hour();
        let expected = self.model.admit(call, &hold);
        if expected != Admission::Admitted {
            self.world.last_ms = last_ms;
        }
        assert_eq!(answer, expected);
        self.world.count(named_admission(answer));
    }

    async fn ask_to_post(&mut self, node: usize, posting: Posting) {
        let node = self.world.node(node);
        let answer = loop {
            let answer = node.post(vec![posting], self.world.now_ms).await[0];
            if answer != PostingResult::Unavailable {
                break answer;
            }
        };
        self.world.stamp_hour();
        assert_eq!(answer, self.model.apply(&posting));
        let what = match posting {
            Posting::Hold { grace: true, .. } => "grace",
            Posting::Hold { .. } => "extend",
            Posting::Post { .. } | Posting::Void { .. } => "post",
        };
        self.world.count(named(what, &answer));
    }

    async fn ask_to_close(&mut self, node: usize, closing: &Closing) {
        let node = self.world.node(node);
        let answer = loop {
            match node.close(closing.clone(), self.world.now_ms).await {
                Err(StoreError::Unavailable) => {}
                answer => break answer,
            }
        };
        match self.model.close(closing) {
            Some(amount) => {
                self.world.stamp_hour();
                assert_eq!(answer.expect("settled"), Micros(amount));
                self.world.count("close: settled");
            }
            None => {
                assert!(matches!(answer, Err(StoreError::Conflict(_))), "{answer:?}");
                self.world.count("refused: close otherwise");
            }
        }
    }

    /// The request arrives, and nobody hears the answer.
    async fn send_and_forget(&mut self, request: &Request) {
        let now_ms = self.world.now_ms;
        let soon = Duration::ZERO;
        match request {
            Request::Admit { call, hold } => {
                let node = self.world.node(call.node);
                drop(tokio::time::timeout(soon, node.admit(call.new.clone(), *hold, now_ms)).await);
            }
            Request::Post { node, posting } => {
                let node = self.world.node(*node);
                drop(tokio::time::timeout(soon, node.post(vec![*posting], now_ms)).await);
            }
            Request::Prove { node, proof } => {
                let node = self.world.node(*node);
                drop(tokio::time::timeout(soon, node.prove(vec![*proof])).await);
            }
            Request::Close { node, closing } => {
                let node = self.world.node(*node);
                drop(tokio::time::timeout(soon, node.close(closing.clone(), now_ms)).await);
            }
            Request::Grant { id, amount } => drop(self.send_credit(*id, *amount, true).await),
            Request::Withdraw { id, amount } => drop(self.send_credit(*id, *amount, false).await),
        }
    }

    async fn send_credit(&self, id: EntryId, amount: i64, grants: bool) -> Result<(), StoreError> {
        let (store, org, now_ms) = (&self.world.stores[0], self.org, self.world.now_ms);
        if grants {
            store.grant(id, org, Micros(amount), "granted", now_ms).await.map(drop)
        } else {
            store.withdraw(id, org, Some(Micros(amount)), "withdrawn", now_ms).await.map(drop)
        }
    }

    async fn move_credit(&mut self, id: EntryId, amount: i64, grants: bool) {
        let answer = loop {
            match self.send_credit(id, amount, grants).await {
                Err(StoreError::Unavailable) => {}
                answer => break answer,
            }
        };
        let what = if grants { "grant" } else { "withdraw" };
        match self.model.moved.iter().find(|(known, _)| *known == id) {
            Some((_, known)) if *known == amount => {
                answer.expect("the same");
                self.world.count(format!("{what}: known"));
            }
            Some(_) => {
                assert!(matches!(answer, Err(StoreError::Conflict(_))), "{answer:?}");
                self.world.count(format!("refused: {what} otherwise"));
            }
            None if grants || amount <= self.model.available() => {
                answer.expect("moved");
                self.model.moved.push((id, amount));
                let side = if grants { &mut self.model.credits } else { &mut self.model.debits };
                *side += amount;
                self.world.stamp();
                self.world.count(format!("{what}: done"));
            }
            None => {
                assert!(matches!(answer, Err(StoreError::NoCredit)), "{answer:?}");
                self.world.count(format!("refused: {what} without credit"));
            }
        }
    }
}
