-- Money that goes back to its payer: a person says so (`returned`), and the debit that sends it is
-- recognised (`sent`) and settles it (`sent_back`). The same tables stand in ../postgres.

CREATE TABLE bank_entry_new (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL CHECK (length(account) BETWEEN 1 AND 64),
    bank_reference TEXT NOT NULL CHECK (length(bank_reference) BETWEEN 1 AND 255),
    amount INTEGER NOT NULL CHECK (amount <> 0),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    day TEXT NOT NULL CHECK (length(day) = 10),
    -- The number that the payer gave.
    symbol INTEGER,
    -- What the payer wrote, as long as a person has to look at it.
    note TEXT NOT NULL DEFAULT '' CHECK (length(note) <= 600),
    state TEXT NOT NULL CHECK (state IN ('credited', 'taken_back', 'reversal', 'unmatched',
        'returned', 'sent_back', 'sent')),
    -- Why nobody but a person can say what it is for.
    reason TEXT CHECK (length(reason) BETWEEN 1 AND 1000),
    suggestion TEXT REFERENCES purchase (id),
    purchase TEXT REFERENCES purchase (id),
    -- What it is recognised by when it comes again.
    UNIQUE (account, bank_reference, amount, day),
    CHECK ((state IN ('credited', 'taken_back', 'reversal')) = (purchase IS NOT NULL)),
    CHECK ((state = 'unmatched') = (reason IS NOT NULL)),
    CHECK (state = 'unmatched' OR note = ''),
    CHECK (state NOT IN ('credited', 'taken_back', 'sent_back') OR amount > 0),
    CHECK (state NOT IN ('reversal', 'sent') OR amount < 0)
) STRICT;
INSERT INTO bank_entry_new SELECT id, account, bank_reference, amount, currency, day, symbol, note,
    state, reason, suggestion, purchase FROM bank_entry;
DROP TABLE bank_entry;
ALTER TABLE bank_entry_new RENAME TO bank_entry;
CREATE INDEX bank_entry_unmatched ON bank_entry (day) WHERE state = 'unmatched';
CREATE INDEX bank_entry_standing ON bank_entry (account, amount, symbol) WHERE state = 'credited';
CREATE INDEX bank_entry_to_send ON bank_entry (account, amount, symbol) WHERE state = 'returned';
CREATE INDEX bank_entry_purchase ON bank_entry (purchase) WHERE purchase IS NOT NULL;

CREATE TRIGGER bank_entry_as_booked BEFORE UPDATE ON bank_entry
WHEN NEW.id <> OLD.id OR NEW.amount <> OLD.amount OR NEW.currency <> OLD.currency
BEGIN SELECT RAISE(ABORT, 'an entry of a bank stays as it was booked'); END;
CREATE TRIGGER bank_entry_stays BEFORE DELETE ON bank_entry
BEGIN SELECT RAISE(ABORT, 'an entry of a bank stays as it was booked'); END;
