-- Version 7: what a language model wrote, and what was spent on it.

CREATE TABLE written (
    document TEXT    NOT NULL,
    revision TEXT    NOT NULL,
    language TEXT    NOT NULL,
    model    TEXT    NOT NULL,
    prompt   BLOB    NOT NULL,
    kind     TEXT    NOT NULL,
    text     TEXT,
    at       INTEGER NOT NULL,
    PRIMARY KEY (document, revision, language, model, prompt, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE spent (
    day      TEXT    PRIMARY KEY,
    requests INTEGER NOT NULL,
    tokens   INTEGER NOT NULL,
    cost     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
