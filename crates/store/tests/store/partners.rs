//! Partners who pay by the month, and organisations that allow themselves a budget.

use linka_metering::plan::Zone;
use linka_model::{LineState, Micros, OrgId};
use linka_payment::purchase::State;
use linka_store::{
    Means, NewPartner, NewPurchase, PartnerId, PartnerStated, StatedMonth, Store, StoreError,
};
use uuid::Uuid;

use crate::common::{
    LINE, NOW, ORG, Place, admitted, empty, entry, house, on_both, pinned, sound, start,
};
use crate::purchases::{available, purchase};

on_both!(
    a_partner_owes_what_it_buys_within_its_limit,
    a_debt_is_overdue_thirty_days_after_its_month,
    a_month_of_a_partner_says_what_it_bought_paid_and_owes,
    a_budget_comes_on_the_first_and_what_is_left_of_it_goes,
    a_budget_leaves_what_a_running_call_holds_and_what_was_granted_besides,
);

const CROWN: i64 = 1_000_000;
const PARTNER: PartnerId = PartnerId(Uuid::from_u128(0xDDDD));
/// Noon of 1 December 2026 in UTC: [`NOW`] and 7 days, 6 h 24 min 25 s.
const DECEMBER: i64 = NOW + (7 * 86_400 + 6 * 3600 + 24 * 60 + 25) * 1000;

fn prague() -> Zone {
    Zone::named("Europe/Prague").expect("a zone")
}

async fn partner(store: &Store, limit: i64) {
    let new = NewPartner {
        id: PARTNER,
        name: "Kraj".to_owned(),
        currency: "CZK".parse().expect("CZK"),
        limit: Micros(limit * CROWN),
        zone: prague(),
    };
    store.create_partner(&new).await.expect("written");
    let twin = store.create_partner(&NewPartner { id: PartnerId(Uuid::from_u128(1)), ..new }).await;
    assert!(matches!(twin, Err(StoreError::Exists(_))));
}

async fn a_partner_owes_what_it_buys_within_its_limit(place: Place) {
    let store = empty(&place).await;
    partner(&store, 1000).await;
    let order = purchase(1, Means::Partner(PARTNER), 700);
    let row = store.order_credit(&order, NOW).await.expect("bought");
    assert_eq!(row.purchase.state(), State::Credited);
    assert_eq!(available(&store).await, 700 * CROWN);
    let more = store.order_credit(&purchase(2, Means::Partner(PARTNER), 301), NOW).await;
    let refusal = more.expect_err("over the limit").to_string();
    assert_eq!(refusal, "Kraj owes 700.00 and may owe 1000.00");
    store.order_credit(&purchase(3, Means::Partner(PARTNER), 300), NOW).await.expect("bought");
    let nobody = Means::Partner(PartnerId(Uuid::from_u128(5)));
    assert!(store.order_credit(&purchase(4, nobody, 1), NOW).await.is_err());
    // What was refused left no purchase behind.
    assert_eq!(store.purchases().await.expect("answers").len(), 2);

    let paid = Micros(600 * CROWN);
    for _ in 0..2 {
        let owes = store.partner_paid(entry(5), PARTNER, paid, NOW).await.expect("paid");
        assert_eq!(owes, Micros(400 * CROWN));
    }
    let other = OrgId(Uuid::from_u128(77));
    store.create_org(other, "Berlin", "EUR".parse().expect("EUR")).await.expect("founded");
    let euro = NewPurchase { org: other, ..purchase(6, Means::Partner(PARTNER), 1) };
    let refusal = store.order_credit(&euro, NOW).await.expect_err("other currency").to_string();
    assert_eq!(refusal, "Kraj pays in CZK");
    sound(&store).await;
}

async fn a_debt_is_overdue_thirty_days_after_its_month(place: Place) {
    let store = empty(&place).await;
    partner(&store, 1000).await;
    store.order_credit(&purchase(1, Means::Partner(PARTNER), 100), NOW).await.expect("bought");
    store.order_credit(&purchase(2, Means::Partner(PARTNER), 50), DECEMBER).await.expect("bought");
    // November ends at 23:00 UTC of 30 November in Prague; 30 days later is 30 December.
    let row = store.partners().await.expect("answers").remove(0);
    assert_eq!((row.owes, row.overdue_from.as_deref()), (Micros(150 * CROWN), Some("2026-12-30")));
    let day = 86_400_000;
    let late = DECEMBER + 29 * day;
    let refused = store.order_credit(&purchase(3, Means::Partner(PARTNER), 1), late).await;
    assert!(refused.expect_err("overdue").to_string().contains("overdue since 2026-12-30"));
    // November is paid; December may stand until 30 January.
    store.partner_paid(entry(5), PARTNER, Micros(100 * CROWN), late).await.expect("paid");
    let row = store.partners().await.expect("answers").remove(0);
    assert_eq!(row.overdue_from.as_deref(), Some("2027-01-30"));
    store.order_credit(&purchase(3, Means::Partner(PARTNER), 1), late).await.expect("bought");
    sound(&store).await;
}

