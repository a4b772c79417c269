//! The page of a proforma invoice.

use super::words::Words;
use super::{Proforma, Sums, Vat, VatSum};
use crate::amount::{figures, micros_per_minor};
use crate::clean::one_line;
use crate::paper::{Align, BOTTOM, Code, Column, FOOT, LEFT, Paper, RIGHT, Shade, Sheet, Style};
use crate::{Amount, LetterError, Reference};
use linka_model::Micros;

const TEXT: Style = Style::regular(10.5);
const STRONG: Style = Style::bold(10.5);
const LABEL: Style = Style::regular(9.0).shade(Shade::Grey);
const HEAD: Style = Style::bold(9.0).shade(Shade::Grey);
/// The left edge of the right half.
const MIDDLE: f32 = LEFT + 250.0;
/// Height of a line of text.
const LEADING: f32 = 14.0;
/// Side of the payment code, quiet zone included (about 46 mm).
const CODE: f32 = 130.0;

const COLUMNS: [Column; 3] = [
    Column { left: LEFT, right: LEFT + 290.0, align: Align::Left },
    Column { left: LEFT + 300.0, right: LEFT + 370.0, align: Align::Right },
    Column { left: LEFT + 380.0, right: RIGHT, align: Align::Right },
];

/// Draws the one page.
pub(super) fn draw(proforma: &Proforma, sums: &Sums) -> Result<Vec<u8>, LetterError> {
    let words = Words::of(proforma.language);
    let code = Code::new(&proforma.qr)?;
    let number = one_line(&proforma.number, 40);
    let title = format!("{} {number}", words.title);
    let mut paper = Paper::new(title, proforma.language, proforma.issued)?;
    paper.page(|sheet| {
        let mut page = Page { proforma, words, sheet };
        page.heading(&number);
        let y = page.parties(138.0);
        let y = page.dates(y + 14.0);
        let y = page.lines(y + 30.0);
        let y = page.totals(sums, y);
        page.payment(y + 26.0, sums, &code);
        page.footer();
    })?;
    paper.finish()
}

struct Page<'p, 's> {
    proforma: &'p Proforma,
    words: &'static Words,
    sheet: &'p mut Sheet<'s>,
}

impl Page<'_, '_> {
    fn heading(&mut self, number: &str) {
        let title = Style::bold(22.0).shade(Shade::Accent);
        self.sheet.text(LEFT, 78.0, title, self.words.title);
        self.sheet.text_right(RIGHT, 78.0, Style::regular(16.0), number);
        let note = Style::italic(10.0).shade(Shade::Grey);
        self.sheet.text(LEFT, 95.0, note, self.words.no_tax_document);
        self.sheet.rule(LEFT, RIGHT, 110.0, 1.2, Shade::Accent);
    }

    fn parties(&mut self, y: f32) -> f32 {
        let (proforma, words) = (self.proforma, self.words);
        let ids = (words.company_id, words.vat_id);
        let left = self.sheet.party(LEFT, y, words.issuer, &proforma.issuer, ids);
        let right = self.sheet.party(MIDDLE, y, words.customer, &proforma.customer, ids);
        left.max(right)
    }

    fn dates(&mut self, y: f32) -> f32 {
        let (proforma, words) = (self.proforma, self.words);
        let dates = [(LEFT, words.issued, proforma.issued), (MIDDLE, words.due, proforma.due)];
        for (x, label, date) in dates {
            self.sheet.text(x, y, LABEL, label);
            self.sheet.text(x, y + LEADING, TEXT, &date.show(proforma.language));
        }
        y + LEADING
    }

