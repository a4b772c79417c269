//! Entries of bank statements: each is taken once, and what nobody can place waits for a person.

use linka_model::Micros;
use linka_payment::purchase::{PurchaseId, State};
use linka_payment::statement::{Entry, Identity};
use linka_store::{Booked, Means, PurchaseRow, Store, StoreError};
use uuid::Uuid;

use crate::common::{NOW, ORG, Place, empty, entry as entry_id, on_both, sound};
use crate::purchases::{available, purchase, refund};

on_both!(
    a_transfer_credits_what_came_once_however_often_it_is_imported,
    parts_and_too_much_are_credited_as_they_come,
    a_bank_that_takes_a_transfer_back_takes_the_credit_even_when_it_is_spent,
    money_that_the_operator_sends_back_leaves_the_credit_alone,
    the_debit_that_pays_a_refund_out_is_known_by_it,
    a_debit_that_is_not_marked_waits_and_a_person_takes_the_credit_back,
    one_payment_from_two_exports_is_credited_once,
    what_nobody_can_place_waits_until_a_person_assigns_it_or_sends_it_back,
    what_is_not_booked_or_not_ours_leaves_nothing_behind,
    a_refund_of_a_transfer_is_booked_at_once,
);

const CROWN: i64 = 1_000_000;
const ACCOUNT: &str = "CZ6508000000192000145399";

fn entry(reference: &str, crowns: i64, symbol: Option<u64>) -> Entry {
    let amount = Micros(crowns * CROWN);
    let date = "2026-11-24".parse().expect("a day");
    Entry {
        identity: Identity {
            account: ACCOUNT.to_owned(),
            bank_reference: reference.to_owned(),
            amount,
            date,
        },
        amount,
        currency: "CZK".parse().expect("CZK"),
        booked: true,
        date,
        variable_symbol: symbol,
        reference: None,
        text: "Dobry den".to_owned(),
        reversal: false,
    }
}

async fn take(store: &Store, entry: &Entry) -> Booked {
    store.take_bank_entry(entry, NOW).await.expect("answers")
}

async fn invoiced(store: &Store, n: u128, crowns: i64) -> PurchaseRow {
    store.order_credit(&purchase(n, Means::Invoice, crowns), NOW).await.expect("ordered")
}

fn symbol(row: &PurchaseRow) -> Option<u64> {
    row.symbol.map(linka_payment::VariableSymbol::number)
}

async fn state(store: &Store, id: PurchaseId) -> State {
    store.purchase(id).await.expect("answers").expect("there").purchase.state()
}

async fn a_transfer_credits_what_came_once_however_often_it_is_imported(place: Place) {
    let store = empty(&place).await;
    let row = invoiced(&store, 1, 500).await;
    let paid = entry("E1", 500, symbol(&row));
    let booked = take(&store, &paid).await;
    assert!(matches!(booked, Booked::Credited { amount: Micros(500_000_000), .. }), "{booked:?}");
    assert_eq!(take(&store, &paid).await, Booked::Known);
    assert_eq!(state(&store, row.purchase.id()).await, State::Credited);
    assert_eq!(available(&store).await, 500 * CROWN);
    // Paid twice by the payer: the order lacks nothing, so a person has to look.
    let again = take(&store, &entry("E2", 500, symbol(&row))).await;
    assert!(matches!(again, Booked::Unmatched { .. }), "{again:?}");
    assert_eq!(available(&store).await, 500 * CROWN);
    let sql = "SELECT note FROM bank_entry WHERE state = 'credited'";
    assert_eq!(place.raw().await.one::<(String,)>(sql).await.0, "", "no text is kept");
    sound(&store).await;
}

