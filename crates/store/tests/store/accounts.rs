//! Accounts: whose they are, how far they may be overdrawn, and what is disputed.

use crate::common::{NOW, ORG, Place, admitted, call, entry, house, on_both, pinned, sound, start};
use linka_metering::{EntryId, Posting, PostingResult};
use linka_model::Micros;
use linka_store::{Admission, Store, StoreError};

on_both!(
    an_overdraft_serves_no_new_call_and_no_withdrawal,
    an_overdraft_serves_a_recording_under_way_to_the_last_unit,
    what_is_disputed_cannot_be_spent_even_where_it_was_spent_already,
    an_overdraft_is_not_set_below_what_is_used,
    accounts_belong_to_whom_their_kind_says,
    an_account_of_the_house_stands_once_a_currency_and_one_of_a_partner_once_each,
    tables_of_another_version_are_refused,
);

async fn available(store: &Store) -> Micros {
    store.available(ORG).await.expect("answers")
}

async fn an_overdraft_serves_no_new_call_and_no_withdrawal(place: Place) {
    // The first hold is 1.50.
    let store = house(&place, 1_499_999).await;
    store.set_overdraft(ORG, Micros(10_000_000)).await.expect("set");
    assert_eq!(available(&store).await, Micros(1_499_999));
    let node = start(&store).await;
    let (new, _, hold) = call(1, pinned(&store).await);
    assert_eq!(node.admit(new, hold, NOW).await, Admission::NoCredit);
    let taken = store.withdraw(entry(1), ORG, Some(Micros(1_500_000)), "slip", NOW).await;
    assert!(matches!(taken, Err(StoreError::NoCredit)));
}

async fn an_overdraft_serves_a_recording_under_way_to_the_last_unit(place: Place) {
    // The first hold takes all of the credit.
    let store = house(&place, 1_500_000).await;
    store.set_overdraft(ORG, Micros(600_000)).await.expect("set");
    let node = start(&store).await;
    let (id, _) = admitted(&node, 1, pinned(&store).await).await;
    let hold = |sequence, amount, grace| Posting::Hold {
        id: EntryId::hold(id, sequence),
        call: id,
        org: ORG,
        amount: Micros(amount),
        until_s: 210,
        grace,
    };
    let asked = vec![hold(1, 1, false), hold(2, 600_001, true), hold(3, 600_000, true)];
    let answers = node.post(asked, NOW).await;
    assert_eq!(answers, [PostingResult::NoCredit, PostingResult::NoCredit, PostingResult::Done]);
    // Asked as an ordinary hold it is another.
    let other = node.post(vec![hold(3, 600_000, false)], NOW).await;
    assert_eq!(other, [PostingResult::Refused]);
    assert_eq!(available(&store).await, Micros(-600_000));
    let sql = "SELECT code FROM entry WHERE kind = 'pending' ORDER BY amount";
    let codes: Vec<(String,)> = place.raw().await.all(sql).await;
    assert_eq!(codes, [("grace".to_owned(),), ("call".to_owned(),)]);
    sound(&store).await;
}

async fn what_is_disputed_cannot_be_spent_even_where_it_was_spent_already(place: Place) {
    let store = house(&place, 5_000_000).await;
    let mut raw = place.raw().await;
    // 5.00 less 3.51 is less than a first hold.
    let dispute = "UPDATE account SET disputed = 3510000 WHERE kind = 'credit'";
    raw.execute(dispute).await.expect("disputed");
    assert_eq!(available(&store).await, Micros(1_490_000));
    let node = start(&store).await;
    let (new, _, hold) = call(1, pinned(&store).await);
    assert_eq!(node.admit(new.clone(), hold, NOW).await, Admission::NoCredit);
    let taken = store.withdraw(entry(1), ORG, Some(Micros(1_490_001)), "slip", NOW).await;
    assert!(matches!(taken, Err(StoreError::NoCredit)));
    // The payer wants back more than was ever left: that is no fault of the books.
    let dispute = "UPDATE account SET disputed = 9000000 WHERE kind = 'credit'";
    raw.execute(dispute).await.expect("disputed");
    assert_eq!(available(&store).await, Micros(-4_000_000));
    let settled = "UPDATE account SET disputed = 0 WHERE kind = 'credit'";
    raw.execute(settled).await.expect("settled");
    assert_eq!(node.admit(new, hold, NOW).await, Admission::Admitted);
}

