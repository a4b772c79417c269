//! The plan, written a second time and with other means: days are counted one by one, in UTC.

use linka_model::{LineId, LineState};

pub(super) const DAY: i64 = 86_400_000;
/// What a further landline and a toll-free line cost a month.
const LANDLINE: i64 = 90_000_000;
const TOLL_FREE: i64 = 250_000_000;

/// Begin, end, what was taken, what came back.
pub(super) type Period = (i64, i64, i64, i64);

pub(super) struct Line {
    pub(super) id: LineId,
    pub(super) toll_free: bool,
    /// Not before there was credit.
    pub(super) activated: Option<i64>,
    /// The day of its activation.
    anchor: Date,
    pub(super) released: Option<i64>,
    pub(super) state: LineState,
    since: i64,
    owed: Option<(i64, i64)>,
    confirmed: bool,
    pub(super) periods: Vec<Period>,
}

#[derive(Default)]
pub(super) struct Model {
    pub(super) credit: i64,
    /// By age of the order; those of one moment are activated in the order of their identities.
    pub(super) lines: Vec<Line>,
    /// When lines were released, as it was known when this look began.
    pub(super) gone: Vec<Option<i64>>,
    /// The last stamp of the books.
    pub(super) last: i64,
    pub(super) happened: Vec<&'static str>,
}

impl Line {
    pub(super) fn new(id: LineId, toll_free: bool) -> Self {
        Self {
            id,
            toll_free,
            activated: None,
            anchor: date(0),
            released: None,
            state: LineState::TopUpCredit,
            since: 0,
            owed: None,
            confirmed: false,
            periods: vec![],
        }
    }

    const fn fee(&self) -> i64 {
        if self.toll_free { TOLL_FREE } else { LANDLINE }
    }

    /// The period that an instant lies in, found by going from month to month.
    fn period_at(&self, at: i64) -> (i64, i64) {
        let mut date = self.anchor;
        let mut start = date.clamped();
        loop {
            date = date.next_month();
            let end = date.clamped();
            if at < end {
                return (start, end);
            }
            start = end;
        }
    }
}

impl Model {
    /// Credit came: waiting lines are ready, then everything is looked at once.
    pub(super) fn top_up(&mut self, amount: i64, now: i64) {
        self.credit += amount;
        self.last = self.last.max(now);
        for line in &mut self.lines {
            if line.state == LineState::TopUpCredit {
                line.state = LineState::Ready;
            }
        }
        self.look(now);
    }

    /// Looks again and again until nothing changes.
    pub(super) fn settle(&mut self, now: i64) {
        while self.look(now) {}
    }

    /// One look at every line, the oldest first; says whether anything was done.
    pub(super) fn look(&mut self, now: i64) -> bool {
        let before = self.happened.len();
        let now = now.max(self.last);
        for line in &mut self.lines {
            if line.state == LineState::Ready && line.activated.is_none() {
                (line.activated, line.since, self.last) = (Some(now), now, now);
                line.anchor = date(now.div_euclid(DAY));
            }
        }
        self.gone = self.lines.iter().map(|line| line.released).collect();
        let mut order: Vec<usize> = (0..self.lines.len()).collect();
        order.sort_by_key(|&at| (self.lines[at].activated, self.lines[at].id));
        for at in order {
            if let Some(what) = self.live(at, now) {
                self.happened.push(what);
                self.last = now;
            }
        }
        self.happened.len() > before
    }

