//! Purchases: what each event does, and that order, repetition and loss make no difference (I17).
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use linka_model::{Currency, Micros};
use linka_payment::purchase::{
    Event, FACTS_MAX, Kind, Movement, Provider, Purchase, PurchaseId, Refusal, State, Transition,
};
use proptest::prelude::*;
use uuid::Uuid;

const ASKED: Micros = Micros(1_000);

fn czk() -> Currency {
    "CZK".parse().unwrap()
}

fn purchase(provider: Provider) -> Purchase {
    Purchase::new(PurchaseId(Uuid::from_u128(7)), provider, ASKED, czk()).unwrap()
}

fn paid(object: &str, amount: i64) -> Event {
    Event::Paid { object: object.to_owned(), amount: Micros(amount), currency: czk() }
}

fn reversed(object: &str, amount: i64) -> Event {
    Event::Reversed { object: object.to_owned(), amount: Micros(amount), currency: czk() }
}

fn refunded(object: &str, total: i64) -> Event {
    Event::Refunded { object: object.to_owned(), total: Micros(total), currency: czk() }
}

fn opened(object: &str, amount: i64) -> Event {
    Event::DisputeOpened { object: object.to_owned(), amount: Micros(amount), currency: czk() }
}

fn closed(object: &str, amount: i64, won: bool) -> Event {
    let (object, amount) = (object.to_owned(), Micros(amount));
    Event::DisputeClosed { object, amount, currency: czk(), won }
}

/// Applies events that are all taken: the purchase, and kinds and amounts of all movements.
fn after(provider: Provider, events: &[Event]) -> (Purchase, Vec<(Kind, i64)>) {
    let mut purchase = purchase(provider);
    let mut moved = Vec::new();
    for event in events {
        let transition = purchase.apply(event).unwrap();
        assert_eq!(transition.state, transition.purchase.state());
        moved.extend(transition.movements.iter().map(|one| (one.kind, one.amount.0)));
        purchase = transition.purchase;
    }
    (purchase, moved)
}

fn state(provider: Provider, events: &[Event]) -> State {
    after(provider, events).0.state()
}

#[test]
fn a_card_payment_is_credited_when_it_is_paid_and_not_before() {
    let (before, moved) = after(Provider::Card, &[Event::Opened]);
    assert_eq!((before.state(), moved.len()), (State::Pending, 0));
    let (after, moved) = after(Provider::Card, &[Event::Opened, paid("pi_1", 1_000)]);
    assert_eq!((after.state(), moved), (State::Credited, vec![(Kind::TopUp, 1_000)]));
    assert_eq!(state(Provider::Card, &[]), State::Created);
}

#[test]
fn the_second_delivery_moves_nothing() {
    let twice = [paid("pi_1", 1_000), paid("pi_1", 1_000)];
    assert_eq!(after(Provider::Card, &twice).1, [(Kind::TopUp, 1_000)]);
}

#[test]
fn what_comes_after_the_end_is_credited_all_the_same() {
    for end in [Event::Expired, Event::Failed] {
        let events = [Event::Opened, end.clone(), paid("pi_1", 1_000)];
        assert_eq!(state(Provider::Card, &events), State::Credited);
        let events = [Event::Opened, paid("pi_1", 1_000), end];
        assert_eq!(state(Provider::Card, &events), State::Credited);
    }
    assert_eq!(state(Provider::Card, &[Event::Opened, Event::Expired]), State::Expired);
    assert_eq!(state(Provider::Card, &[Event::Opened, Event::Failed]), State::Failed);
}

#[test]
fn another_amount_currency_or_payment_than_ordered_is_refused() {
    for provider in [Provider::Card, Provider::Partner, Provider::Grant] {
        for amount in [999, 1_001] {
            let refused = purchase(provider).apply(&paid("pi_1", amount));
            assert!(matches!(refused, Err(Refusal::Amount { .. })), "{refused:?}");
        }
    }
    let euro =
        Event::Paid { object: "pi_1".to_owned(), amount: ASKED, currency: "EUR".parse().unwrap() };
    let refused = purchase(Provider::Invoice).apply(&euro);
    assert!(matches!(refused, Err(Refusal::Currency { .. })));
    let (credited, _) = after(Provider::Card, &[paid("pi_1", 1_000)]);
    let refused = credited.apply(&paid("pi_2", 1_000));
    assert!(matches!(refused, Err(Refusal::SecondPayment { .. })));
}

