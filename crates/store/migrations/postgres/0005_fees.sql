-- Monthly fees: since when a line counts, which periods it has, what it owes. The same tables stand
-- in ../sqlite; whatever changes here changes there.
-- Rule numbers (M, I) are explained in docs/metering.md.

-- Where the days of an organisation begin (IANA): its lines' periods are counted in it (M15).
ALTER TABLE org ADD COLUMN zone TEXT NOT NULL DEFAULT 'Europe/Prague'
    CHECK (length(zone) BETWEEN 1 AND 64);

-- How a line stands with its fee, from its activation on.
CREATE TABLE line_fee (
    line TEXT PRIMARY KEY REFERENCES line (id),
    -- When it was ready for the first time: its periods are counted from that day.
    activated_ms BIGINT NOT NULL,
    -- When it entered its state.
    since_ms BIGINT NOT NULL CHECK (since_ms >= activated_ms),
    released_ms BIGINT CHECK (released_ms >= activated_ms),
    -- The one fee that it owes (M16).
    owed_start_ms BIGINT,
    owed_end_ms BIGINT CHECK (owed_end_ms > owed_start_ms),
    owed_amount BIGINT CHECK (owed_amount > 0),
    -- Which mail of its state was written last: that of this day.
    mailed_day BIGINT CHECK (mailed_day >= 0),
    -- A person has said that the number may go.
    release_confirmed BIGINT NOT NULL DEFAULT 0 CHECK (release_confirmed IN (0, 1)),
    CHECK ((owed_amount IS NULL) = (owed_start_ms IS NULL)),
    CHECK ((owed_amount IS NULL) = (owed_end_ms IS NULL)),
    CHECK (released_ms IS NULL OR owed_amount IS NULL)
);

-- A range of one text: an exclusion constraint on it needs no extension of the server.
CREATE TYPE text_range AS RANGE (subtype = text);

-- What a line was billed for, or was free for. Periods follow each other without gap or overlap, and
-- each is billed once (I15).
CREATE TABLE fee_period (
    line TEXT NOT NULL REFERENCES line (id),
    start_ms BIGINT NOT NULL,
    end_ms BIGINT NOT NULL CHECK (end_ms > start_ms),
    -- The monthly price that was in force at its start.
    price BIGINT NOT NULL CHECK (price >= 0),
    -- All of it, or nothing where the line is included in the plan.
    amount BIGINT NOT NULL CHECK (amount IN (0, price)),
    -- The entry that took it.
    entry TEXT UNIQUE REFERENCES entry (id),
    -- What came back of it when the line was cancelled.
    returned BIGINT NOT NULL DEFAULT 0 CHECK (returned BETWEEN 0 AND amount),
    PRIMARY KEY (line, start_ms),
    CHECK ((entry IS NOT NULL) = (amount > 0)),
    CONSTRAINT fee_period_without_overlap EXCLUDE USING gist (
        text_range(line, line, '[]') WITH &&, int8range(start_ms, end_ms) WITH &&)
);

CREATE FUNCTION fee_period_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM fee_period WHERE line = NEW.line)
        AND NOT EXISTS (SELECT 1 FROM fee_period WHERE line = NEW.line AND end_ms = NEW.start_ms)
        AND NOT EXISTS (SELECT 1 FROM fee_period
            WHERE line = NEW.line AND start_ms < NEW.end_ms AND end_ms > NEW.start_ms) THEN
        RAISE EXCEPTION 'periods of a line follow each other';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fee_period_without_gap BEFORE INSERT ON fee_period
    FOR EACH ROW EXECUTE FUNCTION fee_period_follows();
CREATE TRIGGER fee_period_as_billed BEFORE UPDATE ON fee_period
    FOR EACH ROW WHEN ((OLD.line, OLD.start_ms, OLD.end_ms, OLD.price, OLD.amount)
            <> (NEW.line, NEW.start_ms, NEW.end_ms, NEW.price, NEW.amount)
        OR OLD.entry IS DISTINCT FROM NEW.entry OR OLD.returned <> 0)
    EXECUTE FUNCTION refuse('a period stays as it was billed');
CREATE TRIGGER fee_period_stays BEFORE DELETE ON fee_period
    FOR EACH ROW EXECUTE FUNCTION refuse('a period stays as it was billed');
CREATE TRIGGER line_fee_anchor BEFORE UPDATE OF activated_ms ON line_fee
    FOR EACH ROW WHEN (OLD.activated_ms <> NEW.activated_ms)
    EXECUTE FUNCTION refuse('a line is activated once');
