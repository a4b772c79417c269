-- Buying credit: purchases, what banks and card providers tell of them, partners, refunds, budgets.
-- The same tables stand in ../sqlite. Rule numbers are explained in docs/metering.md.

-- What payers took back, by refunds, lost disputes and returned transfers. It is a part of what
-- cannot be spent (disputed), and stands beside the debits: what is spent already goes all the same,
-- and then nothing can be spent until as much has come again (M17, O3).
ALTER TABLE account ADD COLUMN taken_back BIGINT NOT NULL DEFAULT 0
    CHECK (taken_back >= 0 AND taken_back <= disputed);

-- Who buys credit for others and pays by the month (M19).
CREATE TABLE partner (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    credit_limit BIGINT NOT NULL CHECK (credit_limit >= 0),
    -- Where its months begin.
    zone TEXT NOT NULL CHECK (length(zone) BETWEEN 1 AND 64)
);

CREATE TABLE purchase (
    id TEXT PRIMARY KEY,
    org TEXT NOT NULL REFERENCES org (id),
    provider TEXT NOT NULL CHECK (provider IN ('card', 'invoice', 'partner')),
    -- A running number, from which the variable symbol is made.
    number BIGINT NOT NULL UNIQUE CHECK (number BETWEEN 1 AND 99999999),
    state TEXT NOT NULL CHECK (state IN ('created', 'pending', 'partly_paid', 'credited', 'expired',
        'failed', 'partly_refunded', 'refunded', 'disputed')),
    asked BIGINT NOT NULL CHECK (asked > 0),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    -- What came, less what a bank took back.
    received BIGINT NOT NULL CHECK (received >= 0),
    -- What went back by refunds and lost disputes.
    returned BIGINT NOT NULL CHECK (returned >= 0),
    -- All that its provider has told; state and sums follow from it.
    facts TEXT NOT NULL CHECK (facts::json IS NOT NULL AND length(facts) <= 262144),
    -- What a bank transfer names the purchase by.
    symbol BIGINT UNIQUE,
    -- The card provider's names of the pay page and of the payment.
    session TEXT UNIQUE CHECK (length(session) BETWEEN 1 AND 255),
    payment TEXT UNIQUE CHECK (length(payment) BETWEEN 1 AND 255),
    partner TEXT REFERENCES partner (id),
    created_day TEXT NOT NULL CHECK (length(created_day) = 10),
    CHECK ((provider = 'invoice') = (symbol IS NOT NULL)),
    CHECK ((provider = 'partner') = (partner IS NOT NULL)),
    CHECK (provider = 'card' OR (session IS NULL AND payment IS NULL)),
    -- By card and partner comes what was asked or nothing (I17).
    CHECK (provider = 'invoice' OR received IN (0, asked)),
    CHECK (state NOT IN ('created', 'pending', 'expired', 'failed') OR received = 0)
);
CREATE INDEX purchase_org ON purchase (org);
CREATE INDEX purchase_waiting ON purchase (number) WHERE state IN ('created', 'pending', 'disputed');

-- Which entries of the ledger a purchase made.
CREATE TABLE purchase_entry (
    entry TEXT PRIMARY KEY REFERENCES entry (id),
    purchase TEXT NOT NULL REFERENCES purchase (id)
);
CREATE INDEX purchase_entry_purchase ON purchase_entry (purchase);

-- Events of the card provider that were taken, or refused for a person to look at.
CREATE TABLE payment_event (
    id TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 255),
    purchase TEXT NOT NULL REFERENCES purchase (id),
    refusal TEXT CHECK (length(refusal) BETWEEN 1 AND 1000)
);

-- Credit that is held back from an organisation: by a dispute until it is decided, by a refund until
-- the money has gone.
CREATE TABLE held_back (
    id TEXT PRIMARY KEY,
    purchase TEXT NOT NULL REFERENCES purchase (id),
    kind TEXT NOT NULL CHECK (kind IN ('dispute', 'refund')),
    amount BIGINT NOT NULL CHECK (amount > 0),
    -- The card provider's name of a refund that it has taken on.
    refund TEXT UNIQUE,
    -- When it began, in milliseconds since 1970: a refund is asked for again for a day at most.
    since_ms BIGINT NOT NULL,
    -- NULL while it is held.
    outcome TEXT CHECK (outcome IN ('given_back', 'taken')),
    CHECK (kind = 'refund' OR refund IS NULL)
);
CREATE INDEX held_back_open ON held_back (purchase) WHERE outcome IS NULL;

