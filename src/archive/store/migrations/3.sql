-- Version 3: the dictionaries that messages are packed with. Where a message was found was written and never read.

CREATE TABLE dictionary (
    number INTEGER PRIMARY KEY,
    bytes  BLOB NOT NULL
) STRICT;
DROP TABLE location;
