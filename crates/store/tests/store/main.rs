//! The store against real files and a real server: one program, so that it links once. Whatever is
//! no matter of files is tried in both databases.

mod accounts;
mod audit;
mod bank;
mod calls;
mod case_codes;
mod common;
mod crash;
mod credit_watch;
mod deadlines;
mod fee_machine;
mod fees;
mod fees_audit;
mod journal;
mod lines;
mod machine;
mod mails;
mod nodes;
mod orders;
mod org_settings;
mod outage;
mod outbox;
mod partners;
#[expect(unreachable_pub, reason = "the end-to-end tests have it from a library")]
#[path = "../../../../tests/harness/postgres.rs"]
mod postgres;
#[expect(unreachable_pub, reason = "the end-to-end tests have it from a library")]
#[path = "../../../../tests/harness/proxy.rs"]
mod proxy;
mod purchases;
mod reports;
mod schema;
mod statements;
