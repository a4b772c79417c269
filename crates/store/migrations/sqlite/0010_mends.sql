-- What the first tables left open. The same stands in ../postgres; whatever changes here changes
-- there. Rule numbers (M, I) are explained in docs/metering.md.

-- A number that goes back to its carrier while it rests, and comes again, goes on resting: these say
-- when its last line lost it and until when it rests.
ALTER TABLE did ADD COLUMN left_ms INTEGER;
ALTER TABLE did ADD COLUMN rests_until_ms INTEGER
    CHECK ((left_ms IS NULL) = (rests_until_ms IS NULL) AND (state = 'retired' OR left_ms IS NULL));

-- By no way round is a rest shorter (decision 18). Time is that of the books.
CREATE TRIGGER did_rests BEFORE UPDATE ON did
WHEN coalesce(OLD.quarantine_until_ms, OLD.rests_until_ms)
        > coalesce(NEW.quarantine_until_ms, NEW.rests_until_ms, 0)
    AND NOT (OLD.state = 'quarantined' AND NEW.state = 'free'
        AND OLD.quarantine_until_ms <= (SELECT last_ms FROM clock WHERE id = 1))
BEGIN SELECT RAISE(ABORT, 'a number rests until its time has come'); END;

-- The last entry that brought an account credit. Stamps do not tell which was the last: while a
-- clock is set back they stand still (M14).
CREATE TABLE last_top_up (
    account TEXT PRIMARY KEY REFERENCES account (id),
    entry TEXT NOT NULL REFERENCES entry (id)
) STRICT;
INSERT INTO last_top_up (account, entry)
SELECT credit, id FROM (SELECT credit, id, row_number() OVER
        (PARTITION BY credit ORDER BY at_ms DESC, id DESC) AS place
    FROM entry WHERE kind = 'plain' AND code IN
        ('grant', 'top_up_card', 'top_up_bank', 'top_up_partner', 'budget'))
WHERE place = 1;
CREATE TRIGGER entry_tops_up AFTER INSERT ON entry
WHEN NEW.kind = 'plain' AND NEW.code IN
    ('grant', 'top_up_card', 'top_up_bank', 'top_up_partner', 'budget')
BEGIN
    INSERT INTO last_top_up (account, entry) VALUES (NEW.credit, NEW.id)
    ON CONFLICT (account) DO UPDATE SET entry = excluded.entry;
END;

-- What resolves a hold resolves one that exists, between the same accounts, for the same call (I4).
CREATE TRIGGER entry_resolves_a_hold BEFORE INSERT ON entry
WHEN NEW.kind IN ('post', 'void') AND NOT EXISTS (
    SELECT 1 FROM entry WHERE id = NEW.pending_id AND kind = 'pending' AND debit = NEW.debit
        AND credit = NEW.credit AND call = NEW.call)
BEGIN SELECT RAISE(ABORT, 'a post or a void resolves a hold of the same call'); END;
