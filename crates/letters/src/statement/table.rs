//! Tables that go on from page to page.

use crate::paper::{BOTTOM, Column, LEFT, RIGHT, Shade, Sheet, Style};

/// Height of a row.
const ROW: f32 = 15.0;
/// Height of a table's title and of its head.
const TITLE: f32 = 34.0;
const HEAD: f32 = 22.0;

const TEXT: Style = Style::regular(9.5);
const STRONG: Style = Style::bold(9.5);

/// A table: its head stands on each page again.
pub(super) struct Table {
    pub(super) title: &'static str,
    pub(super) columns: &'static [Column],
    pub(super) head: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
    /// The last row, set apart.
    pub(super) sum: Vec<String>,
}

/// A part of a table at its place.
#[derive(Debug, PartialEq)]
pub(super) struct Placed {
    /// Where its upper edge is.
    y: f32,
    table: usize,
    part: Part,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Title,
    Head,
    Row(usize),
    Sum,
}

/// The pages that tables fill, each from its top. A title stays with its first row, and a sum with
/// the last one.
pub(super) fn paginate(tables: &[Table], first_top: f32, next_top: f32) -> Vec<Vec<Placed>> {
    let mut pages = vec![Vec::new()];
    let mut y = first_top;
    for (index, table) in tables.iter().enumerate() {
        let put = |pages: &mut Vec<Vec<Placed>>, y: &mut f32, part: Part| {
            if let Some(page) = pages.last_mut() {
                page.push(Placed { y: *y, table: index, part });
            }
            *y += part.height();
        };
        if y + TITLE + HEAD + 2.0 * ROW > BOTTOM {
            pages.push(Vec::new());
            y = next_top;
        }
        put(&mut pages, &mut y, Part::Title);
        put(&mut pages, &mut y, Part::Head);
        let last = table.rows.len().saturating_sub(1);
        for row in 0..table.rows.len() {
            let needed = if row == last { 2.0 * ROW } else { ROW };
            if y + needed > BOTTOM {
                pages.push(Vec::new());
                y = next_top;
                put(&mut pages, &mut y, Part::Head);
            }
            put(&mut pages, &mut y, Part::Row(row));
        }
        put(&mut pages, &mut y, Part::Sum);
    }
    pages
}

/// Draws the parts of one page.
pub(super) fn draw(sheet: &mut Sheet<'_>, tables: &[Table], page: &[Placed]) {
    for placed in page {
        if let Some(table) = tables.get(placed.table) {
            table.draw(sheet, placed);
        }
    }
}

impl Part {
    const fn height(self) -> f32 {
        match self {
            Self::Title => TITLE,
            Self::Head => HEAD,
            Self::Row(_) | Self::Sum => ROW,
        }
    }
}

impl Table {
    fn draw(&self, sheet: &mut Sheet<'_>, placed: &Placed) {
        let y = placed.y;
        match placed.part {
            Part::Title => {
                sheet.text(LEFT, y + 28.0, Style::bold(12.0).shade(Shade::Accent), self.title);
            }
            Part::Head => {
                sheet.row(y + 13.0, Style::bold(8.5).shade(Shade::Grey), self.columns, &self.head);
                sheet.rule(LEFT, RIGHT, y + 19.0, 0.6, Shade::Ink);
            }
            Part::Row(index) => {
                let cells = self.rows.get(index).map(Vec::as_slice).unwrap_or_default();
                sheet.row(y + 10.5, TEXT, self.columns, cells);
                sheet.rule(LEFT, RIGHT, y + ROW - 0.5, 0.3, Shade::Line);
            }
            Part::Sum => sheet.row(y + 11.5, STRONG, self.columns, &self.sum),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: usize) -> Table {
        let rows = vec![Vec::new(); rows];
        Table { title: "", columns: &[], head: Vec::new(), rows, sum: Vec::new() }
    }

    fn count(page: &[Placed], wanted: Part) -> usize {
        let same = |placed: &&Placed| {
            core::mem::discriminant(&placed.part) == core::mem::discriminant(&wanted)
        };
        page.iter().filter(same).count()
    }

    #[test]
    fn every_row_is_placed_once_and_every_page_has_a_head() {
        for rows in [1, 40, 41, 42, 43, 44, 45, 1_000] {
            let pages = paginate(&[table(rows)], 100.0, 72.0);
            let placed: usize = pages.iter().map(|page| count(page, Part::Row(0))).sum();
            assert_eq!(placed, rows);
            assert!(pages.iter().all(|page| count(page, Part::Head) == 1), "{rows}");
            assert!(pages.iter().flatten().all(|placed| placed.y + placed.part.height() <= BOTTOM));
        }
    }

    #[test]
    fn a_sum_never_stands_alone() {
        for rows in 1..200 {
            let pages = paginate(&[table(rows)], 100.0, 72.0);
            assert!(count(pages.last().unwrap(), Part::Row(0)) > 0, "{rows}");
        }
    }
}
