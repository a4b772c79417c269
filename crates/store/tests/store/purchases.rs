//! Purchases of credit: what providers tell becomes entries of the ledger, once.

use linka_model::{LineState, Micros};
use linka_payment::card::Who;
use linka_payment::purchase::{Event, PurchaseId, Refusal, State};
use linka_store::{
    Checkout, Means, NewPurchase, NewRefund, PurchaseRow, RefundPart, Store, StoreError, Told,
    Wrong,
};
use uuid::Uuid;

use crate::common::{
    LINE, NOW, ORG, Place, admitted, card, did, empty, entry, house, on_both, order, pinned, sound,
    start,
};

on_both!(
    a_card_payment_is_credited_once_and_opens_the_lines_that_waited,
    the_same_order_again_is_the_same_purchase_and_another_is_refused,
    what_contradicts_the_order_is_written_down_and_credits_nothing,
    events_of_unknown_payments_and_purchases_leave_nothing_behind,
    a_dispute_holds_what_is_spent_too_and_gives_it_back_when_it_is_won,
    a_lost_dispute_of_spent_credit_leaves_a_debt_that_the_next_payment_covers,
    a_refund_goes_to_the_oldest_payment_that_has_credit_left,
    a_refund_that_the_provider_refuses_can_be_spent_again,
    the_same_refund_again_is_the_same_refund_and_another_is_refused,
    a_refund_by_bank_is_owed_until_it_is_sent_once,
    without_the_provider_nothing_is_begun_that_needs_it,
    a_refund_that_a_person_sent_is_booked_and_others_stay_held,
    open_refunds_are_listed_page_by_page,
    a_refund_told_before_the_won_dispute_is_not_lost,
    a_refusal_is_asked_about_until_both_agree,
    a_dispute_of_more_than_is_left_holds_the_rest_and_alarms_once,
    a_refund_that_fails_after_it_was_booked_gives_its_credit_back,
    what_calls_have_reserved_is_not_refunded,
    the_tables_refuse_a_purchase_that_changes_and_a_hold_that_is_decided_twice,
    the_audit_finds_a_purchase_whose_entries_say_otherwise,
);

const CROWN: i64 = 1_000_000;

pub(crate) fn purchase(n: u128, means: Means, crowns: i64) -> NewPurchase {
    let id = PurchaseId(Uuid::from_u128(0xCCCC_0000 + n));
    NewPurchase { id, org: ORG, means, amount: Micros(crowns * CROWN) }
}

pub(crate) async fn available(store: &Store) -> i64 {
    store.available(ORG).await.expect("answers").0
}

fn czk() -> linka_model::Currency {
    "CZK".parse().expect("CZK")
}

fn paid(object: &str, crowns: i64) -> Event {
    Event::Paid { object: object.to_owned(), amount: Micros(crowns * CROWN), currency: czk() }
}

fn dispute(crowns: i64) -> Event {
    let object = "dp_1".to_owned();
    Event::DisputeOpened { object, amount: Micros(crowns * CROWN), currency: czk() }
}

fn decided(crowns: i64, won: bool) -> Event {
    let object = "dp_1".to_owned();
    Event::DisputeClosed { object, amount: Micros(crowns * CROWN), currency: czk(), won }
}

fn refunded(charge: &str, crowns: i64) -> Event {
    Event::Refunded { object: charge.to_owned(), total: Micros(crowns * CROWN), currency: czk() }
}

/// Who is named by our own name of the purchase.
fn ours(order: &NewPurchase) -> Who {
    Who { purchase: Some(order.id), payment_intent: None }
}

fn by_payment(name: &str) -> Who {
    Who { purchase: None, payment_intent: Some(name.to_owned()) }
}

/// A refund of so many micro-units, or of all.
pub(crate) fn refund(n: u128, wanted: Option<i64>) -> NewRefund {
    NewRefund { id: Uuid::from_u128(n), org: ORG, wanted: wanted.map(Micros), by_card: true }
}

