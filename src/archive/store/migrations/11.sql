-- Version 11: messages that a server named and could not give, or that made the reading fail: they are left out, and told.
CREATE TABLE set_aside (
    account     TEXT    NOT NULL,
    folder      TEXT    NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid         INTEGER NOT NULL,
    why         TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (account, folder, uidvalidity, uid)
) STRICT, WITHOUT ROWID;

-- Which UIDs before the cursor were read: one that shows up later was not.
ALTER TABLE cursor ADD COLUMN settled TEXT NOT NULL DEFAULT '';
