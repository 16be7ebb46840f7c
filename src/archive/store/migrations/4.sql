-- Version 4: digests that sum up several days, digests found again in the mailbox, bounces, words to the operator.

ALTER TABLE digest ADD COLUMN since TEXT;
ALTER TABLE mail ADD COLUMN notice INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN operator_told INTEGER NOT NULL DEFAULT 0;
-- What was given up before there was anybody to tell is history.
UPDATE delivery SET operator_told = 1 WHERE state = 'failed';
-- Without it every look for missing copies would read through all mails that were ever sent.
CREATE INDEX mail_uncopied ON mail (id) WHERE copied = 0 AND resend = 0 AND notice = 0;
CREATE TABLE told (
    edition TEXT    NOT NULL,
    hash    BLOB    NOT NULL,
    digest  INTEGER NOT NULL REFERENCES digest (id),
    PRIMARY KEY (edition, hash)
) STRICT, WITHOUT ROWID;
CREATE TABLE bounce (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    mail      INTEGER NOT NULL REFERENCES mail (id),
    recipient TEXT    NOT NULL,
    said      TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    UNIQUE (mail, recipient)
) STRICT;