async fn tell(store: &Store, event_id: &str, who: &Who, event: &Event) -> Told {
    store.tell_by_card(event_id, who, event, NOW).await.expect("answers")
}

fn taken(told: Told) -> PurchaseRow {
    let shown = format!("{told:?}");
    if let Told::Taken(row) = told { *row } else { panic!("not taken: {shown}") }
}

/// A purchase by card of so many crowns that is paid by `pi_<n>`.
async fn bought(store: &Store, n: u128, crowns: i64) -> NewPurchase {
    let order = purchase(n, Means::Card, crowns);
    store.order_credit(&order, NOW).await.expect("ordered");
    let paid = paid(&format!("pi_{n}"), crowns);
    taken(tell(store, &format!("evt_paid_{n}"), &ours(&order), &paid).await);
    order
}

async fn a_card_payment_is_credited_once_and_opens_the_lines_that_waited(place: Place) {
    let store = place.open().await;
    store.create_org(ORG, "Obec", czk()).await.expect("founded");
    store.load_card(&card(crate::common::CARD)).await.expect("loaded");
    store.order_line(&order(2, "Linka")).await.expect("ordered");
    let state = store.register_number(LINE, &did(), NOW).await.expect("registered");
    assert_eq!(state, LineState::TopUpCredit);

    let order = purchase(1, Means::Card, 500);
    let row = store.order_credit(&order, NOW).await.expect("ordered");
    assert_eq!((row.purchase.state(), row.created_day.as_str()), (State::Created, "2026-11-24"));
    let checkout = Checkout { purchase: order.id, session: "cs_1".to_owned() };
    let row = store.checkout_opened(&checkout, NOW).await.expect("opened");
    assert_eq!((row.purchase.state(), row.session.as_deref()), (State::Pending, Some("cs_1")));
    assert_eq!(store.open_checkouts(0, 10).await.expect("answers"), [row]);

    let paid = paid("pi_1", 500);
    let row = taken(tell(&store, "evt_1", &ours(&order), &paid).await);
    assert_eq!((row.purchase.state(), row.payment.as_deref()), (State::Credited, Some("pi_1")));
    assert_eq!(tell(&store, "evt_1", &ours(&order), &paid).await, Told::Known);
    // The same payment under another event's name, and by asking: nothing more comes.
    taken(tell(&store, "evt_2", &ours(&order), &paid).await);
    store.reconcile_purchase(order.id, &[paid], NOW).await.expect("reconciled");
    assert_eq!(available(&store).await, 500 * CROWN);
    assert_eq!(store.open_checkouts(0, 10).await.expect("answers"), []);
    let line = store.line(LINE).await.expect("answers").expect("there");
    assert_eq!(line.state, LineState::Ready);
    let sql = "SELECT notice FROM outbox WHERE notice LIKE '%purchase%'";
    let notice = place.raw().await.one::<(String,)>(sql).await.0;
    assert!(notice.contains("payment_received") && notice.contains("500000000"), "{notice}");
    let sql = "SELECT code, amount FROM entry";
    let entries: Vec<(String, i64)> = place.raw().await.all(sql).await;
    assert_eq!(entries, [("top_up_card".to_owned(), 500 * CROWN)]);
    sound(&store).await;
}

async fn the_same_order_again_is_the_same_purchase_and_another_is_refused(place: Place) {
    let store = house(&place, 1).await;
    let order = purchase(1, Means::Invoice, 500);
    let row = store.order_credit(&order, NOW).await.expect("ordered");
    // Serial 1: 98 − 100 mod 97 = 95, so the symbol is 195.
    assert_eq!(row.symbol.expect("an invoice has one").number(), 195);
    assert_eq!(store.order_credit(&order, NOW).await.expect("known"), row);
    for other in
        [NewPurchase { amount: Micros(1), ..order }, NewPurchase { means: Means::Card, ..order }]
    {
        let refused = store.order_credit(&other, NOW).await;
        assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    }
    let next = store.order_credit(&purchase(2, Means::Card, 1), NOW).await.expect("ordered");
    assert_eq!((next.number, next.symbol), (2, None));
    let nothing = store.order_credit(&purchase(3, Means::Card, 0), NOW).await;
    assert!(matches!(nothing, Err(StoreError::Conflict(_))));
    assert_eq!(store.purchases().await.expect("answers").len(), 2);
}