#[test]
fn a_bank_pays_in_parts_and_too_much() {
    let first = [Event::Opened, paid("e1", 400)];
    assert_eq!(state(Provider::Invoice, &first), State::PartlyPaid);
    let (all, moved) = after(Provider::Invoice, &[paid("e1", 400), paid("e2", 700)]);
    assert_eq!((all.state(), all.received()), (State::Credited, Micros(1_100)));
    assert_eq!(moved, [(Kind::TopUp, 400), (Kind::TopUp, 700)]);
}

#[test]
fn a_payment_that_the_bank_takes_back_was_never_there() {
    let events = [Event::Opened, paid("e1", 1_000), reversed("r1", 1_000), reversed("r1", 1_000)];
    let (back, moved) = after(Provider::Invoice, &events);
    assert_eq!((back.state(), back.received()), (State::Pending, Micros(0)));
    assert_eq!(moved, [(Kind::TopUp, 1_000), (Kind::Reversal, 1_000)]);
    let again = back.apply(&paid("e2", 1_000)).unwrap();
    assert_eq!(again.state, State::Credited);
    assert!(matches!(back.apply(&reversed("r2", 1)), Err(Refusal::TooMuch(..))));
    let card = after(Provider::Card, &[paid("pi_1", 1_000)]).0;
    assert!(matches!(card.apply(&reversed("r1", 1)), Err(Refusal::OtherProvider(_))));
}

#[test]
fn refunds_move_what_each_step_adds() {
    let steps = [paid("pi_1", 1_000), refunded("ch_1", 300), refunded("ch_1", 1_000)];
    let (part, _) = after(Provider::Card, &steps[..2]);
    assert_eq!(part.state(), State::PartlyRefunded);
    let (all, moved) = after(Provider::Card, &steps);
    assert_eq!(all.state(), State::Refunded);
    assert_eq!(moved, [(Kind::TopUp, 1_000), (Kind::Refund, 300), (Kind::Refund, 700)]);
    // The later step first: the earlier one says nothing new.
    let turned = [paid("pi_1", 1_000), refunded("ch_1", 1_000), refunded("ch_1", 300)];
    let moved = after(Provider::Card, &turned).1;
    assert_eq!(moved, [(Kind::TopUp, 1_000), (Kind::Refund, 1_000)]);
    assert!(matches!(part.apply(&refunded("ch_1", 1_001)), Err(Refusal::TooMuch(..))));
}

#[test]
fn a_refund_that_is_told_first_waits_for_its_payment() {
    let (waiting, moved) = after(Provider::Card, &[Event::Opened, refunded("ch_1", 300)]);
    assert_eq!((waiting.state(), moved.len()), (State::Pending, 0));
    let paid = waiting.apply(&paid("pi_1", 1_000)).unwrap();
    assert_eq!(paid.state, State::PartlyRefunded);
    let kinds: Vec<Kind> = paid.movements.iter().map(|movement| movement.kind).collect();
    assert_eq!(kinds, [Kind::TopUp, Kind::Refund]);
}

#[test]
fn a_dispute_holds_the_money_and_its_end_decides() {
    let open = [paid("pi_1", 1_000), opened("dp_1", 600)];
    let (held, moved) = after(Provider::Card, &open);
    assert_eq!((held.state(), held.disputed()), (State::Disputed, Micros(600)));
    assert_eq!(moved, [(Kind::TopUp, 1_000), (Kind::DisputeHold, 600)]);
    let hold = purchase_hold(&open);

    let won = held.apply(&closed("dp_1", 600, true)).unwrap();
    assert_eq!(won.state, State::Credited);
    let [release] = won.movements[..] else { panic!("{won:?}") };
    assert_eq!((release.kind, release.resolves), (Kind::DisputeRelease, Some(hold.id)));

    let lost = held.apply(&closed("dp_1", 600, false)).unwrap();
    assert_eq!((lost.state, lost.purchase.returned()), (State::PartlyRefunded, Micros(600)));
    let [loss] = lost.movements[..] else { panic!("{lost:?}") };
    assert_eq!(
        (loss.kind, loss.amount, loss.resolves),
        (Kind::DisputeLoss, Micros(600), Some(hold.id))
    );

    let turned = lost.purchase.apply(&closed("dp_1", 600, true));
    assert!(matches!(turned, Err(Refusal::Contradiction(..))));
}

