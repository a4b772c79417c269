-- The books of linka in PostgreSQL: organisations, lines, rate cards, calls and the ledger. The same
-- tables stand in ../sqlite; whatever changes here changes there.
-- Rule numbers (M, I, O, C) are explained in docs/metering.md.
-- Amounts are whole micro-units, identifiers UUIDs as text, instants milliseconds since 1970 (UTC).

-- Time of the books never runs backwards (M14).
CREATE TABLE clock (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    last_ms BIGINT NOT NULL
);
INSERT INTO clock (id, last_ms) VALUES (1, 0);

-- The nodes that carry calls (M13, I20).
CREATE TABLE node (
    id TEXT PRIMARY KEY,
    -- For people: the name of the machine.
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    -- The number of its term: grows whenever the node starts or another takes its calls over.
    epoch BIGINT NOT NULL CHECK (epoch >= 1),
    -- Grows with every sign of life within the term. Others watch whether it still grows.
    beats BIGINT NOT NULL CHECK (beats >= 0)
);

CREATE TABLE org (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
    -- One currency for life (M2).
    currency TEXT NOT NULL CHECK (length(currency) = 3)
);

CREATE TABLE account (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('credit', 'receivable_partner', 'revenue_calls',
        'revenue_monthly', 'clearing_card', 'clearing_bank', 'adjustment', 'goodwill', 'write_off',
        'fx', 'budget')),
    org TEXT REFERENCES org (id),
    partner TEXT CHECK (length(partner) BETWEEN 1 AND 200),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    credits BIGINT NOT NULL DEFAULT 0 CHECK (credits >= 0),
    debits BIGINT NOT NULL DEFAULT 0 CHECK (debits >= 0),
    pending BIGINT NOT NULL DEFAULT 0 CHECK (pending >= 0),
    -- How far credit may be overdrawn by a recording under way (M11, O5).
    overdraft_limit BIGINT NOT NULL DEFAULT 0 CHECK (overdraft_limit >= 0),
    -- What a payer wants back. It cannot be spent; but what is spent already does not come back by a
    -- dispute, so no constraint speaks of it (O3).
    disputed BIGINT NOT NULL DEFAULT 0 CHECK (disputed >= 0),
    -- Credit belongs to an organisation, a debt to a partner, every other account to the house.
    CHECK ((kind = 'credit') = (org IS NOT NULL)),
    CHECK ((kind = 'receivable_partner') = (partner IS NOT NULL)),
    CHECK (kind = 'credit' OR (overdraft_limit = 0 AND disputed = 0)),
    -- Nobody spends, or reserves, what they have not got (I2, I10). The house's own accounts are
    -- the other side of every entry and go below zero by nature.
    CHECK (kind <> 'credit' OR debits + pending <= credits + overdraft_limit)
);
CREATE UNIQUE INDEX account_credit ON account (org) WHERE kind = 'credit';
CREATE UNIQUE INDEX account_partner ON account (partner, currency)
    WHERE kind = 'receivable_partner';
CREATE UNIQUE INDEX account_house ON account (kind, currency)
    WHERE kind NOT IN ('credit', 'receivable_partner');

CREATE TABLE line (
    id TEXT PRIMARY KEY,
    org TEXT NOT NULL REFERENCES org (id),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    -- A number leads to one line at most.
    number TEXT UNIQUE,
    language TEXT NOT NULL CHECK (length(language) = 2),
    country TEXT NOT NULL CHECK (length(country) = 2),
    kind TEXT NOT NULL CHECK (kind IN ('landline', 'toll_free')),
    state TEXT NOT NULL CHECK (state IN ('processing_order', 'top_up_credit', 'ready', 'past_due',
        'suspended', 'release_pending', 'released', 'rejected')),
    -- The toggle is a flag of its own beside the state (O13).
    is_on BIGINT NOT NULL DEFAULT 0 CHECK (is_on IN (0, 1)),
    -- How many calls at once.
    channels BIGINT NOT NULL DEFAULT 10 CHECK (channels BETWEEN 1 AND 1000),
    -- Languages, categories, units and clips, as the front end wrote them.
    setup TEXT NOT NULL DEFAULT '{}' CHECK (setup::json IS NOT NULL AND length(setup) <= 65536),
    UNIQUE (org, name),
    -- A line that callers could reach has a number.
    CHECK (state IN ('processing_order', 'released', 'rejected') OR number IS NOT NULL),
    -- Nothing is switched on before it is ready.
    CHECK (is_on = 0 OR state NOT IN ('processing_order', 'top_up_credit', 'rejected'))
);

-- A version of a rate card. It is in force until the next version of the same card (M6): versions
-- tile time without overlap and without gap by construction.
CREATE TABLE rate_card (
    id TEXT PRIMARY KEY,
    card TEXT NOT NULL,
    currency TEXT NOT NULL,
    country TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('landline', 'toll_free')),
    valid_from_ms BIGINT NOT NULL,
    monthly BIGINT NOT NULL CHECK (monthly >= 0),
    -- One price at one time for one kind of line.
    UNIQUE (country, kind, currency, valid_from_ms)
);

CREATE TABLE rate (
    version TEXT NOT NULL REFERENCES rate_card (id),
    origin TEXT NOT NULL CHECK (origin IN ('fixed', 'mobile', 'payphone', 'abroad', 'unknown')),
    per_minute BIGINT NOT NULL CHECK (per_minute >= 0),
    first_s BIGINT NOT NULL CHECK (first_s BETWEEN 1 AND 3600),
    step_s BIGINT NOT NULL CHECK (step_s BETWEEN 1 AND 3600),
    setup BIGINT NOT NULL CHECK (setup >= 0),
    minimum BIGINT NOT NULL CHECK (minimum >= 0),
    PRIMARY KEY (version, origin)
);

