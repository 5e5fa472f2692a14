/** The schema, as the steps that made it. A step that was released is never changed; `PRAGMA user_version` counts those done. */
export const migrations: readonly string[] = [
  `CREATE TABLE users (
     id INTEGER PRIMARY KEY,
     login TEXT NOT NULL,
     folded TEXT NOT NULL UNIQUE,
     account INTEGER NOT NULL UNIQUE,
     disabled INTEGER NOT NULL DEFAULT 0,
     created_at INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE credentials (
     id TEXT PRIMARY KEY,
     user INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
     kind TEXT NOT NULL CHECK (kind IN ('password', 'app-password', 'certificate')),
     name TEXT NOT NULL,
     protocols TEXT,
     created_at INTEGER NOT NULL,
     expires_at INTEGER,
     last_used_at INTEGER,
     -- What proves it: a hash in PHC form, or the certificate's SHA-256 fingerprint.
     proof TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE UNIQUE INDEX one_password ON credentials (user) WHERE kind = 'password';
   CREATE INDEX credentials_of_user ON credentials (user);
   CREATE INDEX credentials_by_certificate ON credentials (proof) WHERE kind = 'certificate';
   CREATE TABLE scram_verifiers (
     credential TEXT NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
     hash TEXT NOT NULL,
     salt BLOB NOT NULL,
     iterations INTEGER NOT NULL,
     stored_key BLOB NOT NULL,
     server_key BLOB NOT NULL,
     PRIMARY KEY (credential, hash)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
   INSERT INTO secrets VALUES ('decoy', randomblob(32));`,
]