async fn what_contradicts_the_order_is_written_down_and_credits_nothing(place: Place) {
    let store = house(&place, 1).await;
    let order = purchase(1, Means::Card, 500);
    store.order_credit(&order, NOW).await.expect("ordered");
    let more = tell(&store, "evt_1", &ours(&order), &paid("pi_1", 5000)).await;
    assert!(matches!(more, Told::Refused(Refusal::Amount { .. })), "{more:?}");
    let euro = Event::Paid {
        object: "pi_1".to_owned(),
        amount: Micros(500 * CROWN),
        currency: "EUR".parse().expect("EUR"),
    };
    let other = tell(&store, "evt_2", &ours(&order), &euro).await;
    assert!(matches!(other, Told::Refused(Refusal::Currency { .. })), "{other:?}");
    assert_eq!(tell(&store, "evt_1", &ours(&order), &paid("pi_1", 5000)).await, Told::Known);
    let sql = "SELECT id FROM payment_event WHERE refusal IS NOT NULL ORDER BY id";
    let refused: Vec<(String,)> = place.raw().await.all(sql).await;
    assert_eq!(refused, [("evt_1".to_owned(),), ("evt_2".to_owned(),)]);
    assert_eq!(available(&store).await, 1);
    // The right payment is still taken.
    taken(tell(&store, "evt_3", &ours(&order), &paid("pi_1", 500)).await);
    assert_eq!(available(&store).await, 500 * CROWN + 1);
    sound(&store).await;
}

async fn events_of_unknown_payments_and_purchases_leave_nothing_behind(place: Place) {
    let store = house(&place, 1).await;
    let stranger = purchase(9, Means::Card, 500);
    let told = tell(&store, "evt_1", &ours(&stranger), &paid("pi_1", 500)).await;
    assert_eq!(told, Told::NotOurs);
    let order = purchase(1, Means::Card, 500);
    store.order_credit(&order, NOW).await.expect("ordered");
    // A dispute that is told before its payment is not swallowed: told again, it is taken.
    let early = tell(&store, "evt_2", &by_payment("pi_1"), &dispute(500)).await;
    assert_eq!(early, Told::UnknownPayment);
    taken(tell(&store, "evt_3", &ours(&order), &paid("pi_1", 500)).await);
    let row = taken(tell(&store, "evt_2", &by_payment("pi_1"), &dispute(500)).await);
    assert_eq!(row.purchase.state(), State::Disputed);
    assert_eq!(available(&store).await, 1);
    sound(&store).await;
}

async fn a_dispute_holds_what_is_spent_too_and_gives_it_back_when_it_is_won(place: Place) {
    let store = empty(&place).await;
    bought(&store, 1, 100).await;
    // 60 of 100 are spent, then all 100 are disputed: 60 below zero.
    store.withdraw(entry(1), ORG, Some(Micros(60 * CROWN)), "spent", NOW).await.expect("spent");
    taken(tell(&store, "evt_d", &by_payment("pi_1"), &dispute(100)).await);
    assert_eq!(available(&store).await, -60 * CROWN);
    let spent = store.withdraw(entry(2), ORG, Some(Micros(1)), "spent", NOW).await;
    assert!(matches!(spent, Err(StoreError::NoCredit)));
    sound(&store).await;
    taken(tell(&store, "evt_w", &by_payment("pi_1"), &decided(100, true)).await);
    assert_eq!(available(&store).await, 40 * CROWN);
    sound(&store).await;
}

