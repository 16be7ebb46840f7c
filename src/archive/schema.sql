-- The current schema, for reading. It is what the migrations in migrations.rs add up to, and a test compares the two.
-- Instants are microseconds since 1970-01-01T00:00:00Z; days are text, 2025-11-28.

-- The file is marked as an archive in its header: application_id is "nikk".
PRAGMA application_id = 0x6e696b6b;

-- Which archive it is: one row of 16 random bytes, made with the archive and kept by its backups.
CREATE TABLE archive_identity (
    identity BLOB PRIMARY KEY,
    stamp    BLOB NOT NULL,  -- random, new in each journal: by it a journal is known as this file's (store/journal_proof.rs)
    before   BLOB NOT NULL   -- the stamp before
) STRICT, WITHOUT ROWID;

-- Every message that was taken in, as it came.
CREATE TABLE message (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256        BLOB    NOT NULL,         -- of the message's bytes: the same message in two folders is one
    message_id    TEXT,                     -- without angle brackets
    internal_date INTEGER,                  -- INTERNALDATE, if the server told it
    stored_at     INTEGER NOT NULL,
    size          INTEGER NOT NULL,         -- bytes before compression
    raw           BLOB    NOT NULL,         -- zstd, with one of the dictionaries below
    live          INTEGER NOT NULL DEFAULT 0 -- 1: came after the folder's first reading
) STRICT;
-- After the Message-ID, which grows with time: hashes alone lie all over an index, and each batch rewrites all of it.
CREATE UNIQUE INDEX message_same ON message (coalesce(message_id, ''), sha256);

-- The dictionaries of packed messages, by the number that their frames tell: with it, any zstd unpacks them.
CREATE TABLE dictionary (
    number INTEGER PRIMARY KEY,
    bytes  BLOB    NOT NULL
) STRICT;

-- What the messages announce. A list's digest holds several; several messages may hold the same one.
CREATE TABLE announcement (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    message    INTEGER NOT NULL REFERENCES message (id),  -- the first that told it
    position   INTEGER NOT NULL,                          -- within that message, from 0
    identity   TEXT    NOT NULL UNIQUE,                   -- draft:NAME-REVISION, rfc:NUMBER, message:ID, bytes:HASH
    kind       TEXT    NOT NULL,
    day        TEXT    NOT NULL,
    at         INTEGER NOT NULL,                          -- the instant that decided the day
    history    INTEGER NOT NULL,                          -- 1: older mail, found at a first catch-up or imported; never late. 2: imported after its day was sealed, and late once the mailbox brings it
    document   TEXT,                                      -- draft name without revision, or rfc9737
    body       TEXT    NOT NULL,                          -- the announcement as JSON
    indexed    INTEGER NOT NULL DEFAULT 0                 -- 1: its words are in announcement_text
) STRICT;
CREATE INDEX announcement_day ON announcement (day);
CREATE INDEX announcement_unindexed ON announcement (id) WHERE indexed = 0;

-- The words of the announcements, for `nikkan search`, which also fills it: reading mail must not wait for an index.
CREATE VIRTUAL TABLE announcement_text USING fts5(
    document, title, people, text,
    content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"
);

-- Every list that carried an announcement.
CREATE TABLE announcement_list (
    announcement INTEGER NOT NULL REFERENCES announcement (id),
    list         TEXT    NOT NULL,
    PRIMARY KEY (announcement, list)
) STRICT, WITHOUT ROWID;

-- How far each folder has been read.
CREATE TABLE cursor (
    account       TEXT    NOT NULL,
    folder        TEXT    NOT NULL,
    uidvalidity   INTEGER NOT NULL,
    last_uid      INTEGER NOT NULL,
    caught_up     INTEGER NOT NULL,  -- 1: was read to its end once
    first_read_at INTEGER NOT NULL,  -- when its first reading began: mail of the days before it is history
    moved_at      INTEGER NOT NULL,
    settled       TEXT    NOT NULL DEFAULT '',  -- UIDs up to last_uid that were read, as in IMAP: 1:20,22; '': all of them
    PRIMARY KEY (account, folder)
) STRICT, WITHOUT ROWID;

-- Messages of a folder that are left out until they can be read: the server named them and did not give them, or the
-- reading failed at them again and again.
CREATE TABLE set_aside (
    account     TEXT    NOT NULL,
    folder      TEXT    NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid         INTEGER NOT NULL,
    why         TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (account, folder, uidvalidity, uid)
) STRICT, WITHOUT ROWID;

-- When each edition began: its digests start with that day.
CREATE TABLE edition (
    name      TEXT    PRIMARY KEY,
    first_day TEXT    NOT NULL,
    begun_at  INTEGER NOT NULL,
    begun_message INTEGER NOT NULL DEFAULT 0  -- the last message that was there: what came after it is no history
) STRICT, WITHOUT ROWID;