-- A call. Nothing here says who called, and nothing says when more finely than the hour (C5, O9).
CREATE TABLE call (
    id TEXT PRIMARY KEY,
    line TEXT NOT NULL REFERENCES line (id),
    origin TEXT NOT NULL,
    -- The price is pinned when the call is admitted (M6, I18).
    rate_version TEXT NOT NULL,
    -- The node that carries it, and the term in which it does (I20).
    node TEXT NOT NULL REFERENCES node (id),
    epoch BIGINT NOT NULL,
    hour_ms BIGINT NOT NULL CHECK (hour_ms % 3600000 = 0),
    -- The last proof of a running call; gone when it is settled (O9).
    elapsed_ms BIGINT CHECK (elapsed_ms >= 0),
    billable_s BIGINT CHECK (billable_s >= 0),
    amount BIGINT CHECK (amount >= 0),
    -- NULL while the call runs.
    end_reason TEXT,
    FOREIGN KEY (rate_version, origin) REFERENCES rate (version, origin),
    CHECK ((end_reason IS NULL) = (billable_s IS NULL) AND (end_reason IS NULL) = (amount IS NULL)),
    CHECK (end_reason IS NULL OR elapsed_ms IS NULL)
);
CREATE INDEX call_open ON call (line) WHERE end_reason IS NULL;
CREATE INDEX call_carried ON call (node, epoch) WHERE end_reason IS NULL;

-- The ledger: double entry, never changed (M7).
CREATE TABLE entry (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('pending', 'post', 'void', 'plain')),
    debit TEXT NOT NULL REFERENCES account (id),
    credit TEXT NOT NULL REFERENCES account (id),
    -- A hold of a free call is zero, and so is what a void takes.
    amount BIGINT NOT NULL CHECK (amount > 0 OR (amount = 0 AND kind IN ('pending', 'void'))),
    -- The hold that a post or a void resolves.
    pending_id TEXT REFERENCES entry (id),
    code TEXT NOT NULL CHECK (code IN ('call', 'grace', 'grant', 'withdrawal', 'fee', 'fee_return',
        'top_up_card', 'top_up_bank', 'top_up_partner', 'refund', 'dispute', 'budget',
        'budget_expiry', 'write_off', 'correction')),
    call TEXT REFERENCES call (id),
    -- Up to which second of the call a hold reserves.
    until_s BIGINT CHECK (until_s >= 0),
    reason TEXT CHECK (length(reason) <= 500),
    -- The hour alone for entries of calls (O9).
    at_ms BIGINT NOT NULL,
    CHECK (debit <> credit),
    CHECK ((kind IN ('post', 'void')) = (pending_id IS NOT NULL)),
    CHECK ((code IN ('call', 'grace')) = (call IS NOT NULL)),
    CHECK ((kind = 'pending') = (until_s IS NOT NULL)),
    CHECK (code NOT IN ('call', 'grace') OR at_ms % 3600000 = 0)
);
-- A hold is resolved at most once (I4).
CREATE UNIQUE INDEX entry_resolution ON entry (pending_id) WHERE kind IN ('post', 'void');
CREATE INDEX entry_call ON entry (call) WHERE call IS NOT NULL;

-- Never more is posted than was held (I4).
CREATE FUNCTION post_within_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.amount > (SELECT amount FROM entry WHERE id = NEW.pending_id AND kind = 'pending') THEN
        RAISE EXCEPTION 'a post takes at most what was held';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER entry_post_within_hold BEFORE INSERT ON entry
    FOR EACH ROW WHEN (NEW.kind = 'post') EXECUTE FUNCTION post_within_hold();

-- Says why it never happens.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0];
END $$;

CREATE TRIGGER entry_unchanged BEFORE UPDATE OR DELETE ON entry
    FOR EACH ROW EXECUTE FUNCTION refuse('entries never change: correct by a new entry');
CREATE TRIGGER entry_stays BEFORE TRUNCATE ON entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('entries never change: correct by a new entry');
CREATE TRIGGER rate_card_unchanged BEFORE UPDATE OR DELETE ON rate_card
    FOR EACH ROW EXECUTE FUNCTION refuse('a version of a rate card never changes');
CREATE TRIGGER rate_unchanged BEFORE UPDATE OR DELETE ON rate
    FOR EACH ROW EXECUTE FUNCTION refuse('a version of a rate card never changes');
CREATE TRIGGER call_settled_once BEFORE UPDATE ON call
    FOR EACH ROW WHEN (OLD.end_reason IS NOT NULL)
    EXECUTE FUNCTION refuse('a settled call never changes');
CREATE TRIGGER org_currency_for_life BEFORE UPDATE OF currency ON org
    FOR EACH ROW EXECUTE FUNCTION refuse('an organisation keeps its currency');

-- A line together with what a call needs to know of its organisation.
CREATE VIEW line_row AS
SELECT line.id, line.org, org.name AS org_name, line.name, line.number, line.state, line.is_on,
    line.kind, line.language, line.country, line.channels, line.setup, org.currency,
    account.credits - account.debits - account.pending - account.disputed AS available
FROM line
JOIN org ON org.id = line.org
JOIN account ON account.org = line.org AND account.kind = 'credit';
