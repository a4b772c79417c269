//! Statements in the dialects of several banks, written after the standard, whole and broken; and
//! which orders their entries pay.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use linka_model::Micros;
use linka_payment::VariableSymbol;
use linka_payment::matching::{CreditedEntry, Match, OpenOrder, Reason, match_entry};
use linka_payment::purchase::PurchaseId;
use linka_payment::statement::{
    Entry, FILE_BYTES_MAX, Statement, StatementError, read_camt053, read_fio,
};
use uuid::Uuid;

const END_TO_END: &str = include_str!("statements/cz-end-to-end-02.xml");
const REFERENCE: &str = include_str!("statements/cz-reference-08.xml");
const BATCH: &str = include_str!("statements/de-batch-08.xml");
const FIO: &str = include_str!("statements/fio.json");

const CROWN: i64 = 1_000_000;

fn one(text: &str) -> Statement {
    let [only] = <[Statement; 1]>::try_from(read_camt053(text.as_bytes()).unwrap()).unwrap();
    only
}

fn symbols(statement: &Statement) -> Vec<Option<u64>> {
    statement.entries.iter().map(|entry| entry.variable_symbol).collect()
}

fn amounts(statement: &Statement) -> Vec<i64> {
    statement.entries.iter().map(|entry| entry.amount.0).collect()
}

/// The file with the first occurrence of a text replaced; the text must be there.
fn with(file: &str, old: &str, new: &str) -> String {
    assert!(file.contains(old), "{old}");
    file.replacen(old, new, 1)
}

fn refused(file: &str) -> StatementError {
    read_camt053(file.as_bytes()).unwrap_err()
}

#[test]
fn symbols_in_the_end_to_end_identification_are_read() {
    let statement = one(END_TO_END);
    assert_eq!(statement.account, "CZ6508000000192000145399");
    assert_eq!(statement.currency.as_str(), "CZK");
    assert_eq!((statement.opening.0, statement.closing.0), (10_000 * CROWN, 12_201 * CROWN));
    assert_eq!(amounts(&statement), [2_000 * CROWN, 250_500_000, -49_500_000]);
    assert_eq!(symbols(&statement), [Some(195), None, None]);
    let texts: Vec<&str> = statement.entries.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(texts, ["Kredit & podpora", "za linku 292 dekujeme", "Poplatek"]);
    let days: Vec<String> = statement.entries.iter().map(|entry| entry.date.to_string()).collect();
    assert_eq!(days, ["2026-11-01"; 3]);
    assert!(statement.entries.iter().all(|entry| entry.booked && !entry.reversal));
}

#[test]
fn symbols_in_structured_references_are_read_and_pending_entries_do_not_count() {
    let statement = one(REFERENCE);
    assert_eq!(statement.account, "192000145399/0800");
    // −100 + 500 + 500 − 500 = 400; the pending 777 are no part of it.
    assert_eq!((statement.opening.0, statement.closing.0), (-100 * CROWN, 400 * CROWN));
    assert_eq!(symbols(&statement), [Some(292), Some(195), Some(389), Some(389)]);
    let marks: Vec<(bool, bool)> =
        statement.entries.iter().map(|entry| (entry.booked, entry.reversal)).collect();
    assert_eq!(marks, [(true, false), (false, false), (true, false), (true, true)]);
    assert_eq!(statement.entries[3].amount, Micros(-500 * CROWN));
}

#[test]
fn payments_booked_at_once_are_read_one_by_one_where_their_amounts_are_given() {
    let statements = read_camt053(BATCH.as_bytes()).unwrap();
    let [euro, koruna] = <[Statement; 2]>::try_from(statements).unwrap();
    assert_eq!(amounts(&euro), [20 * CROWN, 40 * CROWN, 30 * CROWN]);
    // The last booking does not say how it is divided: no part of it can be credited by itself.
    assert_eq!(symbols(&euro), [Some(195), Some(292), None]);
    let references: Vec<&str> =
        euro.entries.iter().map(|entry| entry.identity.bank_reference.as_str()).collect();
    assert_eq!(references, ["SAMMEL-1/1", "EINZEL-2", "SAMMEL-2"]);
    assert_eq!(euro.entries[0].reference.as_deref(), Some("RF740000000195"));
    assert_eq!((koruna.currency.as_str(), koruna.entries.len()), ("CZK", 0));
}

