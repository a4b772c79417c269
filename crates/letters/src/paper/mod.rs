//! Documents on A4: pages, letters, rules and codes, measured in points from the top left corner.

mod block;
mod face;
mod qr;
mod sheet;

pub(crate) use qr::Code;
pub(crate) use sheet::{Align, Column, Shade, Sheet, Style};

use krilla::Document;
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;

use crate::{Date, Language, LetterError};
use face::Faces;

/// Width of A4 (210 mm).
const WIDTH: f32 = 595.28;
/// Height of A4 (297 mm).
const HEIGHT: f32 = 841.89;
/// The left edge of what is written (20 mm).
pub(crate) const LEFT: f32 = 56.7;
/// The right edge.
pub(crate) const RIGHT: f32 = WIDTH - LEFT;
/// Nothing but the footer is written below.
pub(crate) const BOTTOM: f32 = HEIGHT - 72.0;
/// The line of the footer.
pub(crate) const FOOT: f32 = HEIGHT - 40.0;

/// A document in the making.
pub(crate) struct Paper {
    document: Document,
    faces: Faces,
}

impl Paper {
    /// An empty document with its properties. Its dates are the day of issue: no clock is read.
    pub(crate) fn new(
        title: String,
        language: Language,
        issued: Date,
    ) -> Result<Self, LetterError> {
        let mut document = Document::new();
        let (year, month, day) = issued.parts();
        let metadata = Metadata::new()
            .title(title)
            .language(language.code().to_owned())
            .creator("linka".to_owned())
            .producer("linka".to_owned())
            .creation_date(DateTime::new(year).month(month).day(day));
        document.set_metadata(metadata);
        Ok(Self { document, faces: Faces::load()? })
    }

    /// Adds a page and has it drawn.
    pub(crate) fn page(&mut self, draw: impl FnOnce(&mut Sheet<'_>)) -> Result<(), LetterError> {
        let settings = PageSettings::from_wh(WIDTH, HEIGHT)
            .ok_or_else(|| LetterError::Drawing("A4 is no page size".to_owned()))?;
        let mut page = self.document.start_page_with(settings);
        let mut sheet = Sheet::new(page.surface(), &self.faces);
        draw(&mut sheet);
        sheet.finish();
        page.finish();
        Ok(())
    }

    /// The bytes of the document.
    pub(crate) fn finish(self) -> Result<Vec<u8>, LetterError> {
        self.document.finish().map_err(|error| LetterError::Drawing(format!("{error:?}")))
    }
}
