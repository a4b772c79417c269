//! The pages of a statement.

use super::Statement;
use super::sums::Sums;
use super::table::{self, Table};
use super::words::Words;
use crate::LetterError;
use crate::amount::{figures, minor};
use crate::clean::one_line;
use crate::paper::{Align, Column, FOOT, LEFT, Paper, RIGHT, Shade, Sheet, Style};

const LABEL: Style = Style::regular(9.0).shade(Shade::Grey);
const TEXT: Style = Style::regular(10.5);
const STRONG: Style = Style::bold(11.5);
/// The left edge of the right half.
const MIDDLE: f32 = LEFT + 250.0;
/// Where tables begin on the pages after the first.
const NEXT_TOP: f32 = 76.0;
/// Height of a line of the summary.
const LEADING: f32 = 17.0;

const fn column(left: f32, right: f32, align: Align) -> Column {
    Column { left: LEFT + left, right: LEFT + right, align }
}

const CALLS: [Column; 6] = [
    column(0.0, 74.0, Align::Left),
    column(80.0, 212.0, Align::Left),
    column(218.0, 278.0, Align::Left),
    column(284.0, 378.0, Align::Left),
    column(382.0, 424.0, Align::Right),
    column(428.0, RIGHT - LEFT, Align::Right),
];

const MOVEMENTS: [Column; 4] = [
    column(0.0, 74.0, Align::Left),
    column(80.0, 160.0, Align::Left),
    column(166.0, 390.0, Align::Left),
    column(396.0, RIGHT - LEFT, Align::Right),
];

/// Draws all pages.
pub(super) fn draw(statement: &Statement, sums: &Sums) -> Result<Vec<u8>, LetterError> {
    let words = Words::of(statement.language);
    let writer = Writer { statement, sums, words };
    let tables = writer.tables();
    let pages = table::paginate(&tables, writer.summary_end(), NEXT_TOP);
    let title = format!("{}, {}", words.title, statement.month.show(statement.language));
    let mut paper = Paper::new(title.clone(), statement.language, statement.issued)?;
    for (index, page) in pages.iter().enumerate() {
        paper.page(|sheet| {
            match index {
                0 => writer.opening(sheet),
                _ => writer.running_head(sheet, &title),
            }
            table::draw(sheet, &tables, page);
            writer.footer(sheet, index + 1, pages.len());
        })?;
    }
    paper.finish()
}

struct Writer<'a> {
    statement: &'a Statement,
    sums: &'a Sums,
    words: &'static Words,
}