#[test]
fn amounts_of_fio_are_exact_beyond_what_a_float_holds() {
    let statement = read_fio(FIO.as_bytes()).unwrap();
    assert_eq!(statement.account, "CZ7920100000002400222222");
    assert_eq!(amounts(&statement), [100_000, -300_200_000, 9_007_199_254_846_092_192]);
    assert_eq!(symbols(&statement), [Some(195), None, None]);
    assert_eq!(statement.entries[0].identity.bank_reference, "1158218819");
    assert_eq!(statement.entries[0].date.to_string(), "2026-11-01");
    assert_eq!(statement.entries[2].text, "faktura 0000000292");
}

#[test]
fn a_balance_that_does_not_add_up_names_both_figures() {
    let expected = "account CZ6508000000192000145399: the closing balance is 12201.01, but opening \
                    balance and entries make 12201.00: the file is not complete, export it again";
    assert_eq!(refused(&with(END_TO_END, "12201.00", "12201.01")).to_string(), expected);
    let fio = with(FIO, "\"closingBalance\": 9007199254740.992192", "\"closingBalance\": 1");
    assert!(matches!(read_fio(fio.as_bytes()), Err(StatementError::Balance { .. })));
    // One wrong statement keeps the whole file out.
    let second = with(BATCH, "<Amt Ccy=\"CZK\">5.00", "<Amt Ccy=\"CZK\">6.00");
    assert!(matches!(refused(&second), StatementError::Balance { .. }));
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_refused() {
    let file = END_TO_END.trim_end();
    for end in 0..file.len() {
        assert!(read_camt053(&file.as_bytes()[..end]).is_err(), "{end} bytes");
    }
    let fio = FIO.trim_end();
    for end in 0..fio.len() {
        assert!(read_fio(&fio.as_bytes()[..end]).is_err(), "{end} bytes");
    }
}

#[test]
fn entities_are_never_expanded() {
    let bomb = with(
        END_TO_END,
        "<Document",
        "<!DOCTYPE d [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;\">]><Document",
    );
    let error = refused(&with(&bomb, "Kredit", "&b;")).to_string();
    assert!(error.contains("document type"), "{error}");
    let undeclared = refused(&with(END_TO_END, "Kredit", "&b;")).to_string();
    assert!(undeclared.contains("&b; is not expanded"), "{undeclared}");
}

#[test]
fn another_namespace_is_refused_by_its_name() {
    let error = refused(&with(END_TO_END, "camt.053.001.02", "camt.054.001.02")).to_string();
    assert!(error.contains("camt.054.001.02") && error.contains("camt.053.001.08"), "{error}");
    assert!(refused(&with(END_TO_END, " xmlns=", " xmlns:a=")).to_string().contains("namespace"));
}

#[test]
fn what_is_missing_or_wrong_is_said_with_its_place() {
    for (old, new, says) in [
        ("<Cd>PRCD</Cd>", "<Cd>XXXX</Cd>", "balance OPBD or PRCD is missing"),
        ("<Sts>BOOK</Sts>", "", "statement 2026/011, entry 1: the status (Sts) is missing"),
        ("<Amt Ccy=\"CZK\">2000.00", "<Amt>2000.00", "entry 1: `2000.00` is no amount"),
        ("<Amt Ccy=\"CZK\">2000.00", "<Amt Ccy=\"CZK\">-2000.00", "`-2000.00` is no amount"),
        ("<Amt Ccy=\"CZK\">2000.00", "<Amt Ccy=\"EUR\">2000.00", "is in EUR, the account in CZK"),
        ("<CdtDbtInd>CRDT</CdtDbtInd><RvslInd>", "<RvslInd>", "CdtDbtInd"),
        ("<AcctSvcrRef>000-0111-001</AcctSvcrRef>", "", "(AcctSvcrRef) is missing"),
        (
            "<BookgDt><Dt>2026-11-01</Dt></BookgDt><ValDt>",
            "<BookgDt><Dt>2026-11-31</Dt></BookgDt><ValDt>",
            "no date",
        ),
        ("<IBAN>CZ6508000000192000145399</IBAN>", "", "the account (Acct/Id) is missing"),
    ] {
        let error = refused(&with(END_TO_END, old, new)).to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn a_file_beyond_the_limit_or_in_another_encoding_is_refused() {
    let long = vec![b' '; FILE_BYTES_MAX + 1];
    assert_eq!(read_camt053(&long), Err(StatementError::TooLarge(FILE_BYTES_MAX + 1)));
    assert_eq!(read_fio(&long), Err(StatementError::TooLarge(FILE_BYTES_MAX + 1)));
    // `ř` in Windows-1250.
    let error = read_camt053(b"<a>\xf8</a>").unwrap_err().to_string();
    assert!(error.contains("byte 3 is not UTF-8"), "{error}");
}

#[test]
fn importing_again_gives_the_same_names() {
    let names = |file: &str| one(file).entries.iter().map(|e| e.identity.id()).collect::<Vec<_>>();
    let first = names(END_TO_END);
    assert_eq!(first, names(END_TO_END));
    let other = names(&with(END_TO_END, "000-0111-001", "000-0111-009"));
    assert_ne!(first[0], other[0]);
    assert_eq!(first[1], other[1]);
}

fn order(serial: u32, asked: i64, received: i64, currency: &str) -> OpenOrder {
    OpenOrder {
        order: PurchaseId(Uuid::from_u128(serial.into())),
        symbol: VariableSymbol::new(serial).unwrap(),
        currency: currency.parse().unwrap(),
        asked: Micros(asked),
        received: Micros(received),
    }
}

/// A credit of 2,000 CZK with the symbol 195 (serial 1).
fn entry() -> Entry {
    one(END_TO_END).entries.remove(0)
}

#[test]
fn symbol_and_currency_make_a_match_and_the_amount_its_kind() {
    let id = PurchaseId(Uuid::from_u128(1));
    let amount = Micros(2_000 * CROWN);
    let found = |asked, received| {
        match_entry(&[order(2, 1, 0, "CZK"), order(1, asked, received, "CZK")], &[], &entry())
    };
    assert_eq!(found(2_000 * CROWN, 0), Match::Exact { order: id, amount });
    assert_eq!(found(2_500 * CROWN, 500 * CROWN), Match::Exact { order: id, amount });
    let part = Match::PartPayment { order: id, amount, missing: Micros(500 * CROWN) };
    assert_eq!(found(2_500 * CROWN, 0), part);
    let over = Match::Overpaid { order: id, amount, over: Micros(1) };
    assert_eq!(found(2_000 * CROWN - 1, 0), over);
}

#[test]
fn what_does_not_match_is_left_to_a_person_with_its_reason() {
    let unmatched = |orders: &[OpenOrder], symbol| {
        let found = match_entry(orders, &[], &Entry { variable_symbol: symbol, ..entry() });
        let Match::Unmatched { reason, .. } = found else { panic!("{found:?}") };
        reason
    };
    assert_eq!(unmatched(&[order(1, CROWN, 0, "CZK")], None), Reason::NoSymbol);
    assert_eq!(unmatched(&[order(1, CROWN, 0, "CZK")], Some(196)), Reason::WrongCheckDigits);
    assert_eq!(unmatched(&[order(1, CROWN, 0, "CZK")], Some(292)), Reason::NoOrder);
    assert_eq!(unmatched(&[order(1, CROWN, 0, "EUR")], Some(195)), Reason::OtherCurrency);
}

#[test]
fn digits_in_the_text_only_suggest() {
    // The second entry says "za linku 292": serial 2.
    let entry = one(END_TO_END).entries.remove(1);
    let suggestion = |orders: &[OpenOrder]| {
        let found = match_entry(orders, &[], &entry);
        let Match::Unmatched { reason: Reason::NoSymbol, suggestion } = found else {
            panic!("{found:?}")
        };
        suggestion
    };
    let second = PurchaseId(Uuid::from_u128(2));
    let koruna = [order(1, CROWN, 0, "CZK"), order(2, 250_500_000, 0, "CZK")];
    assert_eq!(suggestion(&koruna), Some(second));
    assert_eq!(suggestion(&[order(2, 250_500_000, 0, "EUR")]), None);
    assert_eq!(suggestion(&koruna[..1]), None);
}

#[test]
fn two_orders_in_one_text_suggest_none() {
    let entry = Entry { variable_symbol: None, text: "195 292".to_owned(), ..entry() };
    let orders = [order(1, CROWN, 0, "CZK"), order(2, CROWN, 0, "CZK")];
    let expected = Match::Unmatched { reason: Reason::NoSymbol, suggestion: None };
    assert_eq!(match_entry(&orders, &[], &entry), expected);
}

#[test]
fn a_pending_entry_and_a_repeated_one_count_for_nothing() {
    let orders = [order(1, CROWN, 0, "CZK")];
    let pending = one(REFERENCE).entries.remove(1);
    assert_eq!(match_entry(&orders, &[], &pending), Match::NotBooked);
    let known =
        CreditedEntry { order: orders[0].order, identity: entry().identity, symbol: Some(195) };
    assert_eq!(match_entry(&orders, &[known], &entry()), Match::Repeated(orders[0].order));
}

#[test]
fn a_reversal_takes_a_credited_entry_back_and_another_debit_is_for_a_person() {
    let entries = one(REFERENCE).entries;
    let id = PurchaseId(Uuid::from_u128(3));
    let identity = entries[2].identity.clone();
    let known = [CreditedEntry { order: id, identity: identity.clone(), symbol: Some(389) }];
    let back = Match::Reversal { order: id, amount: Micros(500 * CROWN), of: identity };
    assert_eq!(match_entry(&[], &known, &entries[3]), back);
    // A debit that is not marked may be money that the operator sends back.
    let plain = Entry { reversal: false, ..entries[3].clone() };
    let person = Match::Unmatched { reason: Reason::WentOut, suggestion: Some(id) };
    assert_eq!(match_entry(&[], &known, &plain), person);
    // So is one whose payment has not been read yet: 389 is the symbol of serial 3.
    assert_eq!(match_entry(&[order(3, CROWN, CROWN, "CZK")], &[], &plain), person);
    // One that names nothing of ours is nobody's, marked ones aside.
    let other = Entry { variable_symbol: Some(195), ..plain };
    assert_eq!(match_entry(&[], &known, &other), Match::NotOurs);
    let unknown = match_entry(&[], &[], &entries[3]);
    assert!(matches!(unknown, Match::Unmatched { reason: Reason::NoOrder, .. }));
    let fee = one(END_TO_END).entries.remove(2);
    assert_eq!(match_entry(&[], &[], &fee), Match::NotOurs);
}

#[test]
fn the_same_payment_from_another_export_waits_for_a_person() {
    let orders = [order(1, 5_000 * CROWN, 2_000 * CROWN, "CZK")];
    let mut identity = entry().identity;
    identity.bank_reference = "otherwise named".to_owned();
    let known = CreditedEntry { order: orders[0].order, identity, symbol: Some(195) };
    let twin = Match::Unmatched { reason: Reason::Twin, suggestion: Some(orders[0].order) };
    assert_eq!(match_entry(&orders, core::slice::from_ref(&known), &entry()), twin);
    // The day after it is another payment.
    let mut later = known;
    later.identity.date = "2026-11-02".parse().unwrap();
    let found = match_entry(&orders, &[later], &entry());
    assert!(matches!(found, Match::PartPayment { .. }), "{found:?}");
}

#[test]
fn a_bank_that_has_no_reference_of_its_own_names_payments_otherwise_or_is_refused() {
    let nameless =
        with(BATCH, "<AcctSvcrRef>SAMMEL-2</AcctSvcrRef>", "<AcctSvcrRef>NONREF</AcctSvcrRef>");
    let error = refused(&nameless).to_string();
    assert!(error.contains("entry 2: the bank's reference (AcctSvcrRef) is missing"), "{error}");
    // One payment each: German banks then name it by themselves.
    let cut = "<TxDtls><Refs><EndToEndId>/VS292/SS/KS</EndToEndId></Refs></TxDtls>\n";
    let own =
        "<Refs><Prtry><Tp>FI-UMSATZ-ID</Tp><Ref>2026-11-06-17</Ref></Prtry><EndToEndId>/VS195";
    let named = with(&with(&nameless, cut, ""), "<Refs><EndToEndId>/VS195", own);
    let statements = read_camt053(named.as_bytes()).unwrap();
    assert_eq!(statements[0].entries[2].identity.bank_reference, "2026-11-06-17");
    assert_eq!(statements[0].entries[2].variable_symbol, Some(195));
}

#[test]
fn two_payments_that_cannot_be_told_apart_keep_the_file_out() {
    let twice = with(REFERENCE, "<ns2:AcctSvcrRef>R2<", "<ns2:AcctSvcrRef>R1<");
    let twice = with(&twice, "<ns2:Dt>2026-11-04<", "<ns2:Dt>2026-11-03<");
    let error = refused(&twice).to_string();
    assert!(error.contains("entry R1: two entries have this reference, the amount 500"), "{error}");
    let long = with(REFERENCE, ">R2<", &format!(">{}<", "R".repeat(256)));
    assert!(refused(&long).to_string().contains("longer than 255"));
}

#[test]
fn a_reversal_without_a_reference_is_refused() {
    let error = refused(&with(REFERENCE, "<ns2:AcctSvcrRef>R3</ns2:AcctSvcrRef>", "")).to_string();
    assert!(error.contains("entry 4: the bank's reference"), "{error}");
}

#[test]
fn fio_says_the_reference_of_a_payment_in_its_texts() {
    let named = with(FIO, "faktura 0000000292", "RF74 0000 0001 95");
    assert_eq!(symbols(&read_fio(named.as_bytes()).unwrap())[2], Some(195));
    let zero = with(FIO, "\"value\": \"0000000195\"", "\"value\": \"0000000000\"");
    assert_eq!(symbols(&read_fio(zero.as_bytes()).unwrap())[0], None);
}
