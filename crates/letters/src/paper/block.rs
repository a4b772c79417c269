//! Blocks that several documents share.

use super::{Code, Shade, Sheet, Style};
use crate::Party;
use crate::clean::one_line;

/// Widest line of an address.
const WIDTH: f32 = 230.0;
const LEADING: f32 = 14.0;

impl Sheet<'_> {
    /// Who somebody is, from the label down; returns where the block ends.
    pub(crate) fn party(
        &mut self,
        x: f32,
        y: f32,
        label: &str,
        party: &Party,
        (company_id, vat_id): (&str, &str),
    ) -> f32 {
        let (plain, strong) = (Style::regular(10.5), Style::bold(11.5));
        self.text(x, y, Style::regular(9.0).shade(Shade::Grey), label);
        let name = self.fitted(strong, &party.name(), WIDTH);
        self.text(x, y + 16.0, strong, &name);
        let ids = [(company_id, &party.company_id), (vat_id, &party.vat_id)];
        let ids = ids
            .into_iter()
            .filter_map(|(label, id)| Some(format!("{label} {}", one_line(id.as_deref()?, 40))));
        let mut y = y + 18.0;
        for line in party.address().chain(ids) {
            y += LEADING;
            let line = self.fitted(plain, &line, WIDTH);
            self.text(x, y, plain, &line);
        }
        y + LEADING - 2.0
    }

    /// A code on a white ground of its own, so that its quiet zone is quiet.
    pub(crate) fn code_on_white(&mut self, x: f32, y: f32, size: f32, code: &Code) {
        self.area(x, y, size, size, Shade::White);
        self.code(x, y, size, code);
    }
}
