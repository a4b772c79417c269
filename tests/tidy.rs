//! Holds the rules of the house that no compiler checks: who may use whom, what stays pure, how
//! files are named and how long they may be.

#[path = "tidy/checkout.rs"]
mod checkout;
#[path = "tidy/manifests.rs"]
mod manifests;
#[path = "tidy/purity.rs"]
mod purity;
#[path = "tidy/repository.rs"]
mod repository;
#[path = "tidy/sources.rs"]
mod sources;

use checkout::File;

/// Applies a rule to every file of the checkout, and fails with all that it finds.
fn hold(rule: impl Fn(&File) -> Vec<String>) {
    let files = checkout::files();
    assert!(files.len() > 20, "the checkout has only {} text files", files.len());
    nothing(files.iter().flat_map(rule).collect());
}

#[track_caller]
fn nothing(findings: Vec<String>) {
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

#[test]
fn crates_use_only_whom_they_may() {
    hold(manifests::arrows);
}

#[test]
fn every_package_inherits_the_lints_of_the_workspace() {
    hold(manifests::lints);
}

#[test]
fn flags_of_benches_never_reach_the_unit_tests() {
    hold(manifests::bench_flags);
}

#[test]
fn the_workspace_has_one_binary_to_run() {
    nothing(manifests::one_binary(&checkout::files()));
}

#[test]
fn pure_crates_link_nothing_that_waits_or_remembers() {
    hold(manifests::pure_dependencies);
}

#[test]
fn pure_crates_touch_no_clock_no_socket_and_no_file() {
    hold(purity::impure);
}

#[test]
fn money_is_never_a_float() {
    hold(purity::floats_in_money);
}

#[test]
fn files_are_short_enough_to_read() {
    hold(sources::length);
}

#[test]
fn no_test_is_ignored_and_nothing_is_left_to_do() {
    hold(sources::unfinished);
}

#[test]
fn every_crate_begins_by_saying_what_it_is_for() {
    hold(sources::module_doc);
}

#[test]
fn decisions_are_named_by_number_and_title() {
    hold(repository::decision_names);
}

#[test]
fn no_two_decisions_share_a_number() {
    nothing(repository::decision_numbers(&checkout::files()));
}

#[test]
fn the_repository_knows_no_machine() {
    hold(repository::machine_words);
}

#[test]
fn cited_rules_stand_in_the_docs() {
    nothing(repository::unexplained_rules(&checkout::files()));
}
