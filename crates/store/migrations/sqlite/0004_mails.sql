-- Mails: whom to tell, what to tell, and how far the telling has come. The same tables stand in
-- ../postgres.
-- Rule numbers (M, O) are explained in docs/metering.md.

-- Who gets the mails of an organisation.
CREATE TABLE contact (
    org TEXT NOT NULL REFERENCES org (id),
    address TEXT NOT NULL CHECK (length(address) BETWEEN 3 AND 254),
    language TEXT NOT NULL CHECK (length(language) = 2),
    PRIMARY KEY (org, address)
) STRICT;

-- What is to be told. Written in the transaction that makes it so.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    -- NULL: the operator is told.
    org TEXT REFERENCES org (id),
    notice TEXT NOT NULL CHECK (json_valid(notice) AND length(notice) <= 16384),
    -- Notices of credit tell of calls, so the hour is all that is remembered (O9).
    hour_ms INTEGER NOT NULL CHECK (hour_ms % 3600000 = 0),
    -- 'nobody' stands where no contact came in time.
    state TEXT NOT NULL CHECK (state IN ('new', 'addressed', 'nobody', 'dropped'))
) STRICT;
CREATE INDEX outbox_new ON outbox (hour_ms) WHERE state = 'new';
CREATE INDEX outbox_old ON outbox (hour_ms);

-- One mail to one address: it fails and succeeds alone.
CREATE TABLE mail (
    id TEXT PRIMARY KEY,
    outbox TEXT NOT NULL REFERENCES outbox (id),
    address TEXT NOT NULL CHECK (length(address) BETWEEN 3 AND 254),
    language TEXT NOT NULL CHECK (length(language) = 2),
    -- The same at every attempt (RFC 5322, 3.6.4), so that a mail that came twice is seen to be one.
    message_id TEXT NOT NULL UNIQUE CHECK (length(message_id) BETWEEN 3 AND 300),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'dead', 'dropped')),
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_attempt_ms INTEGER NOT NULL,
    -- What the server said, without any address.
    last_error TEXT CHECK (length(last_error) <= 200 AND last_error NOT LIKE '%@%'),
    UNIQUE (outbox, address)
) STRICT;
CREATE INDEX mail_due ON mail (next_attempt_ms) WHERE state = 'waiting';

-- Which warnings of low credit an organisation has had since its last top-up (M10).
CREATE TABLE credit_watch (
    org TEXT PRIMARY KEY REFERENCES org (id),
    -- The entry of the top-up that armed the warnings; NULL before the first.
    top_up TEXT REFERENCES entry (id),
    -- 0 none, 1 low, 2 less than one call, 3 exhausted.
    warned INTEGER NOT NULL DEFAULT 0 CHECK (warned BETWEEN 0 AND 3),
    -- Calls turned away for want of credit since the last mail about it.
    refused INTEGER NOT NULL DEFAULT 0 CHECK (refused >= 0),
    -- The hour of that mail.
    refused_hour_ms INTEGER NOT NULL DEFAULT 0 CHECK (refused_hour_ms % 3600000 = 0)
) STRICT;
-- Finds the last top-up of an organisation.
CREATE INDEX entry_top_up ON entry (credit, at_ms) WHERE kind = 'plain';
