-- Version 2: full-text search.

ALTER TABLE announcement ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX announcement_unindexed ON announcement (id) WHERE indexed = 0;
CREATE VIRTUAL TABLE announcement_text USING fts5(
    document, title, people, text,
    content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"
);
