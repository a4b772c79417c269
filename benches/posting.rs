//! Proves that the load of the ledger bench does what it counts: every pair stands in the books.

use load::books::{Books, Stop, pairs};

#[tokio::test]
async fn every_pair_that_is_counted_stands_in_the_books() {
    let folder = std::env::temp_dir().join(format!("linka-posting-{}", std::process::id()));
    let mut books = Books::open(&folder, None).await.expect("opens");
    let node = books.node().await.expect("starts");
    let mut calls = Vec::new();
    for _ in 0..4 {
        calls.push(books.call(&node).await.expect("admitted"));
    }
    // Four first holds of 150 s at 10,000.
    assert_eq!(books.used().await.expect("sound"), 6_000_000);
    let (calls, first) = pairs(calls, Stop::After(25)).await;
    let (_, second) = pairs(calls, Stop::After(5)).await;
    assert_eq!((first, second), (4 * 25, 4 * 5));
    // And 120 seconds that were reserved and taken.
    assert_eq!(books.used().await.expect("sound"), 6_000_000 + 1_200_000);
    drop(node);
    std::fs::remove_dir_all(folder).expect("removed");
}