-- Every sealed day.
CREATE TABLE digest (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    edition   TEXT    NOT NULL,
    day       TEXT    NOT NULL,
    sealed_at INTEGER NOT NULL,
    compiled  TEXT    NOT NULL,  -- the digest with its words, as JSON: prints the same bytes again; empty when it was found again in the mailbox
    since     TEXT,              -- the first day of a digest that sums up several
    told_causes TEXT NOT NULL DEFAULT '',  -- why it waits, of which the operator has a notice; one a line
    rewound   INTEGER NOT NULL DEFAULT 0  -- 1: sealed by a clock that was ahead; its days were opened again, what it told stays told
) STRICT;
CREATE UNIQUE INDEX digest_day ON digest (edition, day) WHERE rewound = 0;

-- Which digest each announcement is in: one per edition.
CREATE TABLE digest_announcement (
    edition      TEXT    NOT NULL,
    announcement INTEGER NOT NULL REFERENCES announcement (id),
    digest       INTEGER NOT NULL REFERENCES digest (id),
    PRIMARY KEY (edition, announcement)
) STRICT, WITHOUT ROWID;

-- The queue: mails to be handed in, whole. Bytes and Message-ID never change.
CREATE TABLE queued_message (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT    NOT NULL,  -- digest, resend (asked for by `nikkan send`), command (to a list server), failure_notice, farewell, reader_notice
    digest     INTEGER REFERENCES digest (id),  -- NULL: a command
    list       TEXT,              -- a command's list, by its short name
    message_id TEXT    NOT NULL UNIQUE,
    sender     TEXT    NOT NULL,  -- the envelope's
    queued_at  INTEGER NOT NULL,
    copied     INTEGER NOT NULL,  -- 1: stored in sent_folder; 2: was about to be stored
    bytes      BLOB    NOT NULL
) STRICT;
CREATE INDEX queued_message_uncopied ON queued_message (id) WHERE kind = 'digest' AND copied <> 1;
CREATE INDEX queued_message_list ON queued_message (list) WHERE list IS NOT NULL;

