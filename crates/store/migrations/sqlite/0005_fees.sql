-- Monthly fees: since when a line counts, which periods it has, what it owes. The same tables stand
-- in ../postgres; whatever changes here changes there.
-- Rule numbers (M, I) are explained in docs/metering.md.

-- Where the days of an organisation begin (IANA): its lines' periods are counted in it (M15).
ALTER TABLE org ADD COLUMN zone TEXT NOT NULL DEFAULT 'Europe/Prague'
    CHECK (length(zone) BETWEEN 1 AND 64);

-- How a line stands with its fee, from its activation on.
CREATE TABLE line_fee (
    line TEXT PRIMARY KEY REFERENCES line (id),
    -- When it was ready for the first time: its periods are counted from that day.
    activated_ms INTEGER NOT NULL,
    -- When it entered its state.
    since_ms INTEGER NOT NULL CHECK (since_ms >= activated_ms),
    released_ms INTEGER CHECK (released_ms >= activated_ms),
    -- The one fee that it owes (M16).
    owed_start_ms INTEGER,
    owed_end_ms INTEGER CHECK (owed_end_ms > owed_start_ms),
    owed_amount INTEGER CHECK (owed_amount > 0),
    -- Which mail of its state was written last: that of this day.
    mailed_day INTEGER CHECK (mailed_day >= 0),
    -- A person has said that the number may go.
    release_confirmed INTEGER NOT NULL DEFAULT 0 CHECK (release_confirmed IN (0, 1)),
    CHECK ((owed_amount IS NULL) = (owed_start_ms IS NULL)),
    CHECK ((owed_amount IS NULL) = (owed_end_ms IS NULL)),
    CHECK (released_ms IS NULL OR owed_amount IS NULL)
) STRICT;

-- What a line was billed for, or was free for. Periods follow each other without gap or overlap, and
-- each is billed once (I15).
CREATE TABLE fee_period (
    line TEXT NOT NULL REFERENCES line (id),
    start_ms INTEGER NOT NULL,
    end_ms INTEGER NOT NULL CHECK (end_ms > start_ms),
    -- The monthly price that was in force at its start.
    price INTEGER NOT NULL CHECK (price >= 0),
    -- All of it, or nothing where the line is included in the plan.
    amount INTEGER NOT NULL CHECK (amount IN (0, price)),
    -- The entry that took it.
    entry TEXT UNIQUE REFERENCES entry (id),
    -- What came back of it when the line was cancelled.
    returned INTEGER NOT NULL DEFAULT 0 CHECK (returned BETWEEN 0 AND amount),
    PRIMARY KEY (line, start_ms),
    CHECK ((entry IS NOT NULL) = (amount > 0))
) STRICT;

CREATE TRIGGER fee_period_without_overlap BEFORE INSERT ON fee_period
WHEN EXISTS (SELECT 1 FROM fee_period
    WHERE line = NEW.line AND start_ms < NEW.end_ms AND end_ms > NEW.start_ms)
BEGIN SELECT RAISE(ABORT, 'periods of a line do not overlap'); END;
CREATE TRIGGER fee_period_without_gap BEFORE INSERT ON fee_period
WHEN EXISTS (SELECT 1 FROM fee_period WHERE line = NEW.line)
    AND NOT EXISTS (SELECT 1 FROM fee_period WHERE line = NEW.line AND end_ms = NEW.start_ms)
    AND NOT EXISTS (SELECT 1 FROM fee_period
        WHERE line = NEW.line AND start_ms < NEW.end_ms AND end_ms > NEW.start_ms)
BEGIN SELECT RAISE(ABORT, 'periods of a line follow each other'); END;
CREATE TRIGGER fee_period_as_billed BEFORE UPDATE ON fee_period
WHEN (OLD.line, OLD.start_ms, OLD.end_ms, OLD.price, OLD.amount)
        <> (NEW.line, NEW.start_ms, NEW.end_ms, NEW.price, NEW.amount)
    OR OLD.entry IS NOT NEW.entry OR OLD.returned <> 0
BEGIN SELECT RAISE(ABORT, 'a period stays as it was billed'); END;
CREATE TRIGGER fee_period_stays BEFORE DELETE ON fee_period
BEGIN SELECT RAISE(ABORT, 'a period stays as it was billed'); END;
CREATE TRIGGER line_fee_anchor BEFORE UPDATE OF activated_ms ON line_fee
WHEN OLD.activated_ms <> NEW.activated_ms
BEGIN SELECT RAISE(ABORT, 'a line is activated once'); END;