async fn a_lost_dispute_of_spent_credit_leaves_a_debt_that_the_next_payment_covers(place: Place) {
    let store = empty(&place).await;
    bought(&store, 1, 100).await;
    store.withdraw(entry(1), ORG, Some(Micros(60 * CROWN)), "spent", NOW).await.expect("spent");
    // Lost is told before opened: the hold and the loss are written together.
    let row = taken(tell(&store, "evt_l", &by_payment("pi_1"), &decided(100, false)).await);
    assert_eq!(row.purchase.state(), State::Refunded);
    taken(tell(&store, "evt_d", &by_payment("pi_1"), &dispute(100)).await);
    // 100 − 60 − 100.
    assert_eq!(available(&store).await, -60 * CROWN);
    sound(&store).await;
    bought(&store, 2, 75).await;
    assert_eq!(available(&store).await, 15 * CROWN);
    let sql = "SELECT code, amount FROM entry WHERE code IN ('dispute', 'refund')";
    let gone: Vec<(String, i64)> = place.raw().await.all(sql).await;
    assert_eq!(gone, [("dispute".to_owned(), 100 * CROWN)]);
    sound(&store).await;
}

async fn a_refund_goes_to_the_oldest_payment_that_has_credit_left(place: Place) {
    // 20 of goodwill are spent first.
    let store = house(&place, 20 * CROWN).await;
    bought(&store, 1, 100).await;
    bought(&store, 2, 50).await;
    // 50 spent: 20 of goodwill, 30 of the first. 70 are left of it, and 50 of the second.
    store.withdraw(entry(1), ORG, Some(Micros(50 * CROWN)), "spent", NOW).await.expect("spent");
    let too_much = store.refund(&refund(7, Some(121 * CROWN)), NOW).await;
    assert!(matches!(too_much, Err(StoreError::Conflict(_) | StoreError::NoCredit)));
    let parts = store.refund(&refund(7, Some(90 * CROWN)), NOW).await.expect("begun");
    let planned: Vec<_> =
        parts.iter().map(|part| (part.purchase.number, part.amount.0 / CROWN)).collect();
    assert_eq!(planned, [(1, 70), (2, 20)]);
    // Held until the money has gone: 120 − 90.
    assert_eq!(available(&store).await, 30 * CROWN);
    assert_eq!(store.open_refunds(None, 10).await.expect("answers").len(), 2);
    sound(&store).await;

    for (part, charge) in parts.iter().zip(["ch_1", "ch_2"]) {
        store.refund_sent(part.id, &format!("re_{charge}")).await.expect("sent");
        let who = by_payment(part.purchase.payment.as_deref().expect("paid"));
        let went = refunded(charge, part.amount.0 / CROWN);
        taken(tell(&store, &format!("evt_{charge}"), &who, &went).await);
    }
    assert_eq!(available(&store).await, 30 * CROWN);
    assert_eq!(store.open_refunds(None, 10).await.expect("answers"), []);
    sound(&store).await;
    // All the rest: 30 of the second. The goodwill is spent and does not count.
    let rest = store.refund(&refund(8, None), NOW).await.expect("begun");
    assert_eq!((rest.len(), rest[0].amount), (1, Micros(30 * CROWN)));
    assert_eq!(available(&store).await, 0);
    // At the provider's own desk somebody refunds 10 more of it than we asked for: 50 in all.
    let desk = refunded("ch_2", 50);
    taken(tell(&store, "evt_desk", &by_payment("pi_2"), &desk).await);
    assert_eq!(available(&store).await, 0);
    sound(&store).await;
}

async fn a_refund_that_the_provider_refuses_can_be_spent_again(place: Place) {
    let store = empty(&place).await;
    bought(&store, 1, 100).await;
    let parts = store.refund(&refund(7, None), NOW).await.expect("begun");
    assert_eq!(available(&store).await, 0);
    store.release_refund(parts[0].id).await.expect("given back");
    assert_eq!(available(&store).await, 100 * CROWN);
    assert!(store.release_refund(parts[0].id).await.is_err(), "twice");
    sound(&store).await;
}

