/** What CAPABILITY says. Each name stands for something that works as a whole; docs/rfc.md names the test that shows it. */

export type CapabilityContext = {
  readonly phase: 'anonymous' | 'authenticated'
  readonly secure: boolean
  readonly startTls: boolean
  /** LOGIN and PLAIN may be used on this connection. */
  readonly plaintext: boolean
  readonly mechanisms: readonly string[]
  readonly compressed: boolean
  readonly appendLimit: number
  readonly messageLimit: number | null
  readonly saveLimit: number | null
  /** Dropped for this client by its profile. */
  readonly without: readonly string[]
}

/** Known before login, since clients that never ask again decide by it. */
const always = [
  'IMAP4rev1',
  'IMAP4rev2',
  'ID',
  'ENABLE',
  'IDLE',
  'SASL-IR',
  'NAMESPACE',
  'UNSELECT',
  'CHILDREN',
  'UIDPLUS',
  'MOVE',
]

const afterLogin = [
  'LIST-EXTENDED',
  'LIST-STATUS',
  'SPECIAL-USE',
  'CREATE-SPECIAL-USE',
  'XLIST',
  'STATUS=SIZE',
  'ESEARCH',
  'SEARCHRES',
  'WITHIN',
  'SORT',
  'SORT=DISPLAY',
  'ESORT',
  'THREAD=ORDEREDSUBJECT',
  'THREAD=REFERENCES',
  'I18NLEVEL=1',
  'CONDSTORE',
  'QRESYNC',
  'PARTIAL',
  'UIDONLY',
  'UIDBATCHES',
  'BINARY',
  'MULTIAPPEND',
  'CATENATE',
  'REPLACE',
  'OBJECTID',
  'SAVEDATE',
  'PREVIEW',
  'INPROGRESS',
  'QUOTA',
  'QUOTA=RES-STORAGE',
  'QUOTA=RES-MESSAGE',
  'UTF8=ACCEPT',
  'UNAUTHENTICATE',
]

export function capabilities(context: CapabilityContext): readonly string[] {
  const names = [...always]
  if (context.phase === 'anonymous') {
    names.push('LITERAL-')
    if (context.startTls && !context.secure) names.push('STARTTLS')
    if (!context.plaintext) names.push('LOGINDISABLED')
    for (const mechanism of context.mechanisms) names.push(`AUTH=${mechanism}`)
  } else {
    names.push('LITERAL+', ...afterLogin, `APPENDLIMIT=${context.appendLimit}`)
    if (!context.compressed) names.push('COMPRESS=DEFLATE')
    if (context.messageLimit !== null) names.push(`MESSAGELIMIT=${context.messageLimit}`)
    if (context.saveLimit !== null) names.push(`SAVELIMIT=${context.saveLimit}`)
  }
  return context.without.length === 0 ? names : names.filter(name => !context.without.includes(name))
}
