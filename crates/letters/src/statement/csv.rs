//! A statement as comma-separated values (RFC 4180).

use linka_model::Micros;

use super::sums::Sums;
use super::{MovementKind, Statement};
use crate::amount::{exact, minor, plain};
use crate::clean::one_line;

/// Characters of a text; longer ones are cut.
const TEXT_MAX: usize = 200;

const HEAD: &str = "kind,when,line,origin,billable_seconds,card,text,amount,exact,currency\r\n";

/// A row in the making; fields stay empty where they mean nothing.
#[derive(Default)]
struct Row<'a> {
    kind: &'a str,
    when: String,
    line: &'a str,
    origin: &'a str,
    billable_seconds: String,
    card: &'a str,
    text: &'a str,
    amount: i64,
    exact: Micros,
}

pub(super) fn write(statement: &Statement, sums: &Sums) -> Vec<u8> {
    let mut out = String::from(HEAD);
    let mut push = |row: Row<'_>| row.push(&mut out, statement);
    push(Row {
        kind: "opening",
        when: statement.month.first().iso(),
        amount: sums.opening,
        exact: statement.opening,
        ..Row::default()
    });
    for sum in &statement.folded {
        let cost = Micros(-sum.cost.0);
        let calls = format!("{} calls", sum.calls);
        push(Row {
            kind: "calls",
            when: statement.month.iso(),
            line: &sum.line,
            origin: sum.origin.as_str(),
            billable_seconds: sum.billable_seconds.to_string(),
            card: &sum.card,
            text: &calls,
            amount: minor(cost, statement.currency),
            exact: cost,
        });
    }
    for call in &statement.calls {
        let cost = Micros(-call.cost.0);
        push(Row {
            kind: "call",
            when: call.begun.iso(),
            line: &call.line,
            origin: call.origin.as_str(),
            billable_seconds: call.billable_seconds.to_string(),
            card: &call.card,
            amount: minor(cost, statement.currency),
            exact: cost,
            ..Row::default()
        });
    }
    for movement in &statement.movements {
        push(Row {
            kind: movement.kind.as_str(),
            when: movement.date.iso(),
            text: &movement.text,
            amount: minor(movement.change, statement.currency),
            exact: movement.change,
            ..Row::default()
        });
    }
    let last = statement.month.last().iso();
    push(Row { kind: "rounding", when: last.clone(), amount: sums.rounding, ..Row::default() });
    push(Row {
        kind: if statement.unfinished { "closing_so_far" } else { "closing" },
        when: last,
        amount: sums.closing,
        exact: statement.closing,
        ..Row::default()
    });
    out.into_bytes()
}

impl Row<'_> {
    fn push(&self, out: &mut String, statement: &Statement) {
        let fields = [
            self.kind.to_owned(),
            self.when.clone(),
            text(self.line),
            self.origin.to_owned(),
            self.billable_seconds.clone(),
            text(self.card),
            text(self.text),
            plain(self.amount, statement.currency),
            exact(self.exact),
            statement.currency.to_string(),
        ];
        out.push_str(&fields.map(|field| quoted(&field)).join(","));
        out.push_str("\r\n");
    }
}

impl MovementKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Fee => "fee",
            Self::TopUp => "top_up",
            Self::Refund => "refund",
            Self::Correction => "correction",
        }
    }
}

/// Text of others: on one line, and never a formula. Spreadsheets compute what begins with one of
/// these characters, also after white space, and also full-width forms of them.
fn text(value: &str) -> String {
    let line = one_line(value, TEXT_MAX);
    let formula = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    if line.starts_with(formula) { format!("'{line}") } else { line }
}

fn quoted(field: &str) -> String {
    if field.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_others_wrote_is_a_formula() {
        assert_eq!(text("=1+1"), "'=1+1");
        assert_eq!(text(" \t@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(text("\r\n-2+3|cmd"), "'-2+3|cmd");
        assert_eq!(text("Praha, sklad"), "Praha, sklad");
    }

    #[test]
    fn commas_and_quotes_are_quoted_as_rfc_4180_says() {
        assert_eq!(quoted("a,b"), "\"a,b\"");
        assert_eq!(quoted("say \"x\""), "\"say \"\"x\"\"\"");
        assert_eq!(quoted("plain"), "plain");
    }
}
