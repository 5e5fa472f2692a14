/** Every setting, declared once. A group here is a section of docs/config.md; property names carry the unit of the value inside. */
import { limits } from '#base/limits.ts'
import * as kind from './kinds.ts'
import { type Setting, setting } from './setting.ts'

const since = '0.1.0'
const day = 86_400_000

const data = {
  dir: setting({
    key: 'data',
    kind: kind.path('/var/lib/rookery'),
    default: './data',
    doc: 'Folder of everything that is kept: accounts, mail, certificates made by Rookery. Created with mode 0700 when missing. Every other verb that works on the data takes the same setting.',
    since,
    reloadable: false,
    flag: { name: 'data', value: 'DIR' },
  }),
}

const server = {
  threads: setting({
    key: 'threads',
    kind: kind.orWord(kind.count({ min: 1, max: 256, example: '4' }), 'auto'),
    default: null,
    doc: 'Session threads. "auto" is one for each processor.',
    since,
    reloadable: false,
    flag: { name: 'threads', value: 'N' },
  }),
  hostname: setting({
    key: 'hostname',
    kind: kind.orWord(
      kind.text({
        name: 'a host name',
        example: 'mail.example.org',
        form: /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/,
      }),
      'auto',
    ),
    default: null,
    doc: 'The name the server greets with. "auto" asks the machine.',
    since,
    reloadable: false,
  }),
}

const listener = (name: string, doc: string) =>
  setting({
    key: `listen.${name}`,
    kind: kind.list(kind.tcpEndpoint),
    default: [],
    doc: `${doc} Several addresses make a list; none (or "off" on the command line) switches it off.`,
    since,
    reloadable: false,
    flag: { name, value: 'HOST:PORT' },
  })

const listen = {
  imap: listener('imap', 'IMAP in clear text with STARTTLS; usually on port 143.'),
  imaps: listener('imaps', 'IMAP over TLS from the first byte; usually on port 993.'),
  lmtp: setting({
    key: 'listen.lmtp',
    kind: kind.list(kind.endpoint, '["127.0.0.1:1024", "unix:/run/rookery/lmtp"]'),
    default: [],
    doc: 'LMTP for the mail server that delivers, by TCP or on a unix socket. Whoever reaches it may deliver to every account: keep it on loopback or a socket.',
    since,
    reloadable: false,
    flag: { name: 'lmtp', value: 'HOST:PORT|unix:PATH' },
  }),
  http: listener('http', 'HTTP for operators: health, readiness, metrics.'),
  proxyFrom: setting({
    key: 'listen.proxy_protocol_from',
    kind: kind.list(kind.network),
    default: [],
    doc: 'Load balancers whose connections to imap and imaps begin with a PROXY protocol header (version 1 or 2) naming the real client. Connections from elsewhere are taken as they are.',
    since,
    reloadable: false,
  }),
}

const tls = {
  certFile: setting({
    key: 'tls.cert',
    kind: kind.orWord(kind.path('/etc/rookery/cert.pem'), 'auto'),
    default: null,
    doc: 'Certificate chain in PEM form. "auto" makes a self-signed one for localhost, 127.0.0.1 and ::1 at the first start and keeps it in DIR/tls.',
    since,
    reloadable: true,
    flag: { name: 'tls-cert', value: 'FILE' },
  }),
  keyFile: setting({
    key: 'tls.key',
    kind: kind.orWord(kind.path('/etc/rookery/key.pem'), 'auto'),
    default: null,
    doc: 'Private key of `tls.cert` in PEM form.',
    since,
    reloadable: true,
    flag: { name: 'tls-key', value: 'FILE' },
  }),
  clientCaFile: setting({
    key: 'tls.client_ca',
    kind: kind.orWord(kind.path('/etc/rookery/clients.pem'), 'off'),
    default: null,
    doc: 'Authorities whose client certificates are asked for and accepted for SASL EXTERNAL.',
    since,
    reloadable: true,
  }),
}