async fn a_month_of_a_partner_says_what_it_bought_paid_and_owes(place: Place) {
    let store = empty(&place).await;
    partner(&store, 1000).await;
    let bought = |n, crowns, at| {
        let order = purchase(n, Means::Partner(PARTNER), crowns);
        let store = &store;
        async move { store.order_credit(&order, at).await.expect("bought") }
    };
    // Midnight between November and December in Prague: 23:00 UTC, 13 hours before noon.
    let midnight = DECEMBER - 13 * 3_600_000;
    bought(1, 100, NOW).await;
    bought(2, 50, midnight - 1).await;
    bought(3, 7, midnight).await;
    store.partner_paid(entry(5), PARTNER, Micros(120 * CROWN), DECEMBER).await.expect("paid");
    let month = |name: &str, first_ms, end_ms, next: &str| StatedMonth {
        name: name.to_owned(),
        first_ms,
        end_ms,
        next: next.to_owned(),
    };
    let day = 86_400_000;
    let november = month("2026-11", midnight - 30 * day, midnight, "2026-12");
    let stated = store.partner_stated(PARTNER, &november).await.expect("stated");
    let lines = |stated: &PartnerStated| -> Vec<(String, i64)> {
        stated.debts.iter().map(|debt| (debt.about.clone(), debt.change.0 / CROWN)).collect()
    };
    assert_eq!(lines(&stated), [("Obec".to_owned(), 100), ("Obec".to_owned(), 50)]);
    assert_eq!((stated.opening, stated.closing), (Micros(0), Micros(150 * CROWN)));
    assert_eq!(stated.overdue_from, "2026-12-30");

    let december = month("2026-12", midnight, midnight + 31 * day, "2027-01");
    let stated = store.partner_stated(PARTNER, &december).await.expect("stated");
    let paid = ("paid by the partner".to_owned(), -120);
    assert_eq!(lines(&stated), [("Obec".to_owned(), 7), paid]);
    // 150 + 7 − 120.
    assert_eq!((stated.opening, stated.closing), (Micros(150 * CROWN), Micros(37 * CROWN)));
    let row = store.partners().await.expect("answers").remove(0);
    assert_eq!(row.owes, stated.closing);
    // What is left of November is overdue on 30 December: nothing new, while lines keep their credit.
    let late = midnight + 30 * day;
    let order = purchase(4, Means::Partner(PARTNER), 1);
    let refused = store.order_credit(&order, late).await.expect_err("overdue").to_string();
    assert!(refused.contains("overdue since 2026-12-30"), "{refused}");
    assert_eq!(available(&store).await, 157 * CROWN);
    assert_eq!(store.line(LINE).await.expect("answers").expect("there").state, LineState::Ready);
    store.partner_paid(entry(6), PARTNER, Micros(30 * CROWN), late).await.expect("paid");
    store.order_credit(&order, late).await.expect("bought");
    sound(&store).await;
}

async fn a_budget_comes_on_the_first_and_what_is_left_of_it_goes(place: Place) {
    let store = house(&place, 1).await;
    store.withdraw(entry(1), ORG, None, "empty", NOW).await.expect("taken");
    let waits = "UPDATE line SET state = 'top_up_credit', is_on = 0";
    place.raw().await.execute(waits).await.expect("waits");
    let cap = Micros(100 * CROWN);
    assert_eq!(store.set_budget(ORG, cap, &prague(), NOW).await.expect("set"), cap);
    assert_eq!(store.line(LINE).await.expect("answers").expect("there").state, LineState::Ready);
    // Set again, and renewed in the same month: nothing more.
    let cap = Micros(150 * CROWN);
    assert_eq!(store.set_budget(ORG, cap, &prague(), NOW).await.expect("set").0, 100 * CROWN);
    assert_eq!(store.renew_budgets(NOW).await.expect("renewed"), 0);
    store.withdraw(entry(2), ORG, Some(Micros(30 * CROWN)), "spent", NOW).await.expect("spent");
    // 70 of the 100 go, 150 come.
    assert_eq!(store.renew_budgets(DECEMBER).await.expect("renewed"), 1);
    assert_eq!(available(&store).await, 150 * CROWN);
    // A clock that jumps back begins no month again.
    assert_eq!(store.renew_budgets(NOW).await.expect("renewed"), 0);
    assert_eq!(store.renew_budgets(DECEMBER).await.expect("renewed"), 0);
    let nothing = store.set_budget(ORG, Micros::ZERO, &prague(), NOW).await;
    assert!(matches!(nothing, Err(StoreError::Conflict(_))));
    sound(&store).await;
}

async fn a_budget_leaves_what_a_running_call_holds_and_what_was_granted_besides(place: Place) {
    // 5.00 were granted besides.
    let store = house(&place, 5 * CROWN).await;
    store.set_budget(ORG, Micros(10 * CROWN), &prague(), NOW).await.expect("set");
    let node = start(&store).await;
    // The first hold is 1.50 of the budget: 8.50 of it are left.
    admitted(&node, 1, pinned(&store).await).await;
    assert_eq!(available(&store).await, 13_500_000);
    assert_eq!(store.renew_budgets(DECEMBER).await.expect("renewed"), 1);
    // 13.50 − 8.50 + 10.00.
    assert_eq!(available(&store).await, 15 * CROWN);
    sound(&store).await;
}