async fn the_same_refund_again_is_the_same_refund_and_another_is_refused(place: Place) {
    let store = empty(&place).await;
    bought(&store, 1, 100).await;
    bought(&store, 2, 50).await;
    let first = store.refund(&refund(7, Some(40 * CROWN)), NOW).await.expect("begun");
    let again = store.refund(&refund(7, Some(40 * CROWN)), NOW).await.expect("known");
    assert_eq!(first, again);
    // 150 − 40, once.
    assert_eq!(available(&store).await, 110 * CROWN);
    assert_eq!(store.open_refunds(None, 10).await.expect("answers").len(), 1);
    let other = store.refund(&refund(7, Some(41 * CROWN)), NOW).await;
    assert!(matches!(other, Err(StoreError::Conflict(_))), "{other:?}");
    // All of it under one name is the same all, though nothing is left by then.
    let all = store.refund(&refund(8, None), NOW).await.expect("begun");
    assert_eq!(all.iter().map(|part| part.amount.0 / CROWN).collect::<Vec<_>>(), [60, 50]);
    assert_eq!(store.refund(&refund(8, None), NOW).await.expect("known"), all);
    assert_eq!(available(&store).await, 0);
    sound(&store).await;
}

/// A purchase of so many crowns that is paid by bank.
async fn transferred(store: &Store, n: u128, crowns: i64) -> NewPurchase {
    let order = purchase(n, Means::Invoice, crowns);
    store.order_credit(&order, NOW).await.expect("ordered");
    let paid = paid(&format!("entry {n}"), crowns);
    store.reconcile_purchase(order.id, &[paid], NOW).await.expect("paid");
    order
}

async fn a_refund_by_bank_is_owed_until_it_is_sent_once(place: Place) {
    let store = empty(&place).await;
    let order = transferred(&store, 1, 500).await;
    let parts = store.refund(&refund(7, Some(250 * CROWN)), NOW).await.expect("booked");
    let debts = store.bank_debts().await.expect("answers");
    let [debt] = &debts[..] else { panic!("{debts:?}") };
    // The first purchase has the symbol 195: see above.
    assert_eq!((debt.id, debt.purchase, debt.symbol), (parts[0].id, Some(order.id), 195));
    assert_eq!((debt.amount, &*debt.since_day), (Micros(250 * CROWN), "2026-11-24"));
    assert_eq!(available(&store).await, 250 * CROWN);
    assert_eq!(store.bank_debt_sent(debt.id).await.expect("sent"), Micros(250 * CROWN));
    assert_eq!(store.bank_debts().await.expect("answers"), []);
    let twice = store.bank_debt_sent(debt.id).await;
    assert!(matches!(twice, Err(StoreError::NotFound(_))), "{twice:?}");
    // Sending moves no credit: it was booked when it was asked for.
    assert_eq!(available(&store).await, 250 * CROWN);
    let mut raw = place.raw().await;
    for sql in ["UPDATE bank_debt SET state = 'to_send'", "DELETE FROM bank_debt"] {
        let reason = raw.execute(sql).await.expect_err(sql).to_string();
        assert!(reason.contains("sent once"), "{sql}: {reason}");
    }
    sound(&store).await;
}

async fn without_the_provider_nothing_is_begun_that_needs_it(place: Place) {
    let store = empty(&place).await;
    transferred(&store, 1, 100).await;
    bought(&store, 2, 100).await;
    let off = |n, wanted| NewRefund { by_card: false, ..refund(n, wanted) };
    let refused = store.refund(&off(7, Some(150 * CROWN)), NOW).await;
    assert!(matches!(&refused, Err(StoreError::Conflict(why)) if why.contains("payments.card")));
    assert_eq!(available(&store).await, 200 * CROWN);
    assert_eq!(store.bank_debts().await.expect("answers"), []);
    // What goes back by bank alone needs no provider.
    let parts = store.refund(&off(8, Some(100 * CROWN)), NOW).await.expect("booked");
    assert_eq!(parts.len(), 1);
    sound(&store).await;
}

