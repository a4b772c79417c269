//! Mails: one an address, tried until they are sent or given up.

use crate::common::{HOUR, NOW, ORG, Place, on_both, quiet_house};
use linka_model::Micros;
use linka_store::{
    CONTACTS_MAX, Contact, Failure, LowCredit, MailListing, Notice, Outgoing, Store, StoreError,
    Which,
};
use uuid::Uuid;

on_both!(
    a_notice_becomes_a_mail_to_each_contact_and_none_is_made_twice,
    a_mail_that_was_taken_is_not_taken_again_before_its_wait_is_over,
    a_mail_that_fails_for_now_is_tried_ten_times_and_then_dead,
    a_mail_that_fails_for_good_is_dead_at_once_and_the_other_address_is_not,
    a_notice_waits_for_somebody_to_tell_and_not_for_ever,
    the_operator_is_told_by_the_addresses_that_are_given,
    what_is_done_with_is_forgotten_after_ninety_days,
    a_notice_of_another_version_is_put_aside_and_the_others_go_on,
    an_alarm_waits_for_an_operator_who_is_there_later,
    more_notices_than_fit_a_transaction_are_addressed_in_one_round,
    a_mail_that_may_be_under_way_is_not_sent_again_by_hand,
    contacts_are_added_changed_and_removed_up_to_a_limit,
);

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

fn contact(address: &str, language: &str) -> Contact {
    Contact { address: address.to_owned(), language: language.parse().expect("a language") }
}

/// A house with one notice and two contacts.
async fn told(place: &Place) -> Store {
    let store = quiet_house(place, 1).await;
    for (address, language) in [("a@obec.cz", "cs"), ("b@obec.cz", "en")] {
        store.add_contact(ORG, &contact(address, language)).await.expect("added");
    }
    tell(&store, 1).await;
    store
}

async fn tell(store: &Store, id: u128) {
    let notice = Notice::LowCredit { level: LowCredit::Low, available: Micros(7) };
    store.tell(Some(ORG), &notice, Uuid::from_u128(id), NOW).await.expect("told");
}

async fn address(store: &Store, now_ms: i64) -> u64 {
    store.address_notices(&[], "obec.cz", now_ms).await.expect("addressed")
}

async fn take(store: &Store, now_ms: i64) -> Vec<Outgoing> {
    store.take_mails(10, now_ms).await.expect("taken")
}

async fn list(store: &Store, which: Which) -> Vec<MailListing> {
    store.mail_listing(which, 100).await.expect("listed")
}

/// Address and state of every mail.
async fn states(store: &Store) -> Vec<(String, String)> {
    let rows = list(store, Which::All).await;
    rows.into_iter().map(|row| (row.address.unwrap_or_default(), row.state)).collect()
}

fn pair(address: &str, state: &str) -> (String, String) {
    (address.to_owned(), state.to_owned())
}

async fn a_notice_becomes_a_mail_to_each_contact_and_none_is_made_twice(place: Place) {
    let store = told(&place).await;
    assert_eq!((address(&store, NOW).await, address(&store, NOW).await), (2, 0));
    let mut mails = take(&store, NOW).await;
    mails.sort_by(|a, b| a.to.address.cmp(&b.to.address));
    let [first, second] = &mails[..] else { panic!("{mails:?}") };
    assert_eq!((&first.to, &second.to), (&contact("a@obec.cz", "cs"), &contact("b@obec.cz", "en")));
    assert_eq!(first.message_id, format!("{}@obec.cz", first.id));
    assert_ne!(first.message_id, second.message_id);
    assert_eq!((first.attempt, first.hour_ms), (1, HOUR));
    let about = first.org.as_ref().expect("an organisation");
    assert_eq!((about.id, about.name.as_str(), about.currency.as_str()), (ORG, "Obec", "CZK"));
    assert!(matches!(first.notice, Notice::LowCredit { available: Micros(7), .. }));
}

async fn a_mail_that_was_taken_is_not_taken_again_before_its_wait_is_over(place: Place) {
    let store = told(&place).await;
    address(&store, NOW).await;
    let first = take(&store, NOW).await;
    assert_eq!(first.len(), 2);
    // The wait is three minutes, a quarter more or less: at least 2:15, at most 3:45.
    assert_eq!(take(&store, NOW + 134_999).await, []);
    let again = take(&store, NOW + 225_000).await;
    assert_eq!(again.len(), 2);
    for mail in &again {
        assert_eq!(mail.attempt, 2);
        let before = first.iter().find(|before| before.id == mail.id).expect("the same mail");
        assert_eq!(before.message_id, mail.message_id);
    }
    // One at a time where one is asked for.
    assert_eq!(store.take_mails(1, NOW + DAY).await.expect("taken").len(), 1);
}

