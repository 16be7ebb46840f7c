-- Version 12: each reader alone. What only one reader's mail has stands with its delivery, and each reader has a state.
-- And the file is marked as an archive, and as which one.

PRAGMA application_id = 0x6e696b6b;
CREATE TABLE archive_identity (
    identity BLOB PRIMARY KEY,
    stamp    BLOB NOT NULL,
    before   BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO archive_identity (identity, stamp, before) VALUES (randomblob(16), randomblob(16), randomblob(16));

ALTER TABLE delivery ADD COLUMN own BLOB NOT NULL DEFAULT x'';
ALTER TABLE delivery ADD COLUMN sender TEXT;
ALTER TABLE delivery ADD COLUMN waits_for_hand INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
CREATE INDEX delivery_refused ON delivery (queued_message, recipient) WHERE refused = 1;
ALTER TABLE bounce ADD COLUMN hard INTEGER NOT NULL DEFAULT 0;
CREATE TABLE installation_key (
    key        BLOB    PRIMARY KEY,
    own        INTEGER NOT NULL,
    learned_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE reader (
    id         INTEGER PRIMARY KEY,
    edition    TEXT    NOT NULL,
    address    TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    since      INTEGER NOT NULL,
    generation INTEGER NOT NULL DEFAULT 0,
    why        TEXT    NOT NULL DEFAULT '',
    told       INTEGER NOT NULL DEFAULT 0,
    farewell   INTEGER NOT NULL DEFAULT 0,
    request    TEXT    NOT NULL DEFAULT '',
    UNIQUE (edition, address)
) STRICT;
CREATE TABLE reader_request (
    message_id TEXT    NOT NULL,
    token      TEXT    NOT NULL,
    bounce     INTEGER NOT NULL,
    sender     TEXT    NOT NULL,
    automatic  INTEGER NOT NULL,
    about      TEXT,
    said       TEXT    NOT NULL,
    hard       INTEGER NOT NULL,
    received   INTEGER,
    outcome    TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    edition    TEXT    NOT NULL DEFAULT '',
    address    TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (message_id, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX reader_request_open ON reader_request (at) WHERE outcome = 'open';
CREATE INDEX reader_request_forged ON reader_request (at) WHERE outcome = 'forged' AND token <> '';
DROP INDEX queued_message_uncopied;
CREATE INDEX queued_message_uncopied ON queued_message (id) WHERE kind = 'digest' AND copied <> 1;
ALTER TABLE message ADD COLUMN live INTEGER NOT NULL DEFAULT 0;
ALTER TABLE edition ADD COLUMN begun_message INTEGER NOT NULL DEFAULT 0;
-- A day that was sealed by a clock that was ahead is sealed again, by a digest of its own.
CREATE TABLE digest_anew (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    edition   TEXT    NOT NULL,
    day       TEXT    NOT NULL,
    sealed_at INTEGER NOT NULL,
    compiled  TEXT    NOT NULL,
    since     TEXT,
    told_causes TEXT NOT NULL DEFAULT '',
    rewound   INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO digest_anew (id, edition, day, sealed_at, compiled, since)
    SELECT id, edition, day, sealed_at, compiled, since FROM digest ORDER BY id;
DROP TABLE digest;
ALTER TABLE digest_anew RENAME TO digest;
CREATE UNIQUE INDEX digest_day ON digest (edition, day) WHERE rewound = 0;
