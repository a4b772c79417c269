//! Purchases against the entries that they made (I17).

use super::{Books, PAGE, Wrong, rows};
use crate::StoreError;
use crate::sql::{Query, Tx};

/// What came less what went: of the purchase, and of its entries.
const PURCHASES: &str = "
    SELECT purchase.id, purchase.received - purchase.returned,
        CAST(coalesce(sum(CASE WHEN entry.code IN ('refund', 'dispute')
                          THEN -entry.amount ELSE entry.amount END), 0) AS BIGINT)
    FROM purchase
    LEFT JOIN purchase_entry ON purchase_entry.purchase = purchase.id
    LEFT JOIN entry ON entry.id = purchase_entry.entry
    WHERE purchase.id > $1
    GROUP BY purchase.id, purchase.received, purchase.returned
    ORDER BY purchase.id LIMIT $2";

pub(super) async fn check(tx: &mut Tx<'_>, books: &mut Books<'_>) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let page: Vec<(String, i64, i64)> =
            Query::new(PURCHASES).bind(&after).fetch_all(PAGE, tx).await?;
        let Some((last, ..)) = page.last() else { return Ok(()) };
        after.clone_from(last);
        for (id, says, moved) in &page {
            books.equal(("purchase", id), Wrong::Purchase, *says, *moved);
        }
        books.checked(|checked| checked.purchases += rows(&page));
    }
}