async fn parts_and_too_much_are_credited_as_they_come(place: Place) {
    let store = empty(&place).await;
    let row = invoiced(&store, 1, 500).await;
    let id = row.purchase.id();
    take(&store, &entry("E1", 200, symbol(&row))).await;
    assert_eq!(state(&store, id).await, State::PartlyPaid);
    assert_eq!(available(&store).await, 200 * CROWN);
    take(&store, &entry("E2", 400, symbol(&row))).await;
    assert_eq!(state(&store, id).await, State::Credited);
    assert_eq!(available(&store).await, 600 * CROWN);
    let sql = "SELECT notice FROM outbox WHERE notice LIKE '%purchase%' ORDER BY length(notice)";
    let notices: Vec<(String,)> = place.raw().await.all(sql).await;
    let (whole, part) = (&notices[0].0, &notices[1].0);
    assert!(whole.contains("payment_received") && whole.contains("600000000"), "{whole}");
    assert!(part.contains("payment_partly_received") && part.contains(ACCOUNT), "{part}");
    // 500 asked less 200 received.
    assert!(part.contains(r#""missing":300000000"#), "{part}");
    sound(&store).await;
}

async fn a_bank_that_takes_a_transfer_back_takes_the_credit_even_when_it_is_spent(place: Place) {
    let store = empty(&place).await;
    let row = invoiced(&store, 1, 500).await;
    take(&store, &entry("E1", 500, symbol(&row))).await;
    let spent = Some(Micros(100 * CROWN));
    store.withdraw(entry_id(1), ORG, spent, "spent", NOW).await.expect("spent");
    let back = Entry { reversal: true, ..entry("E2", -500, symbol(&row)) };
    let booked = take(&store, &back).await;
    assert!(matches!(booked, Booked::TakenBack { amount: Micros(500_000_000), .. }), "{booked:?}");
    assert_eq!(take(&store, &back).await, Booked::Known);
    // Another one of the same amount finds nothing to take back.
    let another = Entry { reversal: true, ..entry("E3", -500, symbol(&row)) };
    assert!(matches!(take(&store, &another).await, Booked::Unmatched { .. }));
    assert_eq!(state(&store, row.purchase.id()).await, State::Pending);
    // 500 − 100 − 500.
    assert_eq!(available(&store).await, -100 * CROWN);
    sound(&store).await;
    // It is paid again after all, another day.
    let mut later = entry("E4", 500, symbol(&row));
    later.identity.date = "2026-11-25".parse().expect("a day");
    take(&store, &later).await;
    assert_eq!(available(&store).await, 400 * CROWN);
    sound(&store).await;
}

async fn money_that_the_operator_sends_back_leaves_the_credit_alone(place: Place) {
    let store = empty(&place).await;
    let row = invoiced(&store, 1, 500).await;
    take(&store, &entry("E1", 500, symbol(&row))).await;
    // Paid twice: the second goes back, under the symbol that it came with.
    let second = entry("E2", 500, symbol(&row));
    take(&store, &second).await;
    store.give_back(second.identity.id()).await.expect("noted");
    let debit = entry("E3", -500, symbol(&row));
    let sent = take(&store, &debit).await;
    assert_eq!(sent, Booked::SentBack { amount: Micros(500 * CROWN) });
    assert_eq!(take(&store, &debit).await, Booked::Known);
    assert_eq!(available(&store).await, 500 * CROWN);
    assert_eq!(state(&store, row.purchase.id()).await, State::Credited);
    // It is sent back once; the next debit is a question.
    let next = take(&store, &entry("E4", -500, symbol(&row))).await;
    assert!(matches!(next, Booked::Unmatched { .. }), "{next:?}");
    assert_eq!(available(&store).await, 500 * CROWN);
    sound(&store).await;
}

async fn the_debit_that_pays_a_refund_out_is_known_by_it(place: Place) {
    let store = empty(&place).await;
    let row = invoiced(&store, 1, 500).await;
    take(&store, &entry("E1", 250, symbol(&row))).await;
    let mut second = entry("E2", 250, symbol(&row));
    second.identity.date = "2026-11-25".parse().expect("a day");
    take(&store, &second).await;
    // 250 of the 500 go back to the payer, as a row that waits for its transfer.
    store.refund(&refund(7, Some(250 * CROWN)), NOW).await.expect("booked");
    assert_eq!(available(&store).await, 250 * CROWN);
    let sent = take(&store, &entry("E3", -250, symbol(&row))).await;
    assert_eq!(sent, Booked::SentBack { amount: Micros(250 * CROWN) });
    assert_eq!(available(&store).await, 250 * CROWN);
    let next = take(&store, &entry("E4", -250, symbol(&row))).await;
    assert!(matches!(next, Booked::Unmatched { .. }), "{next:?}");
    sound(&store).await;
}

async fn a_debit_that_is_not_marked_waits_and_a_person_takes_the_credit_back(place: Place) {
    let store = empty(&place).await;
    let row = invoiced(&store, 1, 500).await;
    let id = row.purchase.id();
    // Read before its payment: it waits, and is not lost.
    let debit = entry("E2", -500, symbol(&row));
    assert!(matches!(take(&store, &debit).await, Booked::Unmatched { .. }));
    let none = store.take_back(debit.identity.id(), id, NOW).await;
    assert!(matches!(none, Err(StoreError::Conflict(_))), "{none:?}");
    take(&store, &entry("E1", 500, symbol(&row))).await;
    assert_eq!(available(&store).await, 500 * CROWN);
    let taken = store.take_back(debit.identity.id(), id, NOW).await.expect("taken back");
    assert_eq!(taken.purchase.state(), State::Pending);
    assert_eq!(available(&store).await, 0);
    let again = store.take_back(debit.identity.id(), id, NOW).await;
    assert!(matches!(again, Err(StoreError::NotFound(_))), "{again:?}");
    // A payment that a person placed comes back marked, under the purchase's symbol.
    let nameless = entry("E5", 300, None);
    take(&store, &nameless).await;
    store.assign(nameless.identity.id(), id, NOW).await.expect("assigned");
    assert_eq!(available(&store).await, 300 * CROWN);
    let back = Entry { reversal: true, ..entry("E6", -300, symbol(&row)) };
    assert!(matches!(take(&store, &back).await, Booked::TakenBack { .. }));
    assert_eq!(available(&store).await, 0);
    sound(&store).await;
}

async fn one_payment_from_two_exports_is_credited_once(place: Place) {
    let store = empty(&place).await;
    let row = invoiced(&store, 1, 500).await;
    take(&store, &entry("1158218819", 200, symbol(&row))).await;
    let other = entry("000-0111-001", 200, symbol(&row));
    let twin = take(&store, &other).await;
    assert!(matches!(twin, Booked::Unmatched { .. }), "{twin:?}");
    assert_eq!(available(&store).await, 200 * CROWN);
    // A person knows that the payer did pay twice that day.
    store.assign(other.identity.id(), row.purchase.id(), NOW).await.expect("assigned");
    assert_eq!(available(&store).await, 400 * CROWN);
    sound(&store).await;
}

async fn what_nobody_can_place_waits_until_a_person_assigns_it_or_sends_it_back(place: Place) {
    let store = empty(&place).await;
    let row = invoiced(&store, 1, 500).await;
    let number = symbol(&row).expect("a symbol");
    let mut euro = entry("E1", 20, Some(number));
    euro.currency = "EUR".parse().expect("EUR");
    let mut text = entry("E2", 30, None);
    text.text = format!("kredit {number} dekujeme");
    let wrong = entry("E3", 40, Some(number + 1));
    for one in [&euro, &text, &wrong, &entry("E4", 50, None)] {
        let booked = take(&store, one).await;
        assert!(matches!(booked, Booked::Unmatched { .. }), "{booked:?}");
        assert_eq!(take(&store, one).await, Booked::Known);
    }
    assert_eq!(available(&store).await, 0);
    let queue = store.unmatched().await.expect("answers");
    let suggested: Vec<_> = queue.iter().filter(|entry| entry.suggestion.is_some()).collect();
    assert_eq!((queue.len(), suggested.len()), (4, 1));
    assert_eq!(suggested[0].suggestion, Some(row.purchase.id()));
    assert!(suggested[0].note.contains("dekujeme"));

    let assigned = store.assign(suggested[0].id, row.purchase.id(), NOW).await.expect("assigned");
    assert_eq!(assigned.purchase.state(), State::PartlyPaid);
    assert_eq!(available(&store).await, 30 * CROWN);
    let again = store.assign(suggested[0].id, row.purchase.id(), NOW).await;
    assert!(matches!(again, Err(StoreError::NotFound(_))));
    // Another currency is refused, and stays in the queue.
    let refused = store.assign(euro.identity.id(), row.purchase.id(), NOW).await;
    assert!(matches!(refused, Err(StoreError::Payment(_))), "{refused:?}");
    let sent = store.give_back(euro.identity.id()).await.expect("given back");
    assert_eq!(sent, Micros(20 * CROWN));
    assert_eq!(store.unmatched().await.expect("answers").len(), 2);
    assert!(store.give_back(Uuid::from_u128(1)).await.is_err());
    sound(&store).await;
}

async fn what_is_not_booked_or_not_ours_leaves_nothing_behind(place: Place) {
    let store = empty(&place).await;
    let row = invoiced(&store, 1, 500).await;
    let mut pending = entry("E1", 500, symbol(&row));
    pending.booked = false;
    assert_eq!(take(&store, &pending).await, Booked::Passed);
    assert_eq!(take(&store, &entry("E2", -70, None)).await, Booked::Passed);
    // Once it is booked it counts.
    assert!(matches!(take(&store, &entry("E1", 500, symbol(&row))).await, Booked::Credited { .. }));
    let sql = "SELECT CAST(count(*) AS BIGINT) FROM bank_entry";
    assert_eq!(place.raw().await.one::<(i64,)>(sql).await.0, 1);
}

async fn a_refund_of_a_transfer_is_booked_at_once(place: Place) {
    let store = empty(&place).await;
    let row = invoiced(&store, 1, 500).await;
    take(&store, &entry("E1", 500, symbol(&row))).await;
    let parts = store.refund(&refund(7, Some(120 * CROWN)), NOW).await.expect("booked");
    assert_eq!(parts[0].purchase.purchase.state(), State::PartlyRefunded);
    assert_eq!(available(&store).await, 380 * CROWN);
    sound(&store).await;
}
