//! What a caller was told of an end that is coming: of the credit (rule M11) or of the call.

/// The end that is coming, as far as words are due.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct NearEnd {
    /// The caller has not heard of it: the next menu opens with it.
    news: bool,
    /// No warning with a time was heard or will be: the next recording opens with it (I12).
    missed: bool,
}

impl NearEnd {
    /// It comes, and nobody has said so. `warned`: a recording would still hear how long is left.
    pub(crate) const fn comes(&mut self, warned: bool) {
        *self = Self { news: true, missed: !warned };
    }

    /// It comes, and the caller hears so now.
    pub(crate) const fn is_announced(&mut self, warned: bool) {
        *self = Self { news: false, missed: !warned };
    }

    /// A recording heard how long is left.
    pub(crate) const fn is_heard(&mut self) {
        self.news = false;
    }

    /// The time of a warning passed while nothing was recorded.
    pub(crate) const fn warning_is_missed(&mut self) {
        self.missed = true;
    }

    /// It does not come after all.
    pub(crate) fn is_off(&mut self) {
        *self = Self::default();
    }

    /// Whether a menu has to say it; it is said once.
    pub(crate) fn take_news(&mut self) -> bool {
        core::mem::take(&mut self.news)
    }

    /// Whether a recording has to say it. What a recording heard is no news to a menu.
    pub(crate) fn take_missed(&mut self) -> bool {
        self.news &= !self.missed;
        core::mem::take(&mut self.missed)
    }
}