async fn a_refund_that_a_person_sent_is_booked_and_others_stay_held(place: Place) {
    let store = empty(&place).await;
    bought(&store, 1, 100).await;
    let small = store.refund(&refund(7, Some(30 * CROWN)), NOW).await.expect("begun");
    let large = store.refund(&refund(8, Some(50 * CROWN)), NOW).await.expect("begun");
    store.refund_sent(small[0].id, "re_1").await.expect("sent");
    let gone = store.refunded_by_hand(large[0].id, NOW).await.expect("booked");
    assert_eq!(gone, Micros(50 * CROWN));
    // 100 − 30 held − 50 gone.
    assert_eq!(available(&store).await, 20 * CROWN);
    let open = store.open_refunds(None, 10).await.expect("answers");
    assert_eq!(open.iter().map(|row| row.part.id).collect::<Vec<_>>(), [small[0].id]);
    let row = store.purchase(open[0].part.purchase.purchase.id()).await.expect("answers");
    assert_eq!(row.expect("there").purchase.returned(), Micros(50 * CROWN));
    let twice = store.refunded_by_hand(large[0].id, NOW).await;
    assert!(matches!(twice, Err(StoreError::NotFound(_))), "{twice:?}");
    sound(&store).await;
}

async fn open_refunds_are_listed_page_by_page(place: Place) {
    let store = empty(&place).await;
    bought(&store, 1, 100).await;
    for n in 0..5 {
        // Two of one instant, and then later ones.
        let at_ms = NOW + i64::from(n > 1) * n;
        let wanted = refund(10 + n.unsigned_abs() as u128, Some(CROWN));
        store.refund(&wanted, at_ms).await.expect("begun");
    }
    let mut seen: Vec<RefundPart> = Vec::new();
    let mut after = None;
    loop {
        let page = store.open_refunds(after.as_ref(), 2).await.expect("answers");
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        seen.extend(page.into_iter().map(|row| row.part));
    }
    assert_eq!(seen.len(), 5);
    seen.dedup_by_key(|part| part.id);
    assert_eq!(seen.len(), 5);
}

async fn alarms(place: &Place) -> i64 {
    let sql = "SELECT count(*) FROM outbox WHERE notice LIKE '%books_alarm%'";
    place.raw().await.one::<(i64,)>(sql).await.0
}

async fn a_refund_told_before_the_won_dispute_is_not_lost(place: Place) {
    let store = empty(&place).await;
    let order = bought(&store, 1, 100).await;
    taken(tell(&store, "evt_d", &by_payment("pi_1"), &dispute(100)).await);
    // It was won, and the refund came after; the webhook of the end is late.
    for _ in 0..2 {
        let early = tell(&store, "evt_r", &by_payment("pi_1"), &refunded("ch_1", 100)).await;
        assert!(matches!(early, Told::Early(Refusal::TooMuch(..))), "{early:?}");
    }
    assert_eq!(alarms(&place).await, 1);
    let row = taken(tell(&store, "evt_w", &by_payment("pi_1"), &decided(100, true)).await);
    assert_eq!(row.purchase.state(), State::Credited);
    // Nobody tells it again: the job asks about this purchase, and finds it.
    let open = store.open_checkouts(0, 10).await.expect("answers");
    assert_eq!(open.iter().map(|row| row.purchase.id()).collect::<Vec<_>>(), [order.id]);
    let told = [paid("pi_1", 100), decided(100, true), refunded("ch_1", 100)];
    let asked = store.reconcile_purchase(order.id, &told, NOW).await.expect("reconciled");
    assert_eq!((asked.row.purchase.state(), asked.refused.len()), (State::Refunded, 0));
    assert_eq!(available(&store).await, 0);
    assert_eq!(store.open_checkouts(0, 10).await.expect("answers"), []);
    // Told again it is taken as well, and changes nothing.
    taken(tell(&store, "evt_r", &by_payment("pi_1"), &refunded("ch_1", 100)).await);
    assert_eq!(available(&store).await, 0);
    sound(&store).await;
}

