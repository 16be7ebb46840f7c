-- Version 10: one queue for digests, commands to list servers and failure notices. What was in flight stays in flight.

CREATE TABLE queued_message (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT    NOT NULL,
    digest     INTEGER REFERENCES digest (id),
    list       TEXT,
    message_id TEXT    NOT NULL UNIQUE,
    sender     TEXT    NOT NULL,
    queued_at  INTEGER NOT NULL,
    copied     INTEGER NOT NULL,
    bytes      BLOB    NOT NULL
) STRICT;
INSERT INTO queued_message (id, kind, digest, message_id, sender, queued_at, copied, bytes)
    SELECT id, CASE WHEN notice = 1 THEN 'failure_notice' WHEN resend = 1 THEN 'resend' ELSE 'digest' END, digest,
        message_id, sender, queued_at, copied, bytes
    FROM mail ORDER BY id;
INSERT INTO queued_message (kind, list, message_id, sender, queued_at, copied, bytes)
    SELECT 'command', list, message_id, sender, queued_at, 0, bytes FROM letter ORDER BY id;
CREATE INDEX queued_message_uncopied ON queued_message (id) WHERE kind = 'digest' AND copied = 0;
CREATE INDEX queued_message_list ON queued_message (list) WHERE list IS NOT NULL;

CREATE TABLE delivery_anew (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    queued_message  INTEGER NOT NULL REFERENCES queued_message (id),
    recipient       TEXT    NOT NULL,
    state           TEXT    NOT NULL,
    attempts        INTEGER NOT NULL,
    last_attempt_at INTEGER,
    next_attempt_at INTEGER,
    response        TEXT    NOT NULL,
    reported        INTEGER NOT NULL DEFAULT 0,
    UNIQUE (queued_message, recipient)
) STRICT;
INSERT INTO delivery_anew (id, queued_message, recipient, state, attempts, last_attempt_at, next_attempt_at, response,
        reported)
    SELECT id, mail, recipient, state, attempts, last_attempt_at, next_attempt_at, response, operator_told
    FROM delivery ORDER BY id;
INSERT INTO delivery_anew (queued_message, recipient, state, attempts, last_attempt_at, next_attempt_at, response)
    SELECT m.id, l.recipient, l.state, l.attempts, l.last_attempt_at, l.next_attempt_at, l.response
    FROM letter l JOIN queued_message m ON m.message_id = l.message_id ORDER BY l.id;
DROP TABLE delivery;
ALTER TABLE delivery_anew RENAME TO delivery;
CREATE INDEX delivery_next ON delivery (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

CREATE TABLE bounce_anew (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    queued_message INTEGER NOT NULL REFERENCES queued_message (id),
    recipient      TEXT    NOT NULL,
    said           TEXT    NOT NULL,
    at             INTEGER NOT NULL,
    UNIQUE (queued_message, recipient)
) STRICT;
INSERT INTO bounce_anew (id, queued_message, recipient, said, at)
    SELECT id, mail, recipient, said, at FROM bounce ORDER BY id;
DROP TABLE bounce;
ALTER TABLE bounce_anew RENAME TO bounce;

DROP TABLE letter;
DROP TABLE mail;
