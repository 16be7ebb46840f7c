-- The hash of a message had an index of its own, whose pages were rewritten at random with every batch: nearly half of
-- what a first reading wrote. Behind the Message-ID, which grows with time, the same hash lies where the last one lay.
CREATE TABLE message_anew (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256        BLOB    NOT NULL,
    message_id    TEXT,
    internal_date INTEGER,
    stored_at     INTEGER NOT NULL,
    size          INTEGER NOT NULL,
    raw           BLOB    NOT NULL
) STRICT;
INSERT INTO message_anew (id, sha256, message_id, internal_date, stored_at, size, raw)
    SELECT id, sha256, message_id, internal_date, stored_at, size, raw FROM message ORDER BY id;
DROP TABLE message;
ALTER TABLE message_anew RENAME TO message;
CREATE UNIQUE INDEX message_same ON message (coalesce(message_id, ''), sha256);