async fn a_refusal_is_asked_about_until_both_agree(place: Place) {
    let store = empty(&place).await;
    let order = bought(&store, 1, 100).await;
    let second = tell(&store, "evt_2", &ours(&order), &paid("pi_9", 100)).await;
    assert!(matches!(second, Told::Refused(Refusal::SecondPayment { .. })), "{second:?}");
    assert_eq!(store.open_checkouts(0, 10).await.expect("answers").len(), 1);
    // The provider says so again, beside a refund: that is taken.
    let told = [paid("pi_9", 100), refunded("ch_1", 30)];
    let asked = store.reconcile_purchase(order.id, &told, NOW).await.expect("asked");
    assert_eq!((asked.row.purchase.returned(), asked.refused.len()), (Micros(30 * CROWN), 1));
    assert_eq!(asked.row.payment.as_deref(), Some("pi_1"));
    assert_eq!(store.open_checkouts(0, 10).await.expect("answers").len(), 1);
    let asked = store.reconcile_purchase(order.id, &told[1..], NOW).await.expect("asked");
    assert!(asked.refused.is_empty() && !asked.row.unsettled);
    assert_eq!(store.open_checkouts(0, 10).await.expect("answers"), []);
    sound(&store).await;
}

async fn a_dispute_of_more_than_is_left_holds_the_rest_and_alarms_once(place: Place) {
    let store = empty(&place).await;
    bought(&store, 1, 100).await;
    taken(tell(&store, "evt_r", &by_payment("pi_1"), &refunded("ch_1", 30)).await);
    assert_eq!(available(&store).await, 70 * CROWN);
    // The bank disputes all 100: the 70 that are left are held.
    for event in ["evt_d1", "evt_d2"] {
        let row = taken(tell(&store, event, &by_payment("pi_1"), &dispute(100)).await);
        assert_eq!(row.purchase.state(), State::Disputed);
    }
    assert_eq!((available(&store).await, alarms(&place).await), (0, 1));
    sound(&store).await;
    let row = taken(tell(&store, "evt_l", &by_payment("pi_1"), &decided(100, false)).await);
    assert_eq!((row.purchase.state(), available(&store).await), (State::Refunded, 0));
    sound(&store).await;
}

async fn a_refund_that_fails_after_it_was_booked_gives_its_credit_back(place: Place) {
    let store = empty(&place).await;
    let order = bought(&store, 1, 100).await;
    let parts = store.refund(&refund(7, Some(30 * CROWN)), NOW).await.expect("begun");
    store.refund_sent(parts[0].id, "re_1").await.expect("sent");
    taken(tell(&store, "evt_r", &by_payment("pi_1"), &refunded("ch_1", 30)).await);
    assert_eq!(available(&store).await, 70 * CROWN);
    // The bank of the card takes no money: the provider says so, and is asked.
    assert!(store.unsettle_by_card(&by_payment("pi_1")).await.expect("noted"));
    assert!(!store.unsettle_by_card(&by_payment("pi_9")).await.expect("not ours"));
    assert_eq!(store.open_checkouts(0, 10).await.expect("answers").len(), 1);
    let failed = |left| Event::RefundsFailed {
        object: "ch_1".to_owned(),
        left: Micros(left * CROWN),
        failed: vec![("re_1".to_owned(), Micros(30 * CROWN))],
        currency: czk(),
    };
    for _ in 0..2 {
        let told = [paid("pi_1", 100), failed(0)];
        store.reconcile_purchase(order.id, &told, NOW).await.expect("asked");
        assert_eq!(available(&store).await, 100 * CROWN);
        sound(&store).await;
    }
    // What came back is paid and unused like before: all 100 can go, and no more.
    let parts = store.refund(&refund(8, None), NOW).await.expect("begun");
    assert_eq!(parts[0].amount, Micros(100 * CROWN));
    // The sum of the charge says 100 now, of 130 that ever went: the provider is asked first.
    let row = taken(tell(&store, "evt_s", &by_payment("pi_1"), &refunded("ch_1", 100)).await);
    assert!(row.unsettled);
    let told = [paid("pi_1", 100), failed(100), refunded("ch_1", 100)];
    let asked = store.reconcile_purchase(order.id, &told, NOW).await.expect("asked");
    assert_eq!((asked.row.purchase.state(), asked.refused.len()), (State::Refunded, 0));
    assert_eq!(store.open_refunds(None, 10).await.expect("answers"), []);
    assert_eq!(available(&store).await, 0);
    sound(&store).await;
}

