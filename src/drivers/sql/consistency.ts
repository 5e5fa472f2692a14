import { Flag } from '#ports/metadata.ts'
import type { Database, SqlValue } from './database.ts'

/**
 * What must hold between the tables. Each rule finds the rows that break it; `repair` puts right what can be derived from other rows,
 * and takes out references to what is not there.
 */
type Rule = {
  readonly name: string
  /** One row per fault; its columns go into the report. */
  readonly faults: string
  readonly repair: readonly string[]
}

const TOTALS = `SELECT account, mailbox, count(*) AS messages, sum((flags & ${Flag.seen}) = 0) AS unseen,
  sum((flags & ${Flag.deleted}) <> 0) AS deleted, sum(octets) AS octets,
  sum(CASE WHEN (flags & ${Flag.deleted}) <> 0 THEN octets ELSE 0 END) AS deleted_octets, max(uid) AS top
  FROM entries GROUP BY account, mailbox`

const REFERENCES = `SELECT account, message, count(*) AS held FROM (
  SELECT account, message FROM entries UNION ALL SELECT account, message FROM expunged WHERE recoverable = 1
) GROUP BY account, message`

const rules: readonly Rule[] = [
  {
    name: 'an entry without its message',
    faults:
      'SELECT e.account, e.mailbox, e.uid FROM entries e LEFT JOIN messages m ON m.id = e.message WHERE m.id IS NULL',
    repair: [
      `UPDATE mailboxes SET log_floor = (SELECT revision + 1 FROM accounts a WHERE a.id = account),
         modseq = (SELECT revision + 1 FROM accounts a WHERE a.id = account)
       WHERE EXISTS (SELECT 1 FROM entries e LEFT JOIN messages m ON m.id = e.message
         WHERE e.account = mailboxes.account AND e.mailbox = mailboxes.id AND m.id IS NULL)`,
      `UPDATE accounts SET revision = (SELECT coalesce(max(modseq), 0) FROM mailboxes b WHERE b.account = accounts.id)
       WHERE revision < (SELECT coalesce(max(modseq), 0) FROM mailboxes b WHERE b.account = accounts.id)`,
      'DELETE FROM entries WHERE message NOT IN (SELECT id FROM messages)',
    ],
  },
  {
    name: 'an entry in no mailbox',
    faults: `SELECT DISTINCT e.account, e.mailbox FROM entries e LEFT JOIN mailboxes b ON b.account = e.account AND b.id = e.mailbox
      WHERE b.id IS NULL`,
    repair: [],
  },
  {
    name: 'a recoverable entry without its message',
    faults: `SELECT x.account, x.mailbox, x.uid FROM expunged x LEFT JOIN messages m ON m.id = x.message
      WHERE x.recoverable = 1 AND m.id IS NULL`,
    repair: ['DELETE FROM expunged WHERE message NOT IN (SELECT id FROM messages)'],
  },
  {
    name: 'a message without its structure or sort keys',
    faults: `SELECT m.account, m.id AS message FROM messages m LEFT JOIN structures s ON s.message = m.id
      LEFT JOIN sorts o ON o.message = m.id WHERE s.message IS NULL OR o.message IS NULL`,
    repair: [],
  },
  {
    name: 'a mailbox whose totals are wrong',
    faults: `SELECT b.account, b.id AS mailbox FROM mailboxes b
      LEFT JOIN (${TOTALS}) t ON t.account = b.account AND t.mailbox = b.id
      WHERE b.messages <> coalesce(t.messages, 0) OR b.unseen <> coalesce(t.unseen, 0) OR b.deleted <> coalesce(t.deleted, 0)
        OR b.octets <> coalesce(t.octets, 0) OR b.deleted_octets <> coalesce(t.deleted_octets, 0)
        OR b.uidnext <= coalesce(t.top, 0)`,
    repair: [
      `UPDATE mailboxes SET messages = coalesce(t.messages, 0), unseen = coalesce(t.unseen, 0),
         deleted = coalesce(t.deleted, 0), octets = coalesce(t.octets, 0),
         deleted_octets = coalesce(t.deleted_octets, 0), uidnext = max(uidnext, coalesce(t.top, 0) + 1)
       FROM (SELECT b.account AS a, b.id AS i, t.* FROM mailboxes b
         LEFT JOIN (${TOTALS}) t ON t.account = b.account AND t.mailbox = b.id) t
       WHERE mailboxes.account = t.a AND mailboxes.id = t.i`,
    ],
  },
  {
    name: 'an account whose use is wrong',
    faults: `SELECT a.id AS account FROM accounts a
      LEFT JOIN (SELECT account, count(*) AS messages, sum(octets) AS octets FROM entries GROUP BY account) t ON t.account = a.id
      WHERE a.used_messages <> coalesce(t.messages, 0) OR a.used_octets <> coalesce(t.octets, 0)`,
    repair: [
      `UPDATE accounts SET
         used_messages = (SELECT count(*) FROM entries e WHERE e.account = accounts.id),
         used_octets = (SELECT coalesce(sum(octets), 0) FROM entries e WHERE e.account = accounts.id)`,
    ],
  },
  {
    name: 'a message that nothing refers to',
    faults: `SELECT m.account, m.id AS message FROM messages m LEFT JOIN (${REFERENCES}) r ON r.message = m.id
      WHERE r.message IS NULL`,
    repair: [
      `DELETE FROM messages WHERE id NOT IN (SELECT message FROM entries)
         AND id NOT IN (SELECT message FROM expunged WHERE recoverable = 1)`,
      'DELETE FROM structures WHERE message NOT IN (SELECT id FROM messages)',
      'DELETE FROM sorts WHERE message NOT IN (SELECT id FROM messages)',
    ],
  },
  {
    name: 'a message whose copies are counted wrong',
    faults: `SELECT coalesce(r.account, c.account) AS account, coalesce(r.message, c.message) AS message
      FROM (${REFERENCES}) r FULL JOIN copies c ON c.account = r.account AND c.message = r.message
      WHERE coalesce(r.held, 1) - 1 <> coalesce(c.extra, 0)`,
    repair: [
      'DELETE FROM copies',
      `INSERT INTO copies (account, message, extra) SELECT account, message, held - 1 FROM (${REFERENCES}) WHERE held > 1`,
    ],
  },
  {
    name: 'a segment whose content is counted wrong',
    faults: `SELECT s.id AS segment FROM segments s LEFT JOIN
        (SELECT segment, count(*) AS records, sum(stored) AS octets, min(id) AS first, max(id) AS last FROM messages
         WHERE segment IS NOT NULL GROUP BY segment) m ON m.segment = s.id
      WHERE s.records <> coalesce(m.records, 0) OR s.octets <> coalesce(m.octets, 0)
        OR s.first_message > m.first OR s.last_message < m.last`,
    repair: [
      `UPDATE segments SET records = coalesce(m.records, 0), octets = coalesce(m.octets, 0), first_message = m.first,
         last_message = m.last
       FROM (SELECT s.id AS i, m.* FROM segments s LEFT JOIN
         (SELECT segment, count(*) AS records, sum(stored) AS octets, min(id) AS first, max(id) AS last FROM messages
          WHERE segment IS NOT NULL GROUP BY segment) m ON m.segment = s.id) m
       WHERE segments.id = m.i`,
    ],
  },
  {
    name: 'a large body that is not held',
    faults: `SELECT m.account, m.id AS message FROM messages m LEFT JOIN large_bodies l ON l.blob = m.blob
      WHERE m.segment IS NULL AND l.blob IS NULL`,
    repair: [
      `INSERT INTO large_bodies (blob, octets) SELECT blob, stored FROM messages
       WHERE segment IS NULL AND blob NOT IN (SELECT blob FROM large_bodies)`,
    ],
  },
  {
    name: 'a large body held for nothing',
    faults: 'SELECT blob FROM large_bodies WHERE blob NOT IN (SELECT blob FROM messages WHERE segment IS NULL)',
    repair: ['DELETE FROM large_bodies WHERE blob NOT IN (SELECT blob FROM messages WHERE segment IS NULL)'],
  },
]

export type RowFault = { readonly rule: string; readonly where: Readonly<Record<string, SqlValue>> }

/** Faults of one kind that are listed; further ones show after a repair. */
const LISTED = 1_000

export function rowFaults(db: Database): RowFault[] {
  return rules.flatMap(({ name, faults }) =>
    db.all<Record<string, SqlValue>>(`${faults} LIMIT ${LISTED}`).map(where => ({ rule: name, where: { ...where } })),
  )
}

/** Repairs what can be repaired, inside one transaction; answers the rules that were broken. */
export function repairRows(db: Database): string[] {
  const broken: string[] = []
  for (const { name, faults, repair } of rules) {
    if (db.get(`${faults} LIMIT 1`) === undefined) continue
    broken.push(name)
    for (const statement of repair) db.run(statement)
  }
  return broken
}
