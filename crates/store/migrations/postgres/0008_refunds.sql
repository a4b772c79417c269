-- Refunds: what was asked for, what a person still has to send, what the card provider contradicts.
-- The same tables stand in ../sqlite. Rule numbers are explained in docs/metering.md.

-- A refund that somebody asked for. Asked again under the same name it is the same refund (I5).
CREATE TABLE refund_order (
    id TEXT PRIMARY KEY,
    org TEXT NOT NULL REFERENCES org (id),
    -- NULL: all that was paid and unused.
    wanted BIGINT CHECK (wanted > 0)
);

-- What of it goes back to which payment.
CREATE TABLE refund_part (
    id TEXT PRIMARY KEY,
    refund_order TEXT NOT NULL REFERENCES refund_order (id),
    -- The order in which they were planned.
    place BIGINT NOT NULL CHECK (place BETWEEN 0 AND 9999),
    purchase TEXT NOT NULL REFERENCES purchase (id),
    amount BIGINT NOT NULL CHECK (amount > 0),
    UNIQUE (refund_order, place)
);

-- Money that is owed to whoever paid by bank: booked as refunded, and sent by a person.
CREATE TABLE bank_debt (
    id TEXT PRIMARY KEY,
    -- NULL: the money of an entry of a bank that is not about credit.
    purchase TEXT REFERENCES purchase (id),
    -- What the transfer names it by.
    symbol BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    state TEXT NOT NULL CHECK (state IN ('to_send', 'sent')),
    since_day TEXT NOT NULL CHECK (length(since_day) = 10)
);
CREATE INDEX bank_debt_to_send ON bank_debt (symbol, amount) WHERE state = 'to_send';
CREATE INDEX held_back_refunds ON held_back (since_ms, id)
    WHERE kind = 'refund' AND outcome IS NULL;

-- What its provider told last was refused: it is asked how things stand, until both agree.
ALTER TABLE purchase ADD COLUMN unsettled BIGINT NOT NULL DEFAULT 0 CHECK (unsettled IN (0, 1));
CREATE INDEX purchase_unsettled ON purchase (number) WHERE unsettled = 1;

CREATE TRIGGER bank_debt_sent_once BEFORE UPDATE ON bank_debt
    FOR EACH ROW WHEN (OLD.state <> 'to_send' OR NEW.id <> OLD.id OR NEW.symbol <> OLD.symbol
        OR NEW.amount <> OLD.amount OR NEW.purchase IS DISTINCT FROM OLD.purchase)
    EXECUTE FUNCTION refuse('what is owed by bank is sent once');
CREATE TRIGGER bank_debt_stays BEFORE DELETE ON bank_debt
    FOR EACH ROW EXECUTE FUNCTION refuse('what is owed by bank is sent once');