async fn what_calls_have_reserved_is_not_refunded(place: Place) {
    let store = empty(&place).await;
    bought(&store, 1, 100).await;
    let node = start(&store).await;
    // The first hold is 1.50: 98.50 can go.
    admitted(&node, 1, pinned(&store).await).await;
    let more = store.refund(&refund(7, Some(98_510_000)), NOW).await;
    assert!(more.is_err());
    let parts = store.refund(&refund(7, None), NOW).await.expect("begun");
    assert_eq!(parts[0].amount, Micros(98_500_000));
    assert_eq!(available(&store).await, 0);
    sound(&store).await;
}

async fn the_tables_refuse_a_purchase_that_changes_and_a_hold_that_is_decided_twice(place: Place) {
    let store = empty(&place).await;
    bought(&store, 1, 100).await;
    taken(tell(&store, "evt_d", &by_payment("pi_1"), &dispute(40)).await);
    taken(tell(&store, "evt_l", &by_payment("pi_1"), &decided(40, false)).await);
    let mut raw = place.raw().await;
    for (sql, why) in [
        ("UPDATE purchase SET asked = asked + 1", "as it was ordered"),
        ("DELETE FROM purchase", "as it was ordered"),
        ("UPDATE held_back SET outcome = 'given_back'", "decided once"),
        ("DELETE FROM held_back", "decided once"),
        ("UPDATE purchase SET received = 1", "check"),
        ("UPDATE purchase SET state = 'pending'", "check"),
        ("UPDATE account SET taken_back = disputed + 1 WHERE kind = 'credit'", "check"),
    ] {
        let reason = raw.execute(sql).await.expect_err(sql).to_string().to_lowercase();
        assert!(reason.contains(why), "{sql}: {reason}");
    }
    sound(&store).await;
}

async fn the_audit_finds_a_purchase_whose_entries_say_otherwise(place: Place) {
    let store = empty(&place).await;
    bought(&store, 1, 100).await;
    let mut raw = place.raw().await;
    raw.execute("UPDATE purchase SET returned = 1").await.expect("tampered");
    let found = store.audit().await.expect("audited");
    // 100 less 1 stands, 100 were moved.
    let found: Vec<_> = found.iter().map(|row| (row.table, row.wrong, row.by_micro)).collect();
    assert_eq!(found, [("purchase", Wrong::Purchase, Some(-1))]);
    raw.execute("UPDATE purchase SET returned = 0").await.expect("mended");
    sound(&store).await;
    // Credit that nothing holds back, held all the same; then as if it had gone.
    for (sql, wrong) in [
        ("UPDATE account SET disputed = 1 WHERE kind = 'credit'", vec![Wrong::Disputed]),
        (
            "UPDATE account SET taken_back = 1 WHERE kind = 'credit'",
            vec![Wrong::TakenBack, Wrong::Unequal],
        ),
    ] {
        raw.execute(sql).await.expect("tampered");
        let mut found: Vec<Wrong> =
            store.audit().await.expect("audited").iter().map(|row| row.wrong).collect();
        found.sort();
        assert_eq!(found, wrong, "{sql}");
    }
}
