-- What the first tables left open. The same stands in ../sqlite; whatever changes here changes
-- there. Rule numbers (M, I) are explained in docs/metering.md.

-- A number that goes back to its carrier while it rests, and comes again, goes on resting: these say
-- when its last line lost it and until when it rests.
ALTER TABLE did ADD COLUMN left_ms BIGINT;
ALTER TABLE did ADD COLUMN rests_until_ms BIGINT
    CHECK ((left_ms IS NULL) = (rests_until_ms IS NULL) AND (state = 'retired' OR left_ms IS NULL));

-- By no way round is a rest shorter (decision 18). Time is that of the books.
CREATE FUNCTION did_rests() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(OLD.quarantine_until_ms, OLD.rests_until_ms)
            > coalesce(NEW.quarantine_until_ms, NEW.rests_until_ms, 0)
        AND NOT (OLD.state = 'quarantined' AND NEW.state = 'free'
            AND OLD.quarantine_until_ms <= (SELECT last_ms FROM clock WHERE id = 1)) THEN
        RAISE EXCEPTION 'a number rests until its time has come';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER did_rests BEFORE UPDATE ON did FOR EACH ROW EXECUTE FUNCTION did_rests();

-- The last entry that brought an account credit. Stamps do not tell which was the last: while a
-- clock is set back they stand still (M14).
CREATE TABLE last_top_up (
    account TEXT PRIMARY KEY REFERENCES account (id),
    entry TEXT NOT NULL REFERENCES entry (id)
);
INSERT INTO last_top_up (account, entry)
SELECT DISTINCT ON (credit) credit, id FROM entry
WHERE kind = 'plain' AND code IN
    ('grant', 'top_up_card', 'top_up_bank', 'top_up_partner', 'budget')
ORDER BY credit, at_ms DESC, id DESC;
CREATE FUNCTION entry_tops_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO last_top_up (account, entry) VALUES (NEW.credit, NEW.id)
    ON CONFLICT (account) DO UPDATE SET entry = excluded.entry;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_tops_up AFTER INSERT ON entry FOR EACH ROW
    WHEN (NEW.kind = 'plain' AND NEW.code IN
        ('grant', 'top_up_card', 'top_up_bank', 'top_up_partner', 'budget'))
    EXECUTE FUNCTION entry_tops_up();

-- What resolves a hold resolves one that exists, between the same accounts, for the same call (I4).
CREATE FUNCTION entry_resolves_a_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM entry WHERE id = NEW.pending_id AND kind = 'pending' AND debit = NEW.debit
            AND credit = NEW.credit AND call = NEW.call) THEN
        RAISE EXCEPTION 'a post or a void resolves a hold of the same call';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER entry_resolves_a_hold BEFORE INSERT ON entry FOR EACH ROW
    WHEN (NEW.kind IN ('post', 'void')) EXECUTE FUNCTION entry_resolves_a_hold();
