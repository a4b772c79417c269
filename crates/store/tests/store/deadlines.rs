//! A database that does not answer: nobody waits, nobody is told what is not so (D4).

use linka_metering::{EntryId, Posting, PostingResult};
use linka_model::Micros;
use linka_store::{Admission, QUEUE_MAX, StoreError};

use crate::common::{NOW, ORG, Place, admitted, call, entry, house, on_both, pinned, sound, start};

on_both!(
    while_another_process_holds_the_database_the_answer_is_unavailable_and_then_the_same,
    a_queue_that_is_full_answers_at_once,
    a_call_that_nobody_waits_for_any_more_is_not_admitted,
);

async fn while_another_process_holds_the_database_the_answer_is_unavailable_and_then_the_same(
    place: Place,
) {
    let store = house(&place, 5_000_000).await;
    let node = start(&store).await;
    let price = pinned(&store).await;
    let (id, _) = admitted(&node, 1, price).await;
    let hold = Posting::Hold {
        id: EntryId::hold(id, 1),
        call: id,
        org: ORG,
        amount: Micros(600_000),
        until_s: 210,
        grace: false,
    };
    let mut other = place.raw().await;
    other.take_the_books().await;
    // With the clock paused a wait is over as soon as nothing else can happen.
    tokio::time::pause();
    assert_eq!(node.post(vec![hold], NOW).await, [PostingResult::Unavailable]);
    let (new, _, first) = call(2, price);
    assert_eq!(node.admit(new.clone(), first, NOW).await, Admission::Unavailable);
    let grant = store.grant(entry(1), ORG, Micros(1), "more", NOW).await;
    assert!(matches!(grant, Err(StoreError::Unavailable)));
    // Reading goes on.
    tokio::time::resume();
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(3_500_000));
    other.execute("ROLLBACK").await.expect("released");
    let mut answer = vec![PostingResult::Unavailable];
    while answer == [PostingResult::Unavailable] {
        answer = node.post(vec![hold], NOW).await;
    }
    assert_eq!(answer, [PostingResult::Done]);
    // 5.00 − 1.50 − 0.60: whatever was repeated counts once.
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(2_900_000));
    sound(&store).await;
}

async fn a_queue_that_is_full_answers_at_once(place: Place) {
    let store = house(&place, 5_000_000).await;
    let node = start(&store).await;
    // On one thread the poster does not run until this test waits: the first poll of each request
    // only queues it.
    let mut waiting = Vec::new();
    for n in 0..=QUEUE_MAX {
        let node = node.clone();
        let pending = EntryId(uuid::Uuid::from_u128(n.try_into().expect("fits")));
        let void = Posting::Void { id: EntryId::void(pending), pending };
        waiting.push(Box::pin(async move { node.post(vec![void], NOW).await }));
    }
    let mut context = core::task::Context::from_waker(core::task::Waker::noop());
    let mut answered = Vec::new();
    for request in &mut waiting {
        if let core::task::Poll::Ready(answer) = request.as_mut().poll(&mut context) {
            answered.push(answer);
        }
    }
    assert_eq!(answered, [[PostingResult::Unavailable]]);
}

async fn a_call_that_nobody_waits_for_any_more_is_not_admitted(place: Place) {
    let store = house(&place, 5_000_000).await;
    let node = start(&store).await;
    let price = pinned(&store).await;
    {
        // Asked for, and given up before the poster looks.
        let (new, _, hold) = call(1, price);
        let mut asking = Box::pin(node.admit(new, hold, NOW));
        let mut context = core::task::Context::from_waker(core::task::Waker::noop());
        assert!(asking.as_mut().poll(&mut context).is_pending());
    }
    admitted(&node, 2, price).await;
    // 5.00 − 1.50, and not twice.
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(3_500_000));
    sound(&store).await;
}