impl Writer<'_> {
    /// The head of the first page: what, whose, and the balance.
    fn opening(&self, sheet: &mut Sheet<'_>) {
        let (statement, words) = (self.statement, self.words);
        let language = statement.language;
        sheet.text(LEFT, 78.0, Style::bold(22.0).shade(Shade::Accent), words.title);
        sheet.text_right(RIGHT, 78.0, Style::regular(16.0), &statement.month.show(language));
        let mut issued = format!("{} {}", words.issued, statement.issued.show(language));
        if statement.unfinished {
            issued = format!("{issued}, {}", words.unfinished);
        }
        sheet.text(LEFT, 95.0, Style::italic(10.0).shade(Shade::Grey), &issued);
        sheet.text_right(RIGHT, 95.0, LABEL, statement.currency.as_str());
        sheet.rule(LEFT, RIGHT, 110.0, 1.2, Shade::Accent);
        let ids = (words.company_id, words.vat_id);
        sheet.party(LEFT, 134.0, words.organisation, &statement.organisation, ids);
        sheet.party(MIDDLE, 134.0, words.issuer, &statement.issuer, ids);
        self.summary(sheet);
    }

    fn summary(&self, sheet: &mut Sheet<'_>) {
        let lines = self.summary_lines();
        let last = lines.len().saturating_sub(1);
        let top = self.summary_top();
        let mut y = top;
        let height = LEADING * lines.len() as f32 + 18.0;
        sheet.area(LEFT, top, RIGHT - LEFT, height, Shade::Tint);
        for (index, (label, value)) in lines.iter().enumerate() {
            y += LEADING;
            if index == last {
                y += 7.0;
                sheet.rule(LEFT + 14.0, RIGHT - 14.0, y - 14.0, 0.6, Shade::Ink);
            }
            let style = if index == last { STRONG } else { TEXT };
            sheet.text(LEFT + 14.0, y, style, label);
            sheet.text_right(RIGHT - 14.0, y, style, value);
        }
    }

    /// What makes the balance; lines that are zero are left out, but not the balances and calls.
    fn summary_lines(&self) -> Vec<(String, String)> {
        let (words, sums) = (self.words, self.sums);
        let calls = format!("{} ({})", words.calls, self.grouped(sums.count));
        let between = [
            (words.fees, sums.fees),
            (words.top_ups, sums.top_ups),
            (words.refunds, sums.refunds),
            (words.corrections, sums.corrections),
            (words.rounding, sums.rounding),
        ];
        let between = between.into_iter().filter(|(_, minor)| *minor != 0);
        let between = between.map(|(label, minor)| (label.to_owned(), minor));
        let first = [(words.opening.to_owned(), sums.opening), (calls, sums.calls)];
        let last = [(words.closing.to_owned(), sums.closing)];
        let lines = first.into_iter().chain(between).chain(last);
        lines.map(|(label, minor)| (label, self.money(minor))).collect()
    }

    fn summary_top(&self) -> f32 {
        let lines = |party: &crate::Party| {
            party.address.len()
                + usize::from(party.company_id.is_some())
                + usize::from(party.vat_id.is_some())
        };
        let (left, right) = (&self.statement.organisation, &self.statement.issuer);
        134.0 + 16.0 + 14.0 * (lines(left).max(lines(right)) as f32) + 20.0
    }

    fn summary_end(&self) -> f32 {
        self.summary_top() + LEADING * self.summary_lines().len() as f32 + 18.0
    }

    fn running_head(&self, sheet: &mut Sheet<'_>, title: &str) {
        let name = sheet.fitted(LABEL, &self.statement.organisation.name(), 260.0);
        sheet.text(LEFT, 52.0, LABEL, &name);
        sheet.text_right(RIGHT, 52.0, LABEL, title);
        sheet.rule(LEFT, RIGHT, 60.0, 0.4, Shade::Line);
    }

    fn footer(&self, sheet: &mut Sheet<'_>, page: usize, pages: usize) {
        sheet.rule(LEFT, RIGHT, FOOT - 14.0, 0.4, Shade::Line);
        let folded = !self.statement.folded.is_empty();
        let note = if folded { self.words.folded_note } else { self.words.note };
        sheet.text(LEFT, FOOT, LABEL, note);
        sheet.text_right(RIGHT, FOOT, LABEL, &format!("{} {page}/{pages}", self.words.page));
    }

    fn tables(&self) -> Vec<Table> {
        [self.movements(), self.calls()]
            .into_iter()
            .filter(|table| !table.rows.is_empty())
            .collect()
    }

    fn calls(&self) -> Table {
        let (statement, words) = (self.statement, self.words);
        let row = |when, line: &str, origin, card: &str, seconds: u64, cost| {
            vec![
                when,
                one_line(line, 80),
                words.origin(origin).to_owned(),
                one_line(card, 80),
                self.grouped(seconds),
                self.money(minor(cost, statement.currency)),
            ]
        };
        let sums = statement.folded.iter().map(|sum| {
            let count = format!("{} ×", self.grouped(sum.calls));
            row(count, &sum.line, sum.origin, &sum.card, sum.billable_seconds, sum.cost)
        });
        let calls = statement.calls.iter().map(|call| {
            let begun = call.begun.show_short(statement.language);
            row(begun, &call.line, call.origin, &call.card, call.billable_seconds, call.cost)
        });
        let rows = sums.chain(calls);
        let blank = String::new;
        let seconds = self.grouped(self.sums.seconds);
        let cost = self.money(self.sums.calls.saturating_neg());
        let sum = vec![words.sum.to_owned(), blank(), blank(), blank(), seconds, cost];
        let (title, head) = (words.calls, words.call_head.to_vec());
        Table { title, columns: &CALLS, head, rows: rows.collect(), sum }
    }

    fn movements(&self) -> Table {
        let (statement, words, sums) = (self.statement, self.words, self.sums);
        let rows = statement.movements.iter().map(|movement| {
            vec![
                movement.date.show_short(statement.language),
                words.kind(movement.kind).to_owned(),
                one_line(&movement.text, 120),
                self.money(minor(movement.change, statement.currency)),
            ]
        });
        let total = [sums.fees, sums.top_ups, sums.refunds, sums.corrections]
            .into_iter()
            .fold(0, i64::saturating_add);
        let sum = vec![words.sum.to_owned(), String::new(), String::new(), self.money(total)];
        let (title, head) = (words.movements, words.movement_head.to_vec());
        Table { title, columns: &MOVEMENTS, head, rows: rows.collect(), sum }
    }

    /// Figures without the currency, which stands at the head.
    fn money(&self, minor: i64) -> String {
        figures(minor, self.statement.currency, self.statement.language)
    }

    /// A count, grouped like an amount.
    fn grouped(&self, count: impl TryInto<u64>) -> String {
        crate::amount::count(count.try_into().unwrap_or(u64::MAX), self.statement.language)
    }
}