async fn a_mail_that_fails_for_now_is_tried_ten_times_and_then_dead(place: Place) {
    let store = told(&place).await;
    store.remove_contact(ORG, "b@obec.cz").await.expect("removed");
    address(&store, NOW).await;
    let mut now = NOW;
    for attempt in 1..=10 {
        let mails = take(&store, now).await;
        assert_eq!(mails.iter().map(|mail| mail.attempt).collect::<Vec<_>>(), [attempt]);
        let why = "451 4.7.1 a@obec.cz is greylisted";
        store.mail_failed(mails[0].id, Failure::ForNow, why).await.expect("noted");
        now += DAY;
    }
    assert_eq!(take(&store, now).await, []);
    let dead = list(&store, Which::Dead).await;
    let [mail] = &dead[..] else { panic!("{dead:?}") };
    assert_eq!((mail.state.as_str(), mail.attempts), ("dead", 10));
    assert_eq!(mail.last_error.as_deref(), Some("451 4.7.1 aobec.cz is greylisted"));
    // A person sends it again: from the first attempt on.
    store.retry_mail(mail.id, now).await.expect("again");
    assert_eq!(take(&store, now).await[0].attempt, 1);
    store.mail_sent(mail.id).await.expect("noted");
    assert_eq!(states(&store).await, [pair("a@obec.cz", "sent")]);
    let retried = store.retry_mail(mail.id, now).await;
    assert!(matches!(retried, Err(StoreError::NotFound(_))), "sent is sent: {retried:?}");
    let dropped = store.drop_mail(mail.id).await;
    assert!(matches!(dropped, Err(StoreError::NotFound(_))), "{dropped:?}");
}

async fn a_mail_that_fails_for_good_is_dead_at_once_and_the_other_address_is_not(place: Place) {
    let store = told(&place).await;
    address(&store, NOW).await;
    for mail in take(&store, NOW).await {
        if mail.to.address == "a@obec.cz" {
            store.mail_failed(mail.id, Failure::ForGood, "550 5.1.1").await.expect("noted");
        } else {
            store.mail_sent(mail.id).await.expect("noted");
        }
    }
    assert_eq!(states(&store).await, [pair("a@obec.cz", "dead"), pair("b@obec.cz", "sent")]);
    let dead = list(&store, Which::Dead).await;
    assert_eq!(list(&store, Which::One(dead[0].id)).await, dead);
    store.drop_mail(dead[0].id).await.expect("dropped");
    assert_eq!(states(&store).await, [pair("a@obec.cz", "dropped"), pair("b@obec.cz", "sent")]);
    // What a late answer says of a mail that is done with changes nothing.
    store.mail_failed(dead[0].id, Failure::ForNow, "late").await.expect("noted");
    assert_eq!(states(&store).await[0], pair("a@obec.cz", "dropped"));
}

async fn a_notice_waits_for_somebody_to_tell_and_not_for_ever(place: Place) {
    let store = quiet_house(&place, 1).await;
    tell(&store, 1).await;
    // Waits for 25 hours from the start of its hour.
    assert_eq!(address(&store, HOUR + 25 * 60 * MINUTE).await, 0);
    assert_eq!(states(&store).await, [pair("", "new")]);
    assert_eq!(address(&store, HOUR + 25 * 60 * MINUTE + 1).await, 0);
    assert_eq!(states(&store).await, [pair("", "nobody")]);
    let row = list(&store, Which::Dead).await;
    store.add_contact(ORG, &contact("a@obec.cz", "cs")).await.expect("added");
    assert_eq!(address(&store, NOW + 2 * DAY).await, 0);
    store.retry_mail(row[0].id, NOW + 2 * DAY).await.expect("looks again");
    assert_eq!(address(&store, NOW + 2 * DAY).await, 1);
    // One more notice, which a person drops.
    tell(&store, 2).await;
    store.drop_mail(Uuid::from_u128(2)).await.expect("dropped");
    assert_eq!(address(&store, NOW).await, 0);
}

async fn the_operator_is_told_by_the_addresses_that_are_given(place: Place) {
    let store = told(&place).await;
    let alarm = Notice::BooksAlarm { findings: vec!["CZK: debits and credits differ".to_owned()] };
    store.tell(None, &alarm, Uuid::from_u128(5), NOW).await.expect("told");
    // Nobody operates yet: the alarm waits, the organisation's contacts do not get it.
    assert_eq!(address(&store, NOW).await, 2);
    let operator = [contact("op@linka.example", "en")];
    assert_eq!(store.address_notices(&operator, "obec.cz", NOW).await.expect("addressed"), 1);
    let mails = take(&store, NOW).await;
    let mail = mails.iter().find(|mail| mail.notice == alarm).expect("the alarm");
    assert_eq!((&mail.to, &mail.org), (&operator[0], &None));
}

async fn what_is_done_with_is_forgotten_after_ninety_days(place: Place) {
    let store = told(&place).await;
    tell(&store, 2).await;
    address(&store, NOW).await;
    let mails = take(&store, NOW).await;
    for mail in &mails[..3] {
        store.mail_sent(mail.id).await.expect("noted");
    }
    store.forget_mails(HOUR + 90 * DAY).await.expect("forgotten");
    assert_eq!(states(&store).await.len(), 4);
    store.forget_mails(HOUR + 90 * DAY + 1).await.expect("forgotten");
    // One notice has a mail that still waits.
    assert_eq!(states(&store).await.len(), 2);
    store.mail_sent(mails[3].id).await.expect("noted");
    store.forget_mails(HOUR + 90 * DAY + 1).await.expect("forgotten");
    assert_eq!(states(&store).await, []);
    let (left,): (i64,) = place.raw().await.one("SELECT count(*) FROM outbox").await;
    assert_eq!(left, 0);
}

