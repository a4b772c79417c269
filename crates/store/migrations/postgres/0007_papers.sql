-- Folding: after 90 days the calls of a line are kept as sums of a month (O9). The same tables stand in
-- ../sqlite. Rule numbers are explained in docs/metering.md.

-- What the calls to a line came to in a month of its organisation's zone, by class of origin and price.
-- Such a row closes the entries and calls that it stands for: balances are recomputed from it (I3). It
-- says nothing of a single call.
CREATE TABLE call_month (
    -- Follows from line, origin, price and month.
    id TEXT PRIMARY KEY,
    line TEXT NOT NULL REFERENCES line (id),
    origin TEXT NOT NULL,
    rate_version TEXT NOT NULL,
    month TEXT NOT NULL CHECK (length(month) = 7),
    debit TEXT NOT NULL REFERENCES account (id),
    credit TEXT NOT NULL REFERENCES account (id),
    calls BIGINT NOT NULL CHECK (calls > 0),
    billable_s BIGINT NOT NULL CHECK (billable_s >= 0),
    amount BIGINT NOT NULL CHECK (amount >= 0),
    -- Follows from all of the above: a row that somebody changed is seen (I3).
    seal TEXT NOT NULL,
    FOREIGN KEY (rate_version, origin) REFERENCES rate (version, origin),
    CHECK (debit <> credit)
);
CREATE INDEX call_month_line ON call_month (line, month);

-- The calls that a transaction folds; empty outside of it.
CREATE TABLE folding (
    call TEXT PRIMARY KEY
);

-- The oldest calls are looked for, and those of a month.
CREATE INDEX call_hour ON call (hour_ms, id);
-- What was moved in a month, and what an account was moved by.
CREATE INDEX entry_plain ON entry (at_ms, id) WHERE kind = 'plain';
CREATE INDEX entry_plain_debit ON entry (debit, at_ms) WHERE kind = 'plain';
CREATE INDEX entry_plain_credit ON entry (credit, at_ms) WHERE kind = 'plain';
-- A hold goes only when nothing resolves it: that is looked up for each.
CREATE INDEX entry_hold ON entry (pending_id) WHERE pending_id IS NOT NULL;

CREATE FUNCTION old_call() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM call, clock
        WHERE call.id = NEW.call AND call.end_reason IS NOT NULL
            AND call.hour_ms <= clock.last_ms - 7776000000) THEN
        RAISE EXCEPTION 'only settled calls are folded, after 90 days';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER folding_old_calls BEFORE INSERT ON folding
    FOR EACH ROW EXECUTE FUNCTION old_call();

-- Lets a row go whose call is being folded; the column that names the call is the first argument.
CREATE FUNCTION folded_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM folding WHERE call = to_jsonb(OLD) ->> TG_ARGV[0]) THEN
        RAISE EXCEPTION '%', TG_ARGV[1];
    END IF;
    RETURN OLD;
END $$;
DROP TRIGGER entry_unchanged ON entry;
CREATE TRIGGER entry_unchanged BEFORE UPDATE ON entry
    FOR EACH ROW EXECUTE FUNCTION refuse('entries never change: correct by a new entry');
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry
    FOR EACH ROW EXECUTE FUNCTION folded_only('call', 'entries never change: correct by a new entry');
CREATE TRIGGER call_no_delete BEFORE DELETE ON call
    FOR EACH ROW EXECUTE FUNCTION folded_only('id', 'a call goes only when it is folded');

CREATE TRIGGER call_month_grows BEFORE UPDATE ON call_month
    FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.line <> OLD.line OR NEW.origin <> OLD.origin
        OR NEW.rate_version <> OLD.rate_version OR NEW.month <> OLD.month OR NEW.debit <> OLD.debit
        OR NEW.credit <> OLD.credit OR NEW.calls <= OLD.calls OR NEW.billable_s < OLD.billable_s
        OR NEW.amount < OLD.amount)
    EXECUTE FUNCTION refuse('a sum of folded calls only grows');
CREATE TRIGGER call_month_no_delete BEFORE DELETE ON call_month
    FOR EACH ROW EXECUTE FUNCTION refuse('a sum of folded calls only grows');
