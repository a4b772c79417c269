//! Telling the payer that a transfer became credit.

use linka_model::Micros;
use uuid::Uuid;

use crate::credit::balance;
use crate::purchases::PurchaseRow;
use crate::sql::Tx;
use crate::{Notice, PayTo, StoreError, outbox};

/// A transfer that became credit, of which the payer is told.
pub(super) struct Came<'a> {
    pub(super) id: Uuid,
    pub(super) amount: Micros,
    pub(super) account: &'a str,
}

impl Came<'_> {
    pub(super) async fn tell(
        &self,
        tx: &mut Tx<'_>,
        row: &PurchaseRow,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let (id, received) = (row.purchase.id().0, self.amount);
        let missing = row.purchase.asked().checked_sub(row.purchase.received());
        let notice = match missing.filter(|missing| *missing > Micros::ZERO) {
            Some(missing) => Notice::PaymentPartlyReceived {
                purchase: id,
                received,
                asked: row.purchase.asked(),
                missing,
                pay_to: self.pay_to(row),
            },
            None => {
                let available = balance(tx, row.org).await?.1;
                Notice::PaymentReceived { purchase: id, received, available }
            }
        };
        outbox::queue(tx, Some(row.org), &notice, self.id, now_ms).await
    }

    /// The account that the first part came to.
    fn pay_to(&self, row: &PurchaseRow) -> PayTo {
        let euro = row.purchase.currency().as_str() == "EUR";
        let reference = row
            .symbol
            .map(|symbol| if euro { symbol.rf().as_str().to_owned() } else { symbol.to_string() });
        let reference = reference.unwrap_or_default();
        PayTo { iban: self.account.to_owned(), bic: None, reference }
    }
}
