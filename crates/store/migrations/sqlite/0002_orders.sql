-- Orders of lines and the numbers that they get. The same tables stand in ../postgres; whatever
-- changes here changes there.

-- A number that a carrier gave us. It leads to one line at a time, and rests between two of them.
CREATE TABLE did (
    -- E.164 with its +: at most 15 digits.
    number TEXT PRIMARY KEY CHECK (length(number) BETWEEN 5 AND 16 AND substr(number, 1, 1) = '+'),
    country TEXT NOT NULL CHECK (length(country) = 2),
    kind TEXT NOT NULL CHECK (kind IN ('landline', 'toll_free')),
    state TEXT NOT NULL CHECK (state IN ('free', 'assigned', 'quarantined', 'retired')),
    line TEXT UNIQUE REFERENCES line (id),
    released_ms INTEGER,
    quarantine_until_ms INTEGER,
    CHECK ((state = 'assigned') = (line IS NOT NULL)),
    CHECK ((state = 'quarantined') = (released_ms IS NOT NULL)),
    CHECK ((state = 'quarantined') = (quarantine_until_ms IS NOT NULL)),
    -- 90 days of 86,400,000 ms: callers still know whose number it was (decision 18).
    CHECK (quarantine_until_ms - released_ms >= 7776000000)
) STRICT;
CREATE INDEX did_pool ON did (country, kind) WHERE state = 'free';

-- Who ordered a line and on which day, and why it was refused.
CREATE TABLE line_order (
    line TEXT PRIMARY KEY REFERENCES line (id),
    day TEXT NOT NULL CHECK (length(day) = 10),
    ordered_by TEXT NOT NULL CHECK (length(ordered_by) BETWEEN 1 AND 200),
    rejection TEXT CHECK (length(rejection) BETWEEN 1 AND 160)
) STRICT;

INSERT INTO did (number, country, kind, state, line)
SELECT number, country, kind, 'assigned', id FROM line WHERE number IS NOT NULL;

CREATE TRIGGER did_keeps_what_it_is BEFORE UPDATE OF number, country, kind ON did
WHEN (OLD.number, OLD.country, OLD.kind) <> (NEW.number, NEW.country, NEW.kind)
BEGIN SELECT RAISE(ABORT, 'a number keeps its country and kind'); END;
CREATE TRIGGER did_assigned_when_free BEFORE UPDATE OF state ON did
WHEN NEW.state = 'assigned' AND OLD.state NOT IN ('free', 'assigned')
BEGIN SELECT RAISE(ABORT, 'only a free number is assigned'); END;
CREATE TRIGGER did_like_its_line BEFORE UPDATE OF line ON did
WHEN NEW.line IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM line WHERE id = NEW.line AND country = NEW.country AND kind = NEW.kind)
BEGIN SELECT RAISE(ABORT, 'a line gets a number of its country and kind'); END;
CREATE TRIGGER did_stays_while_borne BEFORE UPDATE OF line ON did
WHEN OLD.line IS NOT NULL AND NEW.line IS NOT OLD.line
    AND EXISTS (SELECT 1 FROM line WHERE id = OLD.line AND number = OLD.number)
BEGIN SELECT RAISE(ABORT, 'a line still bears this number'); END;
CREATE TRIGGER did_no_delete BEFORE DELETE ON did
BEGIN SELECT RAISE(ABORT, 'a number is retired, never deleted'); END;

CREATE TRIGGER line_bears_its_number BEFORE UPDATE OF number ON line
WHEN NEW.number IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM did WHERE number = NEW.number AND line = NEW.id)
BEGIN SELECT RAISE(ABORT, 'a line bears only the number that is assigned to it'); END;
CREATE TRIGGER line_begins_without_number BEFORE INSERT ON line
WHEN NEW.number IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a line bears only the number that is assigned to it'); END;
CREATE TRIGGER line_rejected_with_reason BEFORE UPDATE OF state ON line
WHEN NEW.state = 'rejected' AND NOT EXISTS (
    SELECT 1 FROM line_order WHERE line = NEW.id AND rejection IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'an order is rejected for a reason'); END;