-- One message to one recipient.
CREATE TABLE delivery (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    queued_message  INTEGER NOT NULL REFERENCES queued_message (id),
    recipient       TEXT    NOT NULL,
    state           TEXT    NOT NULL,  -- queued, sending, sent, deferred, uncertain, failed, elsewhere, cancelled
    attempts        INTEGER NOT NULL,  -- counted before each attempt is made
    last_attempt_at INTEGER,
    next_attempt_at INTEGER,           -- NULL: none
    response        TEXT    NOT NULL,  -- the server's last words
    reported        INTEGER NOT NULL DEFAULT 0,  -- 1: the operator has a notice of the failure
    own             BLOB    NOT NULL DEFAULT x'',  -- the header fields that only this recipient's mail has; they stand before the message's bytes
    sender          TEXT,              -- the envelope's, where it names the reader; NULL: the message's
    waits_for_hand  INTEGER NOT NULL DEFAULT 0,  -- 1: not before the operator has changed something
    refused         INTEGER NOT NULL DEFAULT 0,  -- 1: the server refused this recipient for good
    UNIQUE (queued_message, recipient)
) STRICT;
CREATE INDEX delivery_next ON delivery (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX delivery_refused ON delivery (queued_message, recipient) WHERE refused = 1;

-- When the connection to the mailbox was proved alive.
CREATE TABLE connected (
    since INTEGER PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT;

-- Small notes of the running daemon, for `status`.
CREATE TABLE note (
    name TEXT PRIMARY KEY,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Content of the digests that were found again in the mailbox after the archive was lost: a hash of each identity.
CREATE TABLE recovered_content (
    edition TEXT    NOT NULL,
    hash    BLOB    NOT NULL,
    digest  INTEGER NOT NULL REFERENCES digest (id),
    PRIMARY KEY (edition, hash)
) STRICT, WITHOUT ROWID;

-- Mails that a server took and that came back all the same.
CREATE TABLE bounce (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    queued_message INTEGER NOT NULL REFERENCES queued_message (id),
    recipient      TEXT    NOT NULL,  -- as the report names it
    said           TEXT    NOT NULL,
    at             INTEGER NOT NULL,
    hard           INTEGER NOT NULL DEFAULT 0,  -- 1: there is no such mailbox, as far as the report tells
    UNIQUE (queued_message, recipient)
) STRICT;

-- Keys of which tokens and Message-IDs are made: this installation's own, and those of others that watch the same mailbox, or
-- that were before the archive was lost; by these, too, a reader's token is known again.
CREATE TABLE installation_key (
    key        BLOB    PRIMARY KEY,
    own        INTEGER NOT NULL,  -- 1: of this archive; there is one
    learned_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is known of a reader besides the configuration. Who is in no row is active.
CREATE TABLE reader (
    id         INTEGER PRIMARY KEY,
    edition    TEXT    NOT NULL,
    address    TEXT    NOT NULL,                -- as addresses are compared
    state      TEXT    NOT NULL,                -- active, left, bouncing
    since      INTEGER NOT NULL,                -- when this state began
    generation INTEGER NOT NULL DEFAULT 0,      -- grows when one who left comes back: old tokens are of no use then
    why        TEXT    NOT NULL DEFAULT '',     -- the last words of a server, of one that bounces
    told       INTEGER NOT NULL DEFAULT 0,      -- 1: the operator was told of this state, or need not be
    farewell   INTEGER NOT NULL DEFAULT 0,      -- 1: the reader is written to as well
    request    TEXT    NOT NULL DEFAULT '',     -- the Message-ID of the mail that asked for this state
    UNIQUE (edition, address)
) STRICT;

-- Mails that ask for something by a reader's token: to leave, or, as a bounce, to be rested. Each is judged once.
CREATE TABLE reader_request (
    message_id TEXT    NOT NULL,               -- of the mail; of one that has none, a hash of it
    token      TEXT    NOT NULL,               -- as the mail names it
    bounce     INTEGER NOT NULL,               -- 1: it reports of a mail to the reader
    sender     TEXT    NOT NULL,               -- the addresses in From, in lower case, with blanks between them
    automatic  INTEGER NOT NULL,               -- 1: a machine wrote it, and gets no answer
    about      TEXT,                           -- of a bounce: the Message-ID of the mail that came back
    said       TEXT    NOT NULL,               -- of a bounce: the server's words
    hard       INTEGER NOT NULL,               -- of a bounce, 1: there is no such mailbox
    received   INTEGER,                        -- INTERNALDATE
    outcome    TEXT    NOT NULL,               -- open, left, replayed, forged, another_reader; of a bounce: noted, forged
    at         INTEGER NOT NULL,               -- when it was read, then when it was judged
    edition    TEXT    NOT NULL DEFAULT '',    -- of the reader whose token it is
    address    TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (message_id, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX reader_request_open ON reader_request (at) WHERE outcome = 'open';
CREATE INDEX reader_request_forged ON reader_request (at) WHERE outcome = 'forged' AND token <> '';

-- Lists that were joined or left by mail: the last request for each.
CREATE TABLE subscription (
    list         TEXT    PRIMARY KEY,  -- its short name
    action       TEXT    NOT NULL,     -- join, leave
    address      TEXT    NOT NULL,     -- whom the list knows, in lower case
    asked_at     INTEGER NOT NULL,
    confirmed_at INTEGER,              -- when the request for a confirmation was read
    done_at      INTEGER               -- when the list said welcome or goodbye
) STRICT, WITHOUT ROWID;

-- The confirmations that were accepted for the last request. Each is answered once.
CREATE TABLE confirmation (
    list     TEXT    NOT NULL,
    token    TEXT    NOT NULL,
    read_at  INTEGER NOT NULL,
    answered INTEGER NOT NULL,  -- 1: its answer is in the queue
    PRIMARY KEY (list, token)
) STRICT, WITHOUT ROWID;

-- What a language model wrote: asked for once, the same in every digest that it stands in.
CREATE TABLE model_text (
    document TEXT    NOT NULL,  -- the draft's name, `rfc9872`, a theme's key, or `day`
    revision TEXT    NOT NULL,  -- of the draft; the day for what belongs to no document; empty for an RFC
    language TEXT    NOT NULL,
    model    TEXT    NOT NULL,
    prompt   BLOB    NOT NULL,  -- SHA-256 of the instructions and of the facts that went with them
    kind     TEXT    NOT NULL,  -- summary, reason, essay, title, teasers, closing
    text     TEXT,              -- NULL: what the model wrote was refused twice; the extract stands for it
    at       INTEGER NOT NULL,
    PRIMARY KEY (document, revision, language, model, prompt, kind)
) STRICT, WITHOUT ROWID;

-- Use of the language model, by the UTC day on which it was asked.
CREATE TABLE model_usage (
    day      TEXT    PRIMARY KEY,
    requests INTEGER NOT NULL,
    tokens   INTEGER NOT NULL,  -- an upper estimate while a request is under way, then what the service counted
    cost     INTEGER NOT NULL   -- millionths of the currency of the configured price
) STRICT, WITHOUT ROWID;
