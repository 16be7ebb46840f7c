-- DO NOT EDIT: the schema of version 1 as it was released; every migration starts from it.
CREATE TABLE message (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256        BLOB    NOT NULL UNIQUE,
    message_id    TEXT,
    internal_date INTEGER,
    stored_at     INTEGER NOT NULL,
    size          INTEGER NOT NULL,
    raw           BLOB    NOT NULL
) STRICT;
CREATE TABLE location (
    account     TEXT    NOT NULL,
    folder      TEXT    NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid         INTEGER NOT NULL,
    message     INTEGER NOT NULL REFERENCES message (id),
    PRIMARY KEY (account, folder, uidvalidity, uid)
) STRICT, WITHOUT ROWID;
CREATE TABLE announcement (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    message    INTEGER NOT NULL REFERENCES message (id),
    position   INTEGER NOT NULL,
    identity   TEXT    NOT NULL UNIQUE,
    kind       TEXT    NOT NULL,
    day        TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    history    INTEGER NOT NULL,
    document   TEXT,
    body       TEXT    NOT NULL
) STRICT;
CREATE INDEX announcement_day ON announcement (day);
CREATE INDEX announcement_document ON announcement (document);
CREATE TABLE carried (
    announcement INTEGER NOT NULL REFERENCES announcement (id),
    list         TEXT    NOT NULL,
    PRIMARY KEY (announcement, list)
) STRICT, WITHOUT ROWID;
CREATE TABLE cursor (
    account     TEXT    NOT NULL,
    folder      TEXT    NOT NULL,
    uidvalidity INTEGER NOT NULL,
    last_uid    INTEGER NOT NULL,
    caught_up   INTEGER NOT NULL,
    begun_at    INTEGER NOT NULL,
    moved_at    INTEGER NOT NULL,
    PRIMARY KEY (account, folder)
) STRICT, WITHOUT ROWID;
CREATE TABLE edition (
    name      TEXT    PRIMARY KEY,
    first_day TEXT    NOT NULL,
    begun_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE digest (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    edition   TEXT    NOT NULL,
    day       TEXT    NOT NULL,
    sealed_at INTEGER NOT NULL,
    compiled  TEXT    NOT NULL,
    UNIQUE (edition, day)
) STRICT;
CREATE TABLE digest_announcement (
    edition      TEXT    NOT NULL,
    announcement INTEGER NOT NULL REFERENCES announcement (id),
    digest       INTEGER NOT NULL REFERENCES digest (id),
    PRIMARY KEY (edition, announcement)
) STRICT, WITHOUT ROWID;
CREATE TABLE mail (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    digest     INTEGER NOT NULL REFERENCES digest (id),
    message_id TEXT    NOT NULL UNIQUE,
    sender     TEXT    NOT NULL,
    bytes      BLOB    NOT NULL,
    queued_at  INTEGER NOT NULL,
    resend     INTEGER NOT NULL,
    copied     INTEGER NOT NULL
) STRICT;
CREATE TABLE delivery (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    mail            INTEGER NOT NULL REFERENCES mail (id),
    recipient       TEXT    NOT NULL,
    state           TEXT    NOT NULL,
    attempts        INTEGER NOT NULL,
    last_attempt_at INTEGER,
    next_attempt_at INTEGER,
    response        TEXT    NOT NULL,
    UNIQUE (mail, recipient)
) STRICT;
CREATE INDEX delivery_next ON delivery (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE TABLE connected (
    since INTEGER PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT;
CREATE TABLE note (
    name TEXT PRIMARY KEY,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