    fn live(&mut self, at: usize, now: i64) -> Option<&'static str> {
        let (state, fee, since) =
            (self.lines[at].state, self.lines[at].fee(), self.lines[at].since);
        let days = (now - since) / DAY;
        match (state, self.lines[at].owed) {
            (LineState::Ready, _) => self.due(at, now),
            (LineState::PastDue | LineState::Suspended | LineState::ReleasePending, Some(owed))
                if self.credit >= fee =>
            {
                let end = self.lines[at].period_at(now).1.max(owed.1);
                self.enter(at, LineState::Ready, now);
                self.lines[at].owed = None;
                self.take(at, (owed.0, end));
                self.happened.push("charged");
                Some("restored")
            }
            (LineState::PastDue, _) if days >= 7 => {
                self.enter(at, LineState::Suspended, now);
                Some("suspended")
            }
            (LineState::Suspended, _) if days >= 60 => {
                self.enter(at, LineState::ReleasePending, now);
                Some("release_pending")
            }
            (LineState::ReleasePending, _) if days >= 14 && self.lines[at].confirmed => {
                self.enter(at, LineState::Released, now);
                (self.lines[at].released, self.lines[at].owed) = (Some(now), None);
                Some("released")
            }
            _ => None,
        }
    }

    fn due(&mut self, at: usize, now: i64) -> Option<&'static str> {
        let line = &self.lines[at];
        let start = line.periods.last().map_or(line.activated?, |period| period.1);
        if start > now {
            return None;
        }
        let (period, fee) = (line.period_at(start), line.fee());
        if self.is_free(at, start) {
            self.lines[at].periods.push((period.0, period.1, 0, 0));
            return Some("covered");
        }
        if self.credit >= fee {
            self.take(at, period);
            return Some("charged");
        }
        self.enter(at, LineState::PastDue, now);
        self.lines[at].owed = Some(period);
        Some("owing")
    }

    /// I16: fewer than three older landlines hold their number.
    fn is_free(&self, at: usize, start: i64) -> bool {
        let own = &self.lines[at];
        let older = self.lines.iter().zip(&self.gone).filter(|(line, gone)| {
            !line.toll_free
                && line.activated.is_some()
                && (line.activated, line.id) < (own.activated, own.id)
                && gone.is_none_or(|released| released > start)
        });
        !own.toll_free && older.count() < 3
    }

    fn take(&mut self, at: usize, (start, end): (i64, i64)) {
        let fee = self.lines[at].fee();
        self.credit -= fee;
        self.lines[at].periods.push((start, end, fee, 0));
    }

    fn enter(&mut self, at: usize, state: LineState, now: i64) {
        let line = &mut self.lines[at];
        (line.state, line.since, line.confirmed) = (state, now, false);
    }

    pub(super) fn confirm(&mut self, at: usize, now: i64) {
        self.lines[at].confirmed = true;
        self.look(now);
    }

    /// The organisation gives a line up: whole days after this one come back.
    pub(super) fn cancel(&mut self, at: usize, now: i64) {
        let now = now.max(self.last);
        self.last = now;
        self.enter(at, LineState::Released, now);
        let line = &mut self.lines[at];
        (line.released, line.owed) = (Some(now), None);
        if let Some(period) = line.periods.last_mut().filter(|period| now < period.1) {
            let (left, all) = (period.1 / DAY - now / DAY - 1, (period.1 - period.0) / DAY);
            period.3 = period.2 * left / all;
            self.credit += period.3;
        }
        self.look(now);
    }
}

const fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A day of a month.
#[derive(Clone, Copy)]
struct Date {
    year: i64,
    month: i64,
    /// The first of the month, in days since 1970.
    first: i64,
    /// From 0.
    day: i64,
}

impl Date {
    fn next_month(self) -> Self {
        let first = self.first + days_of(self.year, self.month);
        let (year, month) =
            if self.month == 12 { (self.year + 1, 1) } else { (self.year, self.month + 1) };
        Self { year, month, first, ..self }
    }

    /// Its beginning, or that of the last day of a month that is too short, in milliseconds.
    fn clamped(self) -> i64 {
        (self.first + self.day.min(days_of(self.year, self.month) - 1)) * DAY
    }
}

/// The date of a day since 1970.
fn date(day: i64) -> Date {
    let mut date = Date { year: 1970, month: 1, first: 0, day: 0 };
    while day >= date.first + days_of(date.year, date.month) {
        date = date.next_month();
    }
    Date { day: day - date.first, ..date }
}