-- Entries of bank statements that brought money or took it back.
CREATE TABLE bank_entry (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL CHECK (length(account) BETWEEN 1 AND 64),
    bank_reference TEXT NOT NULL CHECK (length(bank_reference) BETWEEN 1 AND 255),
    amount BIGINT NOT NULL CHECK (amount <> 0),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    day TEXT NOT NULL CHECK (length(day) = 10),
    -- The number that the payer gave.
    symbol BIGINT,
    -- What the payer wrote, as long as a person has to look at it.
    note TEXT NOT NULL DEFAULT '' CHECK (length(note) <= 600),
    state TEXT NOT NULL CHECK (state IN ('credited', 'taken_back', 'reversal', 'unmatched',
        'returned')),
    -- Why nobody but a person can say what it is for.
    reason TEXT CHECK (length(reason) BETWEEN 1 AND 1000),
    suggestion TEXT REFERENCES purchase (id),
    purchase TEXT REFERENCES purchase (id),
    -- What it is recognised by when it comes again.
    UNIQUE (account, bank_reference, amount, day),
    CHECK ((state IN ('credited', 'taken_back', 'reversal')) = (purchase IS NOT NULL)),
    CHECK ((state = 'unmatched') = (reason IS NOT NULL)),
    CHECK (state = 'unmatched' OR note = '')
);
CREATE INDEX bank_entry_unmatched ON bank_entry (day) WHERE state = 'unmatched';
CREATE INDEX bank_entry_standing ON bank_entry (account, amount, symbol) WHERE state = 'credited';

-- What an organisation that pays its carrier itself allows itself a month (M20).
CREATE TABLE budget (
    org TEXT PRIMARY KEY REFERENCES org (id),
    cap BIGINT NOT NULL CHECK (cap > 0),
    -- Where its months begin.
    zone TEXT NOT NULL CHECK (length(zone) BETWEEN 1 AND 64),
    -- The month that was granted last, and what was granted.
    month TEXT CHECK (length(month) = 7),
    granted BIGINT NOT NULL DEFAULT 0 CHECK (granted >= 0),
    -- What had been spent or reserved when it was granted.
    used_before BIGINT NOT NULL DEFAULT 0 CHECK (used_before >= 0)
);

CREATE TRIGGER held_back_decided_once BEFORE UPDATE ON held_back
    FOR EACH ROW WHEN (OLD.outcome IS NOT NULL OR NEW.amount <> OLD.amount
        OR NEW.purchase <> OLD.purchase)
    EXECUTE FUNCTION refuse('what is held back is decided once');
CREATE TRIGGER held_back_stays BEFORE DELETE ON held_back
    FOR EACH ROW EXECUTE FUNCTION refuse('what is held back is decided once');
CREATE TRIGGER purchase_as_ordered BEFORE UPDATE ON purchase
    FOR EACH ROW WHEN (NEW.org <> OLD.org OR NEW.provider <> OLD.provider
        OR NEW.asked <> OLD.asked OR NEW.currency <> OLD.currency OR NEW.number <> OLD.number)
    EXECUTE FUNCTION refuse('a purchase stays as it was ordered');
CREATE TRIGGER purchase_stays BEFORE DELETE ON purchase
    FOR EACH ROW EXECUTE FUNCTION refuse('a purchase stays as it was ordered');
CREATE TRIGGER bank_entry_as_booked BEFORE UPDATE ON bank_entry
    FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.amount <> OLD.amount
        OR NEW.currency <> OLD.currency)
    EXECUTE FUNCTION refuse('an entry of a bank stays as it was booked');
CREATE TRIGGER bank_entry_stays BEFORE DELETE ON bank_entry
    FOR EACH ROW EXECUTE FUNCTION refuse('an entry of a bank stays as it was booked');
