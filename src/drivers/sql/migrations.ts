import { StoreFault } from '#base/errors.ts'
import type { Database } from './database.ts'

/**
 * The schema, one step per version; a step that has been published is never edited. Every key begins with the account.
 * Message ids are given per shard so that new mail of all accounts lands on the same few pages.
 */
const steps: readonly string[] = [
  `
  CREATE TABLE accounts (
    id INTEGER PRIMARY KEY,
    state TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    quota_octets INTEGER,
    quota_messages INTEGER,
    used_octets INTEGER NOT NULL,
    used_messages INTEGER NOT NULL,
    last_uidvalidity INTEGER NOT NULL,
    last_mailbox INTEGER NOT NULL,
    created_at INTEGER NOT NULL
  );
  CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

  -- owner, seen_policy: for sharing. log_floor: changes up to this revision are no longer in the log.
  CREATE TABLE mailboxes (
    account INTEGER NOT NULL,
    id INTEGER NOT NULL,
    owner INTEGER NOT NULL,
    name TEXT NOT NULL,
    role TEXT,
    uidvalidity INTEGER NOT NULL,
    uidnext INTEGER NOT NULL,
    modseq INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    unseen INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    octets INTEGER NOT NULL,
    deleted_octets INTEGER NOT NULL,
    recent_from INTEGER NOT NULL,
    log_floor INTEGER NOT NULL,
    seen_policy TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account, id)
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX mailboxes_by_name ON mailboxes (account, name);
  CREATE UNIQUE INDEX mailboxes_by_role ON mailboxes (account, role) WHERE role IS NOT NULL;

  -- Deleted mailboxes whose mail may still be had back.
  CREATE TABLE gone_mailboxes (
    account INTEGER NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    deleted_at INTEGER NOT NULL,
    PRIMARY KEY (account, id)
  ) WITHOUT ROWID;

  CREATE TABLE subscriptions (
    account INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (account, name)
  ) WITHOUT ROWID;

  -- segment: NULL for a body with a file of its own; stored: what it takes there.
  -- What FETCH shows often; its wide companions are read one at a time (structures) or for SORT and THREAD (sorts).
  CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL,
    thread INTEGER NOT NULL,
    blob TEXT NOT NULL,
    segment INTEGER,
    stored INTEGER NOT NULL,
    form INTEGER NOT NULL,
    octets INTEGER NOT NULL,
    header_octets INTEGER NOT NULL,
    digest BLOB NOT NULL,
    envelope TEXT NOT NULL,
    body_structure TEXT NOT NULL,
    preview TEXT NOT NULL
  );
  CREATE TABLE structures (
    message INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    facts TEXT NOT NULL
  );
  CREATE TABLE sorts (
    message INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    sent_at INTEGER,
    sent_zone INTEGER NOT NULL,
    subject TEXT NOT NULL,
    base_subject TEXT NOT NULL,
    is_reply INTEGER NOT NULL,
    from_mailbox TEXT NOT NULL,
    to_mailbox TEXT NOT NULL,
    cc_mailbox TEXT NOT NULL,
    display_from TEXT NOT NULL,
    display_to TEXT NOT NULL,
    message_id TEXT,
    in_reply_to TEXT,
    ancestors TEXT NOT NULL
  );

  -- A message has one reference, and the extra ones counted here: rows of entries and recoverable rows of expunged.
  CREATE TABLE copies (
    account INTEGER NOT NULL,
    message INTEGER NOT NULL,
    extra INTEGER NOT NULL,
    PRIMARY KEY (account, message)
  ) WITHOUT ROWID;

  CREATE TABLE thread_keys (
    account INTEGER NOT NULL,
    key INTEGER NOT NULL,
    thread INTEGER NOT NULL,
    PRIMARY KEY (account, key)
  ) WITHOUT ROWID;

  CREATE TABLE entries (
    account INTEGER NOT NULL,
    mailbox INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    message INTEGER NOT NULL,
    thread INTEGER NOT NULL,
    modseq INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    keywords TEXT NOT NULL,
    octets INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    zone INTEGER NOT NULL,
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (account, mailbox, uid)
  ) WITHOUT ROWID;

  -- recoverable = 0: moved away; only sessions that still count the entry read it, and it holds no reference.
  CREATE TABLE expunged (
    account INTEGER NOT NULL,
    mailbox INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    message INTEGER NOT NULL,
    thread INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    keywords TEXT NOT NULL,
    octets INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    zone INTEGER NOT NULL,
    saved_at INTEGER NOT NULL,
    expunged_at INTEGER NOT NULL,
    recoverable INTEGER NOT NULL,
    PRIMARY KEY (account, mailbox, uid)
  ) WITHOUT ROWID;
  -- One row for each expunge, so that the oldest are found without an index over all expunged entries.
  CREATE TABLE expunges (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL,
    mailbox INTEGER NOT NULL,
    expunged_at INTEGER NOT NULL,
    uids TEXT NOT NULL
  );
  CREATE INDEX expunges_by_time ON expunges (expunged_at);
  CREATE INDEX expunges_by_account ON expunges (account, expunged_at);

  CREATE TABLE keywords (
    account INTEGER NOT NULL,
    mailbox INTEGER NOT NULL,
    folded TEXT NOT NULL,
    spelling TEXT NOT NULL,
    PRIMARY KEY (account, mailbox, folded)
  ) WITHOUT ROWID;

  -- The index of changes: which UIDs a revision touched. mailbox 0 is the account itself. nonce: random, tells two
  -- histories apart that have the same revisions, as after a restore from a backup.
  CREATE TABLE changes (
    account INTEGER NOT NULL,
    mailbox INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    uids TEXT NOT NULL,
    nonce INTEGER NOT NULL,
    PRIMARY KEY (account, mailbox, revision, kind)
  ) WITHOUT ROWID;

  -- Bodies: what the segments hold alive, and the bodies that have a file of their own. The messages of a segment have ids from
  -- first_message to last_message, so that they are found without an index that every append would pay for.
  CREATE TABLE segments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL,
    records INTEGER NOT NULL,
    octets INTEGER NOT NULL,
    first_message INTEGER,
    last_message INTEGER,
    created_at INTEGER NOT NULL,
    emptied_at INTEGER
  );
  CREATE TABLE large_bodies (blob TEXT PRIMARY KEY, octets INTEGER NOT NULL) WITHOUT ROWID;

  CREATE TABLE operations (
    account INTEGER NOT NULL,
    key TEXT NOT NULL,
    result TEXT NOT NULL,
    done_at INTEGER NOT NULL,
    PRIMARY KEY (account, key)
  ) WITHOUT ROWID;
  CREATE TABLE annotations (
    account INTEGER NOT NULL,
    mailbox INTEGER NOT NULL,
    name TEXT NOT NULL,
    reader INTEGER NOT NULL,
    value BLOB NOT NULL,
    modseq INTEGER NOT NULL,
    PRIMARY KEY (account, mailbox, name, reader)
  ) WITHOUT ROWID;
  CREATE TABLE acl (
    account INTEGER NOT NULL,
    mailbox INTEGER NOT NULL,
    identifier TEXT NOT NULL,
    rights TEXT NOT NULL,
    PRIMARY KEY (account, mailbox, identifier)
  ) WITHOUT ROWID;
  CREATE TABLE reader_seen (
    account INTEGER NOT NULL,
    mailbox INTEGER NOT NULL,
    reader INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    modseq INTEGER NOT NULL,
    PRIMARY KEY (account, mailbox, reader, uid)
  ) WITHOUT ROWID;
  `,
  // Nothing to change: structures may be lists and bodies packed from here on, which earlier programs cannot read.
  '',
]

export const SCHEMA_VERSION = steps.length

/** Brings the schema up to this program's version. @throws {StoreFault} `unavailable` when a newer program has been here */
export function migrate(db: Database): void {
  db.run('BEGIN IMMEDIATE')
  try {
    db.script('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)')
    const found = db.get<{ version: number }>('SELECT version FROM schema_version')
    requireKnown(found?.version ?? 0)
    for (const step of steps.slice(found?.version ?? 0)) db.script(step)
    if (found === undefined) db.run('INSERT INTO schema_version VALUES (?)', SCHEMA_VERSION)
    else db.run('UPDATE schema_version SET version = ?', SCHEMA_VERSION)
    db.run('COMMIT')
  } catch (error) {
    if (db.inTransaction) db.run('ROLLBACK')
    throw error
  }
}

function requireKnown(version: number): void {
  if (version > SCHEMA_VERSION) {
    throw new StoreFault(
      'unavailable',
      `the data directory has schema version ${version}; this program knows versions up to ${SCHEMA_VERSION}`,
    )
  }
}