const limit = {
  messageOctets: setting({
    key: 'limits.message_size',
    kind: kind.size({ min: 64 * 1024, max: 4 * 1024 ** 3, example: '64 MiB' }),
    default: limits.messageOctets,
    doc: 'Largest message that APPEND, LMTP and import take; advertised as APPENDLIMIT (RFC 7889) and SIZE.',
    since,
    reloadable: true,
  }),
  sessionsPerAccount: setting({
    key: 'limits.sessions_per_account',
    kind: kind.count({ min: 1, max: 1_000_000, example: '100' }),
    default: limits.sessionsPerAccount,
    doc: 'Sessions that one account may have at a time. Further logins are answered NO [LIMIT].',
    since,
    reloadable: true,
  }),
  sessionsPerAddress: setting({
    key: 'limits.sessions_per_address',
    kind: kind.count({ min: 1, max: 1_000_000, example: '1000' }),
    default: limits.sessionsPerAddress,
    doc: 'Connections that one address (IPv6: one /64) may have at a time. Further ones are answered BYE.',
    since,
    reloadable: true,
  }),
  loginMs: setting({
    key: 'limits.login_timeout',
    kind: kind.duration({ min: 1000, max: day, example: '180 s' }),
    default: limits.loginMs,
    doc: 'Time a connection may take until it has logged in.',
    since,
    reloadable: true,
  }),
  idleMs: setting({
    key: 'limits.idle_timeout',
    kind: kind.duration({ min: 30 * 60_000, max: 7 * day, example: '31 min' }),
    default: limits.idleMs,
    doc: 'Time a session may say nothing. RFC 9051 §5.4 asks for 30 minutes at least.',
    since,
    reloadable: true,
  }),
  commandOctets: setting({
    key: 'limits.command_size',
    kind: kind.size({ min: 8192, max: 16 * 1024 ** 2, example: '64 KiB' }),
    default: limits.commandOctets,
    doc: 'Longest command without its literals, after login.',
    since,
    reloadable: true,
  }),
  commandOctetsAnonymous: setting({
    key: 'limits.command_size_before_login',
    kind: kind.size({ min: 8192, max: 1024 ** 2, example: '8 KiB' }),
    default: limits.commandOctetsAnonymous,
    doc: 'Longest command without its literals, before login.',
    since,
    reloadable: true,
  }),
  literalOctets: setting({
    key: 'limits.literal_size',
    kind: kind.size({ min: 8192, max: 64 * 1024 ** 2, example: '1 MiB' }),
    default: limits.literalOctets,
    doc: 'All literals together that one command may hold in memory. Messages are streamed and do not count.',
    since,
    reloadable: true,
  }),
  messages: setting({
    key: 'limits.message_limit',
    kind: kind.orWord(kind.count({ min: 1000, max: 0xffff_ffff, example: '10000' }), 'off'),
    default: null,
    doc: 'Messages that one command may work on, advertised as MESSAGELIMIT (RFC 9738).',
    since,
    reloadable: true,
  }),
  saves: setting({
    key: 'limits.save_limit',
    kind: kind.orWord(kind.count({ min: 1000, max: 0xffff_ffff, example: '10000' }), 'off'),
    default: null,
    doc: 'Messages that one COPY or APPEND may store, advertised as SAVELIMIT (RFC 9738).',
    since,
    reloadable: true,
  }),
  shedsBackground: setting({
    key: 'limits.shed_background',
    kind: kind.yes,
    default: false,
    doc: 'Whether clients that connect for background work and say so are asked to come back later, to keep a busy server for those who wait. Apple Mail (iOS 18.5) does, and tries again after about a day; fetching new mail is not affected.',
    since,
    reloadable: true,
  }),
}

const mechanisms = [
  'PLAIN',
  'LOGIN',
  'SCRAM-SHA-1',
  'SCRAM-SHA-256',
  'SCRAM-SHA-1-PLUS',
  'SCRAM-SHA-256-PLUS',
  'EXTERNAL',
] as const

const login = {
  plaintextFrom: setting({
    key: 'login.plaintext_from',
    kind: kind.list(kind.network, '["loopback", "10.1.0.0/16"]'),
    default: ['loopback'],
    doc: 'Networks from which LOGIN and clear-text mechanisms are allowed without TLS. Elsewhere LOGINDISABLED is advertised until STARTTLS.',
    since,
    reloadable: true,
  }),
  mechanisms: setting({
    key: 'login.mechanisms',
    kind: kind.list(kind.choice(mechanisms, 'PLAIN'), '["PLAIN", "SCRAM-SHA-256"]'),
    default: mechanisms,
    doc: 'SASL mechanisms that may be offered. Each is offered only where it can work: -PLUS inside TLS, EXTERNAL with a client certificate, clear-text ones as `login.plaintext_from` says.',
    since,
    reloadable: true,
  }),
}

const roles = ['archive', 'drafts', 'junk', 'sent', 'trash', 'important', 'flagged', 'all'] as const

