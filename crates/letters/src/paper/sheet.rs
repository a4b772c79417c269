//! One page and what is drawn on it.

use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;

use super::Code;
use super::face::{Cut, Face, Faces};

/// How a text looks.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Style {
    cut: Cut,
    size: f32,
    shade: Shade,
}

/// The colours of a document; every one is readable in black and white.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shade {
    Ink,
    Grey,
    Accent,
    Line,
    Tint,
    White,
}

/// On which side of its place a text stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Align {
    Left,
    Right,
}

/// A column of a table.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Column {
    pub(crate) left: f32,
    pub(crate) right: f32,
    pub(crate) align: Align,
}

/// A page under the pen.
pub(crate) struct Sheet<'a> {
    surface: Surface<'a>,
    faces: &'a Faces,
}

impl Style {
    pub(crate) const fn regular(size: f32) -> Self {
        Self { cut: Cut::Regular, size, shade: Shade::Ink }
    }

    pub(crate) const fn bold(size: f32) -> Self {
        Self { cut: Cut::Bold, size, shade: Shade::Ink }
    }

    pub(crate) const fn italic(size: f32) -> Self {
        Self { cut: Cut::Italic, size, shade: Shade::Ink }
    }

    pub(crate) const fn shade(self, shade: Shade) -> Self {
        Self { shade, ..self }
    }
}

impl Shade {
    const fn rgb(self) -> [u8; 3] {
        match self {
            Self::Ink => [0x1c, 0x1c, 0x1a],
            Self::Grey => [0x5c, 0x5c, 0x56],
            Self::Accent => [0x2b, 0x56, 0x46],
            Self::Line => [0xd6, 0xd6, 0xcf],
            Self::Tint => [0xf3, 0xf5, 0xf1],
            Self::White => [0xff, 0xff, 0xff],
        }
    }

    fn fill(self) -> Fill {
        let [red, green, blue] = self.rgb();
        Fill {
            paint: rgb::Color::new(red, green, blue).into(),
            opacity: NormalizedF32::ONE,
            rule: FillRule::NonZero,
        }
    }
}

impl<'a> Sheet<'a> {
    pub(super) fn new(surface: Surface<'a>, faces: &'a Faces) -> Self {
        Self { surface, faces }
    }

    pub(super) fn finish(self) {
        self.surface.finish();
    }

    /// Writes from `x` to the right; `y` is the base line.
    pub(crate) fn text(&mut self, x: f32, y: f32, style: Style, text: &str) {
        let face = self.face(style);
        let (glyphs, font) = (face.glyphs(text), face.font.clone());
        if glyphs.is_empty() {
            return;
        }
        self.surface.set_fill(Some(style.shade.fill()));
        self.surface.draw_glyphs(Point::from_xy(x, y), &glyphs, font, text, style.size, false);
    }

    /// Writes so that the text ends at `x`.
    pub(crate) fn text_right(&mut self, x: f32, y: f32, style: Style, text: &str) {
        let width = self.width(style, text);
        self.text(x - width, y, style, text);
    }

    /// Writes into columns; what is too wide is shortened, so that nothing touches its neighbour.
    pub(crate) fn row<T: AsRef<str>>(
        &mut self,
        y: f32,
        style: Style,
        columns: &[Column],
        cells: &[T],
    ) {
        for (column, cell) in columns.iter().zip(cells) {
            let cell = self.fitted(style, cell.as_ref(), column.right - column.left);
            match column.align {
                Align::Left => self.text(column.left, y, style, &cell),
                Align::Right => self.text_right(column.right, y, style, &cell),
            }
        }
    }

    /// A horizontal rule.
    pub(crate) fn rule(&mut self, left: f32, right: f32, y: f32, weight: f32, shade: Shade) {
        self.area(left, y - weight / 2.0, right - left, weight, shade);
    }

    /// A filled rectangle.
    pub(crate) fn area(&mut self, x: f32, y: f32, width: f32, height: f32, shade: Shade) {
        let mut path = PathBuilder::new();
        if let Some(rect) = Rect::from_xywh(x, y, width, height) {
            path.push_rect(rect);
        }
        self.fill(path, shade);
    }

    /// A code of the given size, quiet zone included. Neighbouring modules are one rectangle, so
    /// that no hair lines show between them.
    pub(crate) fn code(&mut self, x: f32, y: f32, size: f32, code: &Code) {
        let module = size / code.size();
        let mut path = PathBuilder::new();
        for run in code.runs() {
            let (left, top) = (x + run.column * module, y + run.row * module);
            if let Some(rect) = Rect::from_xywh(left, top, run.length * module, module) {
                path.push_rect(rect);
            }
        }
        self.fill(path, Shade::Ink);
    }

    /// The text, or as much of it as fits with an ellipsis.
    pub(crate) fn fitted(&self, style: Style, text: &str, width_max: f32) -> String {
        if self.width(style, text) <= width_max {
            return text.to_owned();
        }
        let room = width_max - self.width(style, "…");
        let mut used = 0.0;
        let glyphs = self.face(style).glyphs(text);
        let fits = glyphs.iter().take_while(|glyph| {
            used += glyph.x_advance * style.size;
            used <= room
        });
        let count = fits.count();
        let kept: String = text.chars().take(count).collect();
        format!("{}…", kept.trim_end())
    }

    fn width(&self, style: Style, text: &str) -> f32 {
        self.face(style).width(text) * style.size
    }

    fn face(&self, style: Style) -> &'a Face {
        self.faces.cut(style.cut)
    }

    fn fill(&mut self, path: PathBuilder, shade: Shade) {
        if let Some(path) = path.finish() {
            self.surface.set_fill(Some(shade.fill()));
            self.surface.draw_path(&path);
        }
    }
}