async fn a_notice_of_another_version_is_put_aside_and_the_others_go_on(place: Place) {
    let store = told(&place).await;
    store.remove_contact(ORG, "b@obec.cz").await.expect("removed");
    let mut raw = place.raw().await;
    // The one in the middle is of a version to come.
    tell(&store, 2).await;
    tell(&store, 3).await;
    raw.execute(
        r#"UPDATE outbox SET notice = '{"notice":"future"}'
           WHERE id = '00000000-0000-0000-0000-000000000002'"#,
    )
    .await
    .expect("written");
    assert_eq!(address(&store, NOW).await, 3);
    // One at a time: it must not stand before the others for ever.
    let mut sent = 0;
    while let [mail] = &store.take_mails(1, NOW).await.expect("taken")[..] {
        assert!(matches!(mail.notice, Notice::LowCredit { .. }));
        store.mail_sent(mail.id).await.expect("noted");
        sent += 1;
    }
    assert_eq!(sent, 2);
    let dead = list(&store, Which::Dead).await;
    let [mail] = &dead[..] else { panic!("{dead:?}") };
    assert_eq!((mail.notice, mail.content.is_none(), mail.attempts), ("?", true, 0));
    assert!(mail.last_error.as_deref().is_some_and(|why| why.contains("another")), "{mail:?}");
    assert_eq!(list(&store, Which::All).await.len(), 3);
    store.drop_mail(mail.id).await.expect("dropped");
}

async fn an_alarm_waits_for_an_operator_who_is_there_later(place: Place) {
    let store = quiet_house(&place, 1).await;
    let alarm = Notice::BooksAlarm { findings: vec!["CZK: debits and credits differ".to_owned()] };
    let operator = [contact("op@linka.example", "en")];
    store.tell(None, &alarm, Uuid::from_u128(5), HOUR).await.expect("told");
    // An hour later than the 25 in which somebody has to be there.
    let late = HOUR + 26 * 60 * MINUTE;
    store.tell(None, &alarm, Uuid::from_u128(6), late).await.expect("told");
    assert_eq!(store.address_notices(&operator, "obec.cz", late).await.expect("addressed"), 2);
    store.tell(None, &alarm, Uuid::from_u128(7), HOUR).await.expect("told");
    assert_eq!(address(&store, late).await, 0);
    let dead = list(&store, Which::Dead).await;
    assert_eq!(dead.iter().map(|row| row.state.as_str()).collect::<Vec<_>>(), ["nobody"]);
}

async fn more_notices_than_fit_a_transaction_are_addressed_in_one_round(place: Place) {
    let store = told(&place).await;
    for id in 2..=31 {
        tell(&store, id).await;
    }
    // 31 notices, five at a time, to two contacts each.
    assert_eq!((address(&store, NOW).await, address(&store, NOW).await), (62, 0));
}

async fn a_mail_that_may_be_under_way_is_not_sent_again_by_hand(place: Place) {
    let store = told(&place).await;
    address(&store, NOW).await;
    let taken = take(&store, NOW).await;
    let again = store.retry_mail(taken[0].id, NOW).await;
    assert!(matches!(again, Err(StoreError::NotFound(_))), "{again:?}");
    assert_eq!(take(&store, NOW).await, []);
    // It failed: it is under way no more.
    store.mail_failed(taken[0].id, Failure::ForNow, "451").await.expect("noted");
    store.retry_mail(taken[0].id, NOW).await.expect("hurried");
    assert_eq!(take(&store, NOW).await.len(), 1);
    let again = store.retry_mail(taken[0].id, NOW).await;
    assert!(matches!(again, Err(StoreError::NotFound(_))), "the second is under way: {again:?}");
}

async fn contacts_are_added_changed_and_removed_up_to_a_limit(place: Place) {
    let store = quiet_house(&place, 1).await;
    for n in 0..CONTACTS_MAX {
        store.add_contact(ORG, &contact(&format!("c{n:02}@obec.cz"), "cs")).await.expect("added");
    }
    let more = store.add_contact(ORG, &contact("one@more.cz", "cs")).await;
    assert!(matches!(more, Err(StoreError::Conflict(_))), "{more:?}");
    store.add_contact(ORG, &contact("c00@obec.cz", "en")).await.expect("changed");
    assert!(store.remove_contact(ORG, "c01@obec.cz").await.expect("removed"));
    assert!(!store.remove_contact(ORG, "c01@obec.cz").await.expect("gone already"));
    let contacts = store.contacts(ORG).await.expect("listed");
    assert_eq!(contacts.len(), 19);
    assert_eq!(contacts[..2], [contact("c00@obec.cz", "en"), contact("c02@obec.cz", "cs")]);
}