const mail = {
  quotaOctets: setting({
    key: 'mail.quota_storage',
    kind: kind.orWord(kind.size({ min: 1024, example: '10 GiB' }), 'unlimited'),
    default: null,
    doc: 'Storage that a new account may use.',
    since,
    reloadable: true,
  }),
  quotaMessages: setting({
    key: 'mail.quota_messages',
    kind: kind.orWord(kind.count({ min: 1, example: '1000000' }), 'unlimited'),
    default: null,
    doc: 'Messages that a new account may have.',
    since,
    reloadable: true,
  }),
  keepExpungedMs: setting({
    key: 'mail.keep_expunged',
    kind: kind.duration({ max: 3650 * day, example: '14 d' }),
    default: 14 * day,
    doc: 'How long expunged mail can be had back by `rookery mailbox undelete`. "0 s" removes it at the next maintenance.',
    since,
    reloadable: true,
  }),
  folders: setting({
    key: 'mail.folders',
    kind: kind.table(roles, '{ sent = "Sent", trash = "Trash" }'),
    default: { archive: 'Archive', drafts: 'Drafts', junk: 'Junk', sent: 'Sent', trash: 'Trash' },
    doc: 'Mailboxes that a new account begins with beside INBOX, by their special use (RFC 6154).',
    since,
    reloadable: true,
  }),
  notifyMs: setting({
    key: 'mail.idle_notify_interval',
    kind: kind.duration({ min: 10_000, max: 29 * 60_000, example: '2 min' }),
    default: 2 * 60_000,
    doc: 'How often a session in IDLE is sent a line when nothing happens, so that routers on the way keep the connection.',
    since,
    reloadable: true,
  }),
  recipientDelimiter: setting({
    key: 'mail.recipient_delimiter',
    kind: kind.orWord(kind.text({ name: 'one character of + - = _ . #', example: '+', form: /^[-+=_.#]$/ }), 'off'),
    default: '+',
    doc: 'What parts the account from the folder in a recipient: `ann+lists@example.org` goes to the mailbox "lists" of ann.',
    since,
    reloadable: true,
  }),
  overQuota: setting({
    key: 'mail.over_quota',
    kind: kind.choice(['temporary', 'permanent'], 'temporary'),
    default: 'temporary',
    doc: 'What a delivery to a full account is answered: "temporary" (452 4.2.2: the sender keeps trying until there is room) or "permanent" (552 5.2.2: it comes back at once).',
    since,
    reloadable: true,
  }),
  createDetailFolder: setting({
    key: 'mail.create_detail_folder',
    kind: kind.yes,
    default: false,
    doc: 'Whether a mailbox named in a recipient is created when it is missing. Otherwise such mail goes to INBOX.',
    since,
    reloadable: true,
  }),
}

const drain = {
  sessionsPerSecond: setting({
    key: 'drain.rate',
    kind: kind.count({ min: 1, max: 1_000_000, example: '100' }),
    default: 200,
    doc: 'Sessions a second that are said BYE to after SIGTERM, so that their clients do not all come back at once.',
    since,
    reloadable: true,
  }),
  timeoutMs: setting({
    key: 'drain.timeout',
    kind: kind.duration({ max: day, example: '60 s' }),
    default: 60_000,
    doc: 'Time after SIGTERM at which sessions that are left are closed whatever the rate.',
    since,
    reloadable: true,
  }),
}

const log = {
  level: setting({
    key: 'log.level',
    kind: kind.choice(['debug', 'info', 'warn', 'error'], 'info'),
    default: 'info',
    doc: 'Least important events that are written.',
    since,
    reloadable: true,
    flag: { name: 'log-level', value: 'LEVEL' },
  }),
  destination: setting({
    key: 'log.destination',
    kind: kind.pathOr(['stderr', 'stdout'], '/var/log/rookery.log'),
    default: 'stderr',
    doc: 'Where the log goes, one JSON object a line: "stderr", "stdout" or a file, which is opened again on SIGHUP.',
    since,
    reloadable: true,
    flag: { name: 'log', value: 'FILE' },
  }),
}

const metrics = {
  prefix: setting({
    key: 'metrics.prefix',
    kind: kind.text({ name: 'letters, digits and _', example: 'rookery', form: /^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/ }),
    default: 'rookery',
    doc: 'Beginning of the names of all metrics.',
    since,
    reloadable: false,
  }),
}

export const schema = { data, server, listen, tls, limits: limit, login, mail, drain, log, metrics }

type ValueOf<Declared> = Declared extends Setting<infer Value> ? Value : never
type Schema = typeof schema

/** The effective values, typed as declared. Plain data: it may be posted to threads. */
export type Config = {
  readonly [Group in keyof Schema]: { readonly [Name in keyof Schema[Group]]: ValueOf<Schema[Group][Name]> }
}

export type Placed = { readonly group: string; readonly name: string; readonly setting: Setting }

/** All settings in the order of their declaration. */
export const settings: readonly Placed[] = Object.entries(schema).flatMap(([group, members]) =>
  Object.entries(members as Record<string, Setting>).map(([name, setting]) => ({ group, name, setting })),
)

export const byKey: ReadonlyMap<string, Placed> = new Map(settings.map(placed => [placed.setting.key, placed]))
