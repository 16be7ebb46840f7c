-- Version 6: lists that were joined or left by mail.

CREATE TABLE subscription (
    list         TEXT    PRIMARY KEY,
    action       TEXT    NOT NULL,
    address      TEXT    NOT NULL,
    asked_at     INTEGER NOT NULL,
    confirmed_at INTEGER,
    done_at      INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE confirmation (
    list     TEXT    NOT NULL,
    token    TEXT    NOT NULL,
    read_at  INTEGER NOT NULL,
    answered INTEGER NOT NULL,
    PRIMARY KEY (list, token)
) STRICT, WITHOUT ROWID;
CREATE TABLE letter (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    list            TEXT    NOT NULL,
    message_id      TEXT    NOT NULL UNIQUE,
    sender          TEXT    NOT NULL,
    recipient       TEXT    NOT NULL,
    bytes           BLOB    NOT NULL,
    queued_at       INTEGER NOT NULL,
    state           TEXT    NOT NULL,
    attempts        INTEGER NOT NULL,
    last_attempt_at INTEGER,
    next_attempt_at INTEGER,
    response        TEXT    NOT NULL
) STRICT;
CREATE INDEX letter_next ON letter (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
