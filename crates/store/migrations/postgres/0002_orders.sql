-- Orders of lines and the numbers that they get. The same tables stand in ../sqlite; whatever
-- changes here changes there.

-- A number that a carrier gave us. It leads to one line at a time, and rests between two of them.
CREATE TABLE did (
    -- E.164 with its +: at most 15 digits.
    number TEXT PRIMARY KEY CHECK (length(number) BETWEEN 5 AND 16 AND substr(number, 1, 1) = '+'),
    country TEXT NOT NULL CHECK (length(country) = 2),
    kind TEXT NOT NULL CHECK (kind IN ('landline', 'toll_free')),
    state TEXT NOT NULL CHECK (state IN ('free', 'assigned', 'quarantined', 'retired')),
    line TEXT UNIQUE REFERENCES line (id),
    released_ms BIGINT,
    quarantine_until_ms BIGINT,
    CHECK ((state = 'assigned') = (line IS NOT NULL)),
    CHECK ((state = 'quarantined') = (released_ms IS NOT NULL)),
    CHECK ((state = 'quarantined') = (quarantine_until_ms IS NOT NULL)),
    -- 90 days of 86,400,000 ms: callers still know whose number it was (decision 18).
    CHECK (quarantine_until_ms - released_ms >= 7776000000)
);
CREATE INDEX did_pool ON did (country, kind) WHERE state = 'free';

-- Who ordered a line and on which day, and why it was refused.
CREATE TABLE line_order (
    line TEXT PRIMARY KEY REFERENCES line (id),
    day TEXT NOT NULL CHECK (length(day) = 10),
    ordered_by TEXT NOT NULL CHECK (length(ordered_by) BETWEEN 1 AND 200),
    rejection TEXT CHECK (length(rejection) BETWEEN 1 AND 160)
);

INSERT INTO did (number, country, kind, state, line)
SELECT number, country, kind, 'assigned', id FROM line WHERE number IS NOT NULL;

CREATE FUNCTION did_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.number, OLD.country, OLD.kind) <> (NEW.number, NEW.country, NEW.kind) THEN
        RAISE EXCEPTION 'a number keeps its country and kind';
    END IF;
    IF NEW.state = 'assigned' AND OLD.state NOT IN ('free', 'assigned') THEN
        RAISE EXCEPTION 'only a free number is assigned';
    END IF;
    IF NEW.line IS NOT DISTINCT FROM OLD.line THEN
        RETURN NEW;
    END IF;
    IF NEW.line IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM line WHERE id = NEW.line AND country = NEW.country AND kind = NEW.kind) THEN
        RAISE EXCEPTION 'a line gets a number of its country and kind';
    END IF;
    IF EXISTS (SELECT 1 FROM line WHERE id = OLD.line AND number = OLD.number) THEN
        RAISE EXCEPTION 'a line still bears this number';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER did_changes BEFORE UPDATE ON did FOR EACH ROW EXECUTE FUNCTION did_rules();
CREATE TRIGGER did_stays BEFORE DELETE ON did
    FOR EACH ROW EXECUTE FUNCTION refuse('a number is retired, never deleted');

CREATE FUNCTION line_order_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM did WHERE number = NEW.number AND line = NEW.id) THEN
        RAISE EXCEPTION 'a line bears only the number that is assigned to it';
    END IF;
    IF NEW.state = 'rejected' AND NOT EXISTS (
        SELECT 1 FROM line_order WHERE line = NEW.id AND rejection IS NOT NULL) THEN
        RAISE EXCEPTION 'an order is rejected for a reason';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER line_by_its_order BEFORE INSERT OR UPDATE OF number, state ON line
    FOR EACH ROW EXECUTE FUNCTION line_order_rules();