async fn an_overdraft_is_not_set_below_what_is_used(place: Place) {
    let store = house(&place, 5_000_000).await;
    store.set_overdraft(ORG, Micros(4_000_000)).await.expect("set");
    // 8.00 spent of 5.00: 3.00 are overdrawn.
    let spent = "UPDATE account SET debits = 8000000 WHERE kind = 'credit'";
    place.raw().await.execute(spent).await.expect("spent");
    for limit in [2_999_999, -1] {
        let set = store.set_overdraft(ORG, Micros(limit)).await;
        assert!(matches!(set, Err(StoreError::Conflict(_))), "{limit}");
    }
    store.set_overdraft(ORG, Micros(3_000_000)).await.expect("set");
    let further = "UPDATE account SET debits = debits + 1 WHERE kind = 'credit'";
    assert!(place.raw().await.execute(further).await.is_err());
}

async fn accounts_belong_to_whom_their_kind_says(place: Place) {
    let _store = house(&place, 1).await;
    let mut raw = place.raw().await;
    for wrong in [
        "INSERT INTO account (id, kind, currency) VALUES ('a', 'credit', 'CZK')",
        "INSERT INTO account (id, kind, currency) VALUES ('a', 'receivable_partner', 'CZK')",
        "INSERT INTO account (id, kind, currency, partner) VALUES ('a', 'fx', 'CZK', 'p')",
        "INSERT INTO account (id, kind, currency, org) SELECT 'a', 'budget', 'CZK', id FROM org",
        "INSERT INTO account (id, kind, currency, disputed) VALUES ('a', 'fx', 'CZK', 1)",
        "INSERT INTO account (id, kind, currency, overdraft_limit) VALUES ('a', 'fx', 'CZK', 1)",
        "INSERT INTO account (id, kind, currency) VALUES ('a', 'loan', 'CZK')",
    ] {
        let reason = raw.execute(wrong).await.expect_err(wrong).to_string().to_lowercase();
        assert!(reason.contains("check"), "{wrong}: {reason}");
    }
}

async fn an_account_of_the_house_stands_once_a_currency_and_one_of_a_partner_once_each(
    place: Place,
) {
    let _store = house(&place, 1).await;
    let mut raw = place.raw().await;
    for right in [
        "INSERT INTO account (id, kind, currency) VALUES ('a', 'write_off', 'USD')",
        "INSERT INTO account (id, kind, currency) VALUES ('b', 'write_off', 'EUR')",
        "INSERT INTO account (id, kind, currency, partner)
         VALUES ('c', 'receivable_partner', 'CZK', 'p')",
        "INSERT INTO account (id, kind, currency, partner)
         VALUES ('d', 'receivable_partner', 'CZK', 'q')",
    ] {
        assert_eq!(raw.execute(right).await.expect(right), 1);
    }
    for twin in [
        "INSERT INTO account (id, kind, currency) VALUES ('e', 'write_off', 'USD')",
        "INSERT INTO account (id, kind, currency, partner)
         VALUES ('f', 'receivable_partner', 'CZK', 'p')",
        "INSERT INTO account (id, kind, currency, org) SELECT 'g', 'credit', 'CZK', id FROM org",
    ] {
        let reason = raw.execute(twin).await.expect_err(twin).to_string().to_lowercase();
        assert!(reason.contains("unique"), "{twin}: {reason}");
    }
}

async fn tables_of_another_version_are_refused(place: Place) {
    let store = house(&place, 1).await;
    store.close().await;
    let later = "UPDATE _sqlx_migrations SET version = version + 9000";
    place.raw().await.execute(later).await.expect("tampered");
    let error = place.try_open().await.expect_err("refused");
    assert!(matches!(error, StoreError::Foreign));
    assert!(error.to_string().contains("demo --fresh"));
}
