/**
 * Everything a stranger can make large. A value exactly at its limit passes; one more is refused as the comment says.
 * The ones an operator may change are settings whose defaults these are.
 */
export const limits = {
  /** One command without its literals' bytes, octets. Beyond: BAD and the rest of the line is thrown away. RFC 9051 §4 asks for ≥ 8192 */
  commandOctets: 64 * 1024,
  /** The same before login. */
  commandOctetsAnonymous: 8 * 1024,
  /** All literals of one command that are held in memory, octets. Beyond: BAD [TOOBIG]. Message literals stream and do not count. */
  literalOctets: 1024 * 1024,
  /** The same before login. */
  literalOctetsAnonymous: 8 * 1024,
  /** A non-synchronising literal before login (LITERAL-), octets. RFC 7888 §5 */
  literalMinusOctets: 4096,
  /** Nesting of parentheses in a command. Beyond: BAD. */
  listDepth: 64,
  /** Ranges in one sequence set. Beyond: BAD. */
  sequenceRanges: 20_000,
  /** Search keys in one program. Beyond: BAD. */
  searchKeys: 1_000,
  /** Octets waiting to be written to one client before its commands pause. */
  outputHighWater: 256 * 1024,
  /** Items of one FETCH: of each up to a page is held before the first octet of a message is sent. Beyond: NO [LIMIT]. */
  fetchItems: 128,
  /** Octets received from one client and not yet looked at, pipelined commands too. Beyond: the socket is not read. */
  inputHighWater: 64 * 1024,
  /** Milliseconds a client has to close its side after we closed ours. Beyond: the connection is cut. */
  lingerMs: 5_000,
  /** Milliseconds in which a peer may take nothing of what waits for it, and in which TLS must be agreed. Beyond: the connection is cut. */
  stallMs: 300_000,
  handshakeMs: 30_000,
  /** One message, octets. Beyond: NO [TOOBIG], 552 5.3.4. */
  messageOctets: 128 * 1024 * 1024,
  /** Messages of one APPEND, and literals that it holds in memory between two that stream. Beyond: NO [LIMIT], BAD. RFC 3502 */
  appendMessages: 10_000,
  appendHeldLiterals: 100,
  /** Octets of one APPEND's messages together that wait in memory; of each no more than the second counts, since larger ones wait on disk. Beyond: NO [LIMIT]. */
  appendHeldOctets: 64 * 1024 * 1024,
  appendHeldOfMessage: 256 * 1024,
  /** LMTP: connections at a time per thread (421), recipients of one message (452), one command, octets (421), milliseconds of silence (421). */
  lmtpConnections: 500,
  lmtpRecipients: 100,
  lmtpCommandOctets: 4096,
  lmtpIdleMs: 300_000,
  /** HTTP: a request's header, octets (431), milliseconds for one request (408), connections at a time (cut). */
  httpHeaderOctets: 8 * 1024,
  httpRequestMs: 10_000,
  httpConnections: 100,
  /** A mailbox name, octets of UTF-8, and its levels. Beyond: NO [CANNOT]. */
  mailboxNameOctets: 1024,
  mailboxDepth: 64,
  /** Mailboxes of one account. Beyond: NO [LIMIT]. */
  mailboxes: 50_000,
  /** A keyword, octets, and the keywords on one message. Beyond: NO [LIMIT]. */
  keywordOctets: 255,
  keywordsPerMessage: 128,
  /** Keywords that one mailbox has ever seen. Beyond: NO [LIMIT]. */
  keywordsPerMailbox: 10_000,
  /** Depth of MIME parts that is looked into; deeper parts are shown as opaque leaves. */
  mimeDepth: 50,
  /** MIME parts of one message that are told apart; further ones belong to the last. */
  mimeParts: 10_000,
  /** A message's or part's header that is understood, octets; the rest is kept but not looked at. */
  mimeHeaderOctets: 1024 * 1024,
  /** All headers of one message and its parts that are understood, octets; parts beyond are shown as plain text. */
  mimeHeadersOctets: 8 * 1024 * 1024,
  /** Parameters of one Content-Type or Content-Disposition that are kept, sections of RFC 2231 counted singly; further ones are left out. */
  mimeParameters: 1_000,
  /** Code points of a preview. RFC 8970 §3.3 */
  previewCharacters: 200,
  /** Message-Ids of References that are kept. */
  references: 1_000,
  /** Addresses of one header field that are listed in ENVELOPE. */
  addressesPerField: 10_000,
  /** Failed commands (BAD) in a row before BYE. */
  badCommands: 50,
  badCommandsAnonymous: 10,
  /** Milliseconds a connection may stay without logging in, and without saying anything afterwards. RFC 9051 §5.4 asks for ≥ 30 min */
  loginMs: 180_000,
  idleMs: 31 * 60_000,
  /** Logins of one thread that wait for the slow hash of a password. Beyond: NO [UNAVAILABLE]. */
  loginsInLine: 20_000,
  /** Sessions of one account and of one address at a time. Beyond: NO [LIMIT] or BYE that names it. */
  sessionsPerAccount: 100,
  sessionsPerAddress: 1_000,
} as const