#[test]
fn a_dispute_of_more_than_is_left_holds_and_takes_what_is_left() {
    let part = [paid("pi_1", 1_000), refunded("ch_1", 300)];
    let open = [&part[..], &[opened("dp_1", 1_000)]].concat();
    let (held, moved) = after(Provider::Card, &open);
    // 1000 − 300.
    assert_eq!((held.state(), held.disputed()), (State::Disputed, Micros(700)));
    assert_eq!(moved[2..], [(Kind::DisputeHold, 700)]);
    let cut: Vec<_> = held.cut_disputes().collect();
    assert_eq!(cut, [("dp_1", Micros(1_000), Micros(700))]);
    let lost = held.apply(&closed("dp_1", 1_000, false)).unwrap();
    assert_eq!((lost.state, lost.purchase.returned()), (State::Refunded, ASKED));
    assert_eq!(lost.movements[0].amount, Micros(700));
    let won = held.apply(&closed("dp_1", 1_000, true)).unwrap();
    assert_eq!((won.state, won.movements[0].amount), (State::PartlyRefunded, Micros(700)));
    // What the first one holds may come free: a second one is told too early.
    assert!(matches!(held.apply(&opened("dp_2", 500)), Err(Refusal::TooMuch(..))));
    // Once that is gone nothing is left to hold; the dispute is open all the same.
    let two = lost.purchase.apply(&opened("dp_2", 500)).unwrap();
    assert_eq!((two.state, two.movements.len()), (State::Disputed, 0));
}

fn failed(left: i64, failed: &[(&str, i64)]) -> Event {
    let failed = failed.iter().map(|(name, amount)| ((*name).to_owned(), Micros(*amount)));
    Event::RefundsFailed {
        object: "ch_1".to_owned(),
        left: Micros(left),
        failed: failed.collect(),
        currency: czk(),
    }
}

