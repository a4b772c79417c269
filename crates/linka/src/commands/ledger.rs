//! `linka ledger audit`: the books prove themselves, beside a running node too.

use std::process::ExitCode;

use linka_store::{Audit, Checked};

use crate::cli::{Ledger, LedgerAction};
use crate::commands::existing;
use crate::failure::Failure;
use crate::output;

/// Progress is told each time so many more rows have been looked at.
const TOLD_EVERY: u64 = 100_000;

/// Audits the books; fails where a row does not add up.
pub(crate) async fn run(args: Ledger) -> Result<ExitCode, Failure> {
    let LedgerAction::Audit { data, json } = args.action;
    let store = existing(&data.data).await?;
    let mut told = 0;
    let mut tell = |checked: Checked| {
        let rows = rows(checked);
        if rows / TOLD_EVERY > told / TOLD_EVERY {
            output::aside(format!("{rows} rows looked at"));
        }
        told = rows;
    };
    let audit = store.audit_aloud(&mut tell).await?;
    if json {
        output::json(&audit)?;
    } else {
        text(&audit).iter().for_each(output::line);
    }
    Ok(if audit.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

const fn rows(checked: Checked) -> u64 {
    let Checked { cards, accounts, entries, calls, purchases, periods, folded } = checked;
    cards + accounts + entries + calls + purchases + periods + folded
}

fn text(audit: &Audit) -> Vec<String> {
    let mut lines: Vec<String> = audit.findings.iter().map(ToString::to_string).collect();
    if audit.unlisted > 0 {
        lines.push(format!("and {} more", audit.unlisted));
    }
    let Checked { cards, accounts, entries, calls, purchases, periods, folded } = audit.checked;
    let looked = format!(
        "{entries} entries, {calls} calls, {folded} sums of folded calls, {purchases} purchases, \
         {periods} fee periods, \
         {accounts} accounts, {cards} versions of rate cards"
    );
    lines.push(match lines.len() {
        0 => format!("The books are in order: {looked}."),
        _ => format!("The books do not add up. Looked at {looked}."),
    });
    lines
}

#[cfg(test)]
mod tests {
    use linka_store::{Finding, Wrong};

    use super::*;

    #[test]
    fn each_finding_is_a_line_and_the_last_says_what_was_looked_at() {
        let checked = Checked {
            cards: 1,
            accounts: 2,
            entries: 3,
            calls: 4,
            purchases: 5,
            periods: 6,
            folded: 7,
        };
        let sound = Audit { checked, ..Audit::default() };
        let last = "3 entries, 4 calls, 7 sums of folded calls, 5 purchases, 6 fee periods, \
                    2 accounts, 1 versions of rate cards.";
        assert_eq!(text(&sound), [format!("The books are in order: {last}")]);
        let id = "a".to_owned();
        let finding =
            Finding { table: "account", id, wrong: Wrong::Credits, by_micro: Some(-500_000) };
        let damaged = Audit { checked, findings: vec![finding], unlisted: 2 };
        let expected = [
            "account a: the credits are not the sum of its entries (by -0.50)".to_owned(),
            "and 2 more".to_owned(),
            format!("The books do not add up. Looked at {last}"),
        ];
        assert_eq!(text(&damaged), expected);
    }
}
