//! The books against the model: balances after every step, rows at the end of a sequence.

use super::case::Case;
use super::model::Call;

/// Columns id, rate_version, hour_ms, billable_s, amount and end_reason.
type CallRow = (String, String, i64, Option<i64>, Option<i64>, Option<String>);
/// Columns id, kind, amount, pending_id and code.
type EntryRow = (String, String, i64, Option<String>, String);

impl Case<'_> {
    /// I2, I3, I10: balances are those of the model, and nobody is below the floor.
    pub(super) async fn compare(&mut self) {
        let sql = "SELECT credits, debits, pending, disputed FROM account
             WHERE kind = 'credit' AND org = $1";
        let rows: Vec<(i64, i64, i64, i64)> =
            self.world.raw.all_of(sql, &self.org.0.to_string()).await;
        let model = &self.model;
        let expected = (model.credits, model.debits, model.pending(), model.disputed);
        assert_eq!(rows, [expected]);
        assert!(
            model.debits + model.pending() <= model.credits + model.overdraft,
            "I2: nobody spends what they have not got"
        );
    }

    /// I5, I6, I8, I9, I18: calls and entries are those of the model and no others.
    pub(super) async fn compare_rows(&mut self) {
        let sql = "SELECT id, rate_version, hour_ms, billable_s, amount, end_reason FROM call
             WHERE line = $1 ORDER BY id";
        let rows: Vec<CallRow> = self.world.raw.all_of(sql, &self.line.0.to_string()).await;
        let mut expected: Vec<CallRow> = self.model.calls.iter().map(call_row).collect();
        expected.sort();
        assert_eq!(rows, expected);
        let sql = "SELECT entry.id, entry.kind, entry.amount, pending_id, code FROM entry
             JOIN call ON call.id = entry.call WHERE call.line = $1 ORDER BY entry.id";
        let rows: Vec<EntryRow> = self.world.raw.all_of(sql, &self.line.0.to_string()).await;
        let mut expected: Vec<EntryRow> = self.model.calls.iter().flat_map(entry_rows).collect();
        expected.sort();
        assert_eq!(rows, expected);
    }
}

fn call_row(call: &Call) -> CallRow {
    let end = call.end.as_ref();
    (
        call.new.id.0.to_string(),
        call.new.price.version.0.to_string(),
        call.hour_ms,
        end.map(|end| i64::from(end.billable_s)),
        end.map(|end| end.amount),
        end.map(|end| end.reason.as_str().to_owned()),
    )
}

fn entry_rows(call: &Call) -> Vec<EntryRow> {
    let mut rows = Vec::new();
    for hold in &call.holds {
        let (id, code) = (hold.id.0.to_string(), if hold.grace { "grace" } else { "call" });
        if let Some((name, amount)) = hold.resolved {
            let kind = if amount > 0 { "post" } else { "void" };
            let pending = Some(id.clone());
            rows.push((name.0.to_string(), kind.to_owned(), amount, pending, code.to_owned()));
        }
        rows.push((id, "pending".to_owned(), hold.amount, None, code.to_owned()));
    }
    rows
}
