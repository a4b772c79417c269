//! Proves that every leg of a conference hears all the others and nothing else, over real sockets.
//!
//! No time is asserted: on a machine that is busy with other things frames come late, but no frame may
//! hold what was not said.

use core::time::Duration;

use load::{Plan, run};

#[track_caller]
fn proves_the_mix(legs: usize, threads: u16) {
    let outcome = run(&Plan { legs, threads, beat: Duration::from_millis(200) })
        .expect("sockets and threads are to be had");
    assert_eq!(outcome.wrong, 0, "first: {:?}; {outcome}", outcome.first_wrong);
    assert_eq!(outcome.missed, 0, "{outcome}");
    // 40 frames are due in the quiet stretches; whoever heard so few of them hears nobody.
    assert!(outcome.quiet_exact_least >= 3, "{outcome}");
}

#[test]
fn three_in_one_room_hear_each_other_and_not_themselves() {
    proves_the_mix(3, 1);
}

#[test]
fn thirty_in_ten_rooms_hear_their_own_room_only() {
    proves_the_mix(30, 1);
}

#[test]
fn rooms_on_two_media_threads_do_not_mix() {
    proves_the_mix(30, 2);
}