#[test]
fn a_refund_that_fails_after_it_was_told_gives_its_credit_back() {
    // 300 went and came back; then 1000 went, all of it: 1300 in all, of which 300 failed.
    let gone = [paid("pi_1", 1_000), refunded("ch_1", 300)];
    let (back, moved) =
        after(Provider::Card, &[&gone[..], &[failed(0, &[("re_1", 300)])]].concat());
    assert_eq!((back.state(), back.returned()), (State::Credited, Micros(0)));
    assert_eq!(moved[1..], [(Kind::Refund, 300), (Kind::RefundFailed, 300)]);
    assert!(back.has_failed_refunds());
    let again = back.apply(&failed(1_000, &[("re_1", 300)])).unwrap();
    assert_eq!((again.state, again.purchase.returned()), (State::Refunded, ASKED));
    assert_eq!(again.movements.len(), 1);
    assert_eq!((again.movements[0].kind, again.movements[0].amount), (Kind::Refund, Micros(1_000)));
    // What was told late of the time before says nothing new.
    assert_eq!(again.purchase.apply(&refunded("ch_1", 300)).unwrap().movements, []);
    // Never told of before: both movements come at once.
    let (lost, moved) = after(Provider::Card, &[gone[0].clone(), failed(0, &[("re_1", 300)])]);
    assert_eq!((lost.returned(), moved.len()), (Micros(0), 3));
    for wrong in
        [failed(0, &[("re_1", 301)]), failed(1_001, &[("re_1", 300)]), failed(0, &[("", 1)])]
    {
        assert!(back.apply(&wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn what_an_inquiry_is_refused_keeps_nothing_else_out() {
    let open = purchase(Provider::Card);
    let found =
        open.reconcile(&[refunded("ch_1", 1_001), paid("pi_1", 1_000), opened("dp_1", 400)]);
    assert!(matches!(found.refused[..], [Refusal::TooMuch(..)]), "{found:?}");
    let kinds: Vec<Kind> = found.transition.movements.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [Kind::TopUp, Kind::DisputeHold]);
}

fn purchase_hold(events: &[Event]) -> Movement {
    let (last, before) = events.split_last().unwrap();
    after(Provider::Card, before).0.apply(last).unwrap().movements[0]
}

#[test]
fn a_dispute_whose_end_is_told_first_holds_and_decides_at_once() {
    let lost = [paid("pi_1", 1_000), closed("dp_1", 1_000, false), opened("dp_1", 1_000)];
    let (gone, moved) = after(Provider::Card, &lost);
    assert_eq!(gone.state(), State::Refunded);
    let kinds: Vec<Kind> = moved.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [Kind::TopUp, Kind::DisputeHold, Kind::DisputeLoss]);
}

#[test]
fn the_same_object_with_another_content_is_refused() {
    let (known, _) = after(Provider::Invoice, &[paid("e1", 400), opened("dp_1", 100)]);
    for event in [paid("e1", 401), opened("dp_1", 101)] {
        assert!(matches!(known.apply(&event), Err(Refusal::Contradiction(..))), "{event:?}");
    }
}

#[test]
fn names_amounts_and_numbers_of_facts_have_limits() {
    let fresh = purchase(Provider::Invoice);
    for (name, amount) in [(String::new(), 1), ("x".repeat(256), 1), ("e".to_owned(), 0)] {
        assert!(fresh.apply(&paid(&name, amount)).is_err(), "{name} {amount}");
    }
    let many: Vec<Event> = (0..FACTS_MAX).map(|number| paid(&format!("e{number}"), 1)).collect();
    let (full, _) = after(Provider::Invoice, &many);
    assert!(matches!(full.apply(&paid("more", 1)), Err(Refusal::TooMany(_))));
    let (rich, _) = after(Provider::Invoice, &[paid("e1", i64::MAX)]);
    assert!(matches!(rich.apply(&paid("e2", 1)), Err(Refusal::TooMuch(..))));
    let id = PurchaseId(Uuid::from_u128(7));
    assert_eq!(Purchase::new(id, Provider::Card, Micros::ZERO, czk()), None);
}

#[test]
fn movements_are_named_by_provider_and_object() {
    let id = |provider, object: &str| {
        purchase(provider).apply(&paid(object, 1_000)).unwrap().movements[0].id
    };
    assert_eq!(id(Provider::Card, "pi_1"), id(Provider::Card, "pi_1"));
    assert_ne!(id(Provider::Card, "pi_1"), id(Provider::Card, "pi_2"));
    assert_ne!(id(Provider::Card, "pi_1"), id(Provider::Grant, "pi_1"));
    // `uuid5(uuid5(8c1f9f0e-53f4-4f0e-8a55-60d379c21b7d, "stripe"), "pi_1")` by Python's uuid.
    let expected: Uuid = "b487ba74-9400-5a4a-9600-f047cfa23a40".parse().unwrap();
    assert_eq!(id(Provider::Card, "pi_1").0, expected);
}

/// What truly happened at the provider, in order.
fn histories() -> impl Strategy<Value = (Provider, Vec<Event>)> {
    let card = (0..=3_usize, 0..=1_000_i64, 0..=2_usize, any::<[bool; 3]>()).prop_map(
        |(refunds, share, disputes, [won, decided, ended])| {
            let mut events = vec![Event::Opened];
            if ended {
                events.push(Event::Expired);
            }
            events.push(paid("pi_1", 1_000));
            // Refunds take up to `share` in equal steps, disputes what is left.
            let step = share / 3;
            events.extend(
                (1..=refunds).filter(|_| step > 0).map(|n| refunded("ch_1", step * n as i64)),
            );
            let left = 1_000 - step * refunds as i64;
            for number in (0..disputes).filter(|_| left > 0) {
                let name = format!("dp_{number}");
                let is_last = number + 1 == disputes;
                events.push(opened(&name, left));
                // Only a dispute that was won leaves money for another one.
                if !is_last || decided {
                    events.push(closed(&name, left, won || !is_last));
                }
            }
            (Provider::Card, events)
        },
    );
    let bank = prop::collection::vec((1..=600_i64, any::<bool>()), 1..6).prop_map(|payments| {
        let mut events = vec![Event::Opened];
        for (number, (amount, back)) in payments.into_iter().enumerate() {
            events.push(paid(&format!("e{number}"), amount));
            if back {
                events.push(reversed(&format!("r{number}"), amount));
            }
        }
        (Provider::Invoice, events)
    });
    prop_oneof![card, bank]
}

/// What the provider says when it is asked how things stand: the end of a dispute and not its opening.
fn snapshot(history: &[Event]) -> Vec<Event> {
    let is_closed = |name: &str| {
        history
            .iter()
            .any(|event| matches!(event, Event::DisputeClosed { object, .. } if object == name))
    };
    let is_over =
        |event: &Event| matches!(event, Event::DisputeOpened { object, .. } if is_closed(object));
    history.iter().filter(|event| !is_over(event)).cloned().collect()
}

/// What a history leaves: credit less everything that went or is held, by the rules on paper.
fn left(events: &[Event]) -> i64 {
    let mut refunds = 0;
    let mut sum = 0;
    for event in events {
        match event {
            Event::Paid { amount, .. } => sum += amount.0,
            Event::Reversed { amount, .. } | Event::DisputeOpened { amount, .. } => sum -= amount.0,
            Event::Refunded { total, .. } => refunds = total.0,
            Event::DisputeClosed { amount, won: true, .. } => sum += amount.0,
            Event::Opened
            | Event::Expired
            | Event::Failed
            | Event::RefundsFailed { .. }
            | Event::DisputeClosed { won: false, .. } => {}
        }
    }
    sum - refunds
}

/// A ledger that takes each name once, and what it then says is left.
#[derive(Default)]
struct Books {
    entries: Vec<Movement>,
}

impl Books {
    fn take(&mut self, transition: Transition) -> Purchase {
        transition.movements.into_iter().for_each(|movement| self.write(movement));
        transition.purchase
    }

    fn write(&mut self, movement: Movement) {
        let known = self.entries.iter().find(|entry| entry.id == movement.id);
        assert_eq!(known, None, "written twice");
        if let Some(hold) = movement.resolves {
            let held = self.entries.iter().find(|entry| entry.id == hold).unwrap();
            assert_eq!((held.kind, held.amount), (Kind::DisputeHold, movement.amount));
        }
        self.entries.push(movement);
    }

    fn left(&self) -> i64 {
        let signed = self.entries.iter().map(|entry| match entry.kind {
            Kind::TopUp | Kind::RefundFailed | Kind::DisputeRelease => entry.amount.0,
            Kind::Reversal | Kind::Refund | Kind::DisputeHold => -entry.amount.0,
            Kind::DisputeLoss => 0,
        });
        signed.sum()
    }

    fn credited(&self) -> i64 {
        let credits = self.entries.iter().filter(|entry| entry.kind == Kind::TopUp);
        credits.map(|entry| entry.amount.0).sum()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn any_order_repetition_and_loss_then_reconciling_ends_the_same(
        (provider, history) in histories(),
        deliveries in prop::collection::vec(any::<prop::sample::Index>(), 0..30),
    ) {
        let mut told = snapshot(&history);
        let mut purchase = purchase(provider);
        let mut books = Books::default();
        let mut is_told_paid = false;
        // Deliveries repeat, lose and mix.
        for event in deliveries.iter().map(|index| index.get(&history)) {
            is_told_paid |= matches!(event, Event::Paid { .. });
            match purchase.apply(event) {
                Ok(transition) => purchase = books.take(transition),
                // Told too early: it will be told again.
                Err(Refusal::TooMuch(..)) => {}
                Err(other) => prop_assert!(false, "{}", other),
            }
            prop_assert!(is_told_paid || books.entries.is_empty(), "credited before it was paid");
        }
        // Then the provider is asked how things stand, and asked again.
        for _ in 0..2 {
            let found = purchase.reconcile(&told);
            prop_assert_eq!(&found.refused, &[]);
            purchase = books.take(found.transition);
            told.reverse();
        }
        let payments = history.iter().map(|event| {
            if let Event::Paid { amount, .. } = event { amount.0 } else { 0 }
        });
        prop_assert_eq!(books.credited(), payments.sum::<i64>());
        prop_assert_eq!(books.left(), left(&history));
        let in_order = after(provider, &history).0;
        prop_assert_eq!(purchase.state(), in_order.state());
        prop_assert_eq!(purchase.received(), in_order.received());
        prop_assert_eq!(purchase.returned(), in_order.returned());
    }
}
