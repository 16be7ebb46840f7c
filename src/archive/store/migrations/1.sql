-- Version 1. Released: never edited. What the columns mean stands in ../schema.sql.
-- Every message that was taken in, as it came.
CREATE TABLE message (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256        BLOB    NOT NULL UNIQUE,  -- of the message's bytes: the same message in two folders is one
    message_id    TEXT,                     -- without angle brackets
    internal_date INTEGER,                  -- INTERNALDATE, where the server told it
    stored_at     INTEGER NOT NULL,
    size          INTEGER NOT NULL,         -- bytes before compression
    raw           BLOB    NOT NULL          -- zstd
) STRICT;

-- Where a message was found; one message may be in several folders, and in one again under another UIDVALIDITY.
CREATE TABLE location (
    account     TEXT    NOT NULL,
    folder      TEXT    NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid         INTEGER NOT NULL,
    message     INTEGER NOT NULL REFERENCES message (id),
    PRIMARY KEY (account, folder, uidvalidity, uid)
) STRICT, WITHOUT ROWID;

-- What the messages announce. A list's digest holds several; several messages may hold the same one.
CREATE TABLE announcement (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    message    INTEGER NOT NULL REFERENCES message (id),  -- the first that told it
    position   INTEGER NOT NULL,                          -- within that message, from 0
    identity   TEXT    NOT NULL UNIQUE,                   -- draft:NAME-REVISION, rfc:NUMBER, message:ID, bytes:HASH
    kind       TEXT    NOT NULL,
    day        TEXT    NOT NULL,
    at         INTEGER NOT NULL,                          -- the instant that decided the day
    history    INTEGER NOT NULL,                          -- 1: older mail, found at a first catch-up or imported; never late
    document   TEXT,                                      -- draft name without revision, or rfc9737
    body       TEXT    NOT NULL                           -- the announcement as JSON
) STRICT;
CREATE INDEX announcement_day ON announcement (day);
CREATE INDEX announcement_document ON announcement (document);

-- Every list that carried an announcement.
CREATE TABLE carried (
    announcement INTEGER NOT NULL REFERENCES announcement (id),
    list         TEXT    NOT NULL,
    PRIMARY KEY (announcement, list)
) STRICT, WITHOUT ROWID;

-- How far each folder has been read.
CREATE TABLE cursor (
    account     TEXT    NOT NULL,
    folder      TEXT    NOT NULL,
    uidvalidity INTEGER NOT NULL,
    last_uid    INTEGER NOT NULL,
    caught_up   INTEGER NOT NULL,  -- 1: was once read to its end
    begun_at    INTEGER NOT NULL,  -- when that first reading began: mail of the days before it is history
    moved_at    INTEGER NOT NULL,
    PRIMARY KEY (account, folder)
) STRICT, WITHOUT ROWID;

-- When each edition began: its digests start with that day.
CREATE TABLE edition (
    name      TEXT    PRIMARY KEY,
    first_day TEXT    NOT NULL,
    begun_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Every sealed day.
CREATE TABLE digest (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    edition   TEXT    NOT NULL,
    day       TEXT    NOT NULL,
    sealed_at INTEGER NOT NULL,
    compiled  TEXT    NOT NULL,  -- the digest with its words, as JSON: prints the same bytes again
    UNIQUE (edition, day)
) STRICT;

-- Which digest each announcement is in: one per edition.
CREATE TABLE digest_announcement (
    edition      TEXT    NOT NULL,
    announcement INTEGER NOT NULL REFERENCES announcement (id),
    digest       INTEGER NOT NULL REFERENCES digest (id),
    PRIMARY KEY (edition, announcement)
) STRICT, WITHOUT ROWID;

-- Rendered mails. A digest has one, and one more for each explicit resend.
CREATE TABLE mail (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    digest     INTEGER NOT NULL REFERENCES digest (id),
    message_id TEXT    NOT NULL UNIQUE,
    sender     TEXT    NOT NULL,
    bytes      BLOB    NOT NULL,
    queued_at  INTEGER NOT NULL,
    resend     INTEGER NOT NULL,  -- 1: asked for by `nikkan send`
    copied     INTEGER NOT NULL   -- 1: stored in sent_folder
) STRICT;

-- One mail to one recipient.
CREATE TABLE delivery (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    mail            INTEGER NOT NULL REFERENCES mail (id),
    recipient       TEXT    NOT NULL,
    state           TEXT    NOT NULL,  -- queued, sending, sent, deferred, uncertain, failed
    attempts        INTEGER NOT NULL,  -- counted before each attempt is made
    last_attempt_at INTEGER,
    next_attempt_at INTEGER,           -- NULL: none
    response        TEXT    NOT NULL,  -- the server's last words
    UNIQUE (mail, recipient)
) STRICT;
CREATE INDEX delivery_next ON delivery (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

-- When the connection to the mailbox was proved alive.
CREATE TABLE connected (
    since INTEGER PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT;

-- Small notes of the running daemon, for `status`.
CREATE TABLE note (
    name TEXT PRIMARY KEY,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
