//! What a call costs, worked out by counting.

/// A price: micro-units a minute, first and further increment in seconds, set-up fee and least
/// price of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Price {
    pub(super) per_minute: i64,
    pub(super) first: u32,
    pub(super) step: u32,
    pub(super) setup: i64,
    pub(super) minimum: i64,
}

/// What cards ask for in these tests: by the second and by the minute, with 1/60 that does not
/// divide, with set-up and least price, and free.
pub(super) const PRICES: [Price; 5] = [
    Price { per_minute: 600_000, first: 1, step: 1, setup: 0, minimum: 0 },
    Price { per_minute: 1_200_000, first: 60, step: 60, setup: 0, minimum: 0 },
    Price { per_minute: 1_000_001, first: 30, step: 6, setup: 500_000, minimum: 1_000_000 },
    Price { per_minute: 333_333, first: 60, step: 1, setup: 7, minimum: 0 },
    Price { per_minute: 0, first: 60, step: 60, setup: 0, minimum: 0 },
];

impl Price {
    pub(super) fn boundary(self, seconds: u32) -> u32 {
        let mut counted = self.first;
        while counted < seconds {
            counted += self.step;
        }
        counted
    }

    pub(super) fn cost(self, seconds: u32) -> i64 {
        let sixtieths = self.per_minute * i64::from(self.boundary(seconds));
        let rounded_up = if sixtieths % 60 == 0 { sixtieths / 60 } else { sixtieths / 60 + 1 };
        (self.setup + rounded_up).max(self.minimum)
    }

    /// The rate card of this price.
    pub(super) fn card(self, valid_from: &str) -> String {
        let decimal = |amount: i64| format!("\"{}.{:06}\"", amount / 1_000_000, amount % 1_000_000);
        format!(
            "{{id: machine, currency: CZK, country: CZ, kind: landline, valid_from: {valid_from}, \
             monthly: \"0\", rates: [{{origin: default, per_minute: {}, first: {}, step: {}, \
             setup: {}, minimum: {}}}]}}",
            decimal(self.per_minute),
            self.first,
            self.step,
            decimal(self.setup),
            decimal(self.minimum)
        )
    }
}
