//! The letters: Libertinus Serif, which has the diacritics of Europe and figures of equal width.

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};

use crate::LetterError;

/// What stands for a letter that the font lacks.
const MISSING: char = '?';

/// Which cut of the letters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cut {
    Regular,
    Bold,
    Italic,
}

/// The cuts that documents are set in.
pub(super) struct Faces {
    regular: Face,
    bold: Face,
    italic: Face,
}

/// One cut: what draws it and what measures it.
pub(super) struct Face {
    pub(super) font: Font,
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units_per_em: f32,
}

impl Faces {
    /// The order is that of the package, which lists regular, bold, italic first.
    pub(super) fn load() -> Result<Self, LetterError> {
        let mut fonts = typst_assets::fonts();
        let mut next = || fonts.next().and_then(Face::load);
        let missing = || LetterError::Drawing("a font cannot be read".to_owned());
        Ok(Self {
            regular: next().ok_or_else(missing)?,
            bold: next().ok_or_else(missing)?,
            italic: next().ok_or_else(missing)?,
        })
    }

    pub(super) const fn cut(&self, cut: Cut) -> &Face {
        match cut {
            Cut::Regular => &self.regular,
            Cut::Bold => &self.bold,
            Cut::Italic => &self.italic,
        }
    }
}

impl Face {
    fn load(data: &'static [u8]) -> Option<Self> {
        let font = Font::new(data.into(), 0)?;
        let reader = FontRef::new(data).ok()?;
        Some(Self {
            units_per_em: font.units_per_em(),
            font,
            charmap: reader.charmap(),
            metrics: reader.glyph_metrics(Size::unscaled(), LocationRef::default()),
        })
    }

    /// One glyph a character; widths are in parts of the size.
    pub(super) fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        let glyph = |(start, c): (usize, char)| {
            let id = self.charmap.map(c).or_else(|| self.charmap.map(MISSING)).unwrap_or_default();
            let advance = self.metrics.advance_width(id).unwrap_or_default() / self.units_per_em;
            KrillaGlyph {
                glyph_id: GlyphId::new(id.to_u32()),
                text_range: start..start + c.len_utf8(),
                x_advance: advance,
                x_offset: 0.0,
                y_offset: 0.0,
                y_advance: 0.0,
                location: None,
            }
        };
        text.char_indices().map(glyph).collect()
    }

    /// Width of a text in parts of the size.
    pub(super) fn width(&self, text: &str) -> f32 {
        self.glyphs(text).iter().map(|glyph| glyph.x_advance).sum()
    }
}

#[cfg(test)]
mod tests {
    use skrifa::raw::types::NameId;

    use super::*;

    #[test]
    fn the_package_lists_the_cuts_in_the_order_in_which_they_are_taken() {
        let full_name = |data: &'static [u8]| {
            let font = FontRef::new(data).unwrap();
            font.localized_strings(NameId::FULL_NAME).english_or_first().unwrap().to_string()
        };
        let names: Vec<String> = typst_assets::fonts().take(3).map(full_name).collect();
        let expected = ["Libertinus Serif", "Libertinus Serif Bold", "Libertinus Serif Italic"];
        assert_eq!(names.iter().map(|n| n.replace(" Regular", "")).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_letter_of_the_languages_around_is_there() {
        let faces = Faces::load().unwrap();
        let letters = "ěščřžýáíéúůďťňóĚŠČŘŽÝÁÍÉÚŮĎŤŇÓľĺŕôäĽąćęłńśźżĄĆĘŁŃŚŹŻöüßÄÖÜ€…–−„“”’§\u{a0}";
        for cut in [Cut::Regular, Cut::Bold, Cut::Italic] {
            let face = faces.cut(cut);
            let lacking: String =
                letters.chars().filter(|c| face.charmap.map(*c).is_none()).collect();
            assert_eq!(lacking, "", "{cut:?}");
        }
    }

    #[test]
    fn figures_are_of_equal_width() {
        let faces = Faces::load().unwrap();
        for cut in [Cut::Regular, Cut::Bold] {
            let face = faces.cut(cut);
            let widths: Vec<f32> =
                "0123456789".chars().map(|c| face.width(&c.to_string())).collect();
            assert!(
                widths.windows(2).all(|pair| pair[0].to_bits() == pair[1].to_bits()),
                "{widths:?}"
            );
        }
    }
}