    fn lines(&mut self, y: f32) -> f32 {
        let words = self.words;
        let head = match self.proforma.vat {
            Vat::Payer => [words.item, words.rate, words.net],
            Vat::NotPayer => [words.item, "", words.price],
        };
        self.sheet.row(y, HEAD, &COLUMNS, &head);
        self.sheet.rule(LEFT, RIGHT, y + 6.0, 0.6, Shade::Ink);
        let mut y = y + 6.0;
        for line in &self.proforma.lines {
            let rate = line.rate.map(|rate| rate.show(self.proforma.language));
            let net = self.money(line.net.0 / micros_per_minor(self.proforma.currency));
            let cells = [one_line(&line.text, 120), rate.unwrap_or_default(), net];
            self.sheet.row(y + 14.0, TEXT, &COLUMNS, &cells);
            y += 20.0;
            self.sheet.rule(LEFT, RIGHT, y, 0.4, Shade::Line);
        }
        y
    }

    fn totals(&mut self, sums: &Sums, y: f32) -> f32 {
        let mut y = y + 4.0;
        for VatSum { rate, base, vat } in &sums.by_rate {
            y += LEADING;
            let rate = rate.show(self.proforma.language);
            let (vat, base) = (self.money(*vat), self.money(*base));
            let label = format!("{} {rate} {} {base}", self.words.vat, self.words.of_base);
            self.sheet.text(MIDDLE, y, TEXT, &label);
            self.sheet.text_right(RIGHT, y, TEXT, &vat);
        }
        y += 24.0;
        let total = self.amount(sums.total);
        self.sheet.rule(MIDDLE, RIGHT, y - 17.0, 0.8, Shade::Ink);
        self.sheet.text(MIDDLE, y, Style::bold(13.0), self.words.total);
        self.sheet.text_right(RIGHT, y, Style::bold(13.0), &total);
        y
    }

    fn payment(&mut self, y: f32, sums: &Sums, code: &Code) {
        let (proforma, words) = (self.proforma, self.words);
        let height = CODE + 44.0;
        // With the most lines and rates the block still ends above the footer.
        let y = y.min(BOTTOM - height);
        self.sheet.area(LEFT, y, RIGHT - LEFT, height, Shade::Tint);
        let x = LEFT + 18.0;
        self.sheet.text(x, y + 26.0, STRONG.shade(Shade::Accent), words.payment);
        let (label, reference) = match &proforma.payment.reference {
            Reference::VariableSymbol(symbol) => (words.variable_symbol, symbol),
            Reference::Creditor(reference) => (words.creditor_reference, reference),
        };
        let facts = [
            (words.account, Some(proforma.payment.iban())),
            ("BIC", proforma.payment.bic.as_deref().map(|bic| one_line(bic, 11))),
            (label, Some(reference.clone())),
            (words.amount, Some(self.amount(sums.total))),
            (words.due, Some(proforma.due.show(proforma.language))),
        ];
        let mut line = y + 50.0;
        for (label, value) in facts.iter().filter_map(|(label, v)| Some((label, v.as_ref()?))) {
            self.sheet.text(x, line, LABEL, label);
            self.sheet.text(x + 96.0, line, STRONG, value);
            line += 19.0;
        }
        let left = RIGHT - CODE - 22.0;
        self.sheet.code_on_white(left, y + 12.0, CODE, code);
        let caption = LABEL;
        self.sheet.text_right(left + CODE, y + CODE + 30.0, caption, words.code);
    }

    fn footer(&mut self) {
        let note = match self.proforma.vat {
            Vat::NotPayer => self.words.not_payer,
            Vat::Payer => self.words.payer,
        };
        self.sheet.rule(LEFT, RIGHT, FOOT - 14.0, 0.4, Shade::Line);
        self.sheet.text(LEFT, FOOT, LABEL, note);
        self.sheet.text_right(RIGHT, FOOT, LABEL, "1/1");
    }

    /// Figures without the currency, for columns.
    fn money(&self, minor: i64) -> String {
        figures(minor, self.proforma.currency, self.proforma.language)
    }

    /// With the currency.
    fn amount(&self, minor: i64) -> String {
        let currency = self.proforma.currency;
        let micros = Micros(minor.saturating_mul(micros_per_minor(currency)));
        Amount { micros, currency }.show(self.proforma.language)
    }
}
