/** Thunderbird without a window: a fresh profile with one IMAP account, its password and our certificate, steered from outside. */
import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { Marionette } from './marionette.ts'
import { end } from './program.ts'
import { keepLog, type TestServer } from './server.ts'

export type Security = 'TLS' | 'STARTTLS'

export interface Thunderbird extends AsyncDisposable {
  /** Folders as shown, by path of displayed names, with the count of messages. */
  folders(): Promise<Map<string, number>>
  /** Opens a folder as a click on it does. */
  open(path: string): Promise<void>
  /** Acts on the message of a folder that has this subject. */
  act(path: string, subject: string, action: Action): Promise<void>
  createFolder(name: string): Promise<void>
  move(path: string, subject: string, target: string): Promise<void>
  /** Whether the message of a folder that has this subject is shown with a star. */
  isFlagged(path: string, subject: string): Promise<boolean>
  /** The messages of a folder that are kept on disk, octet for octet. */
  kept(path: string): Promise<Buffer[]>
  /** What went over the wire for a folder's connection, as Thunderbird itself logs it. */
  wire(): Promise<string>
}

export type Action = 'read' | 'flag' | 'delete'

export async function startThunderbird(
  home: string,
  server: TestServer,
  login: Login,
  how: Security,
): Promise<Thunderbird> {
  const profile = join(home, 'profile')
  await mkdir(profile, { recursive: true })
  const port = how === 'TLS' ? server.ports.imaps : server.ports.imap
  await writePreferences(profile, port, how, login.user)
  const args = ['--headless', '--no-remote', '--marionette', '--remote-allow-system-access', '--profile', profile]
  const env = { ...process.env, HOME: home, MOZ_LOG: 'IMAP:4,sync', MOZ_LOG_FILE: join(home, 'imap.log') }
  const child = spawn('thunderbird', args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const log = keepLog(child)
  try {
    const controlPort = await eventually(
      'Thunderbird to start',
      async () => Number(await readFile(join(profile, 'MarionetteActivePort'), 'utf8')),
      40_000,
    )
    const control = await Marionette.connect(controlPort)
    await control.run(trustAndLogin, await readFile(server.certificate, 'utf8'), port, login.user, login.password)
    return steered(control, home, async () => {
      control[Symbol.dispose]()
      await end(child, 10_000)
    })
  } catch (error) {
    await end(child)
    throw new Error(`Thunderbird did not start\n${log().slice(-4_000)}`, { cause: error })
  }
}

export type Login = { readonly user: string; readonly password: string }

function steered(control: Marionette, home: string, stop: () => Promise<void>): Thunderbird {
  return {
    async folders() {
      return new Map(
        await control.run<[string, number][]>(`${lookup} return all().map(f => [path(f), f.getTotalMessages(false)])`),
      )
    },
    open: path => control.run(`${lookup} window.gTabmail.currentAbout3Pane.displayFolder(folder(args[0]).URI)`, path),
    act: (path, subject, action) => control.run(`${lookup} ${actions[action]}`, path, subject),
    createFolder: name => control.run(`${lookup} root.createSubfolder(args[0], null)`, name),
    move: (path, subject, target) => control.run(`${lookup} ${move}`, path, subject, target),
    isFlagged: (path, subject) => control.run(`${lookup} return message(args[0], args[1]).isFlagged`, path, subject),
    async kept(path) {
      const file = await control.run<string>(`${lookup} return folder(args[0]).filePath.path`, path)
      return cutMbox(await readFile(file))
    },
    // Every child process adds to the name; the one that speaks IMAP is the first.
    wire: () => readFile(join(home, 'imap.log.moz_log'), 'utf8'),
    [Symbol.asyncDispose]: stop,
  }
}

/** Runs inside Thunderbird before each script. */
const lookup = `
const { MailServices } = ChromeUtils.importESModule('resource:///modules/MailServices.sys.mjs')
const root = MailServices.accounts.accounts[0].incomingServer.rootFolder
const all = () => root.descendants
const path = f => f.parent === root ? f.name : path(f.parent) + '/' + f.name
const folder = name => {
  const found = all().find(f => path(f) === name)
  if (!found) throw new Error('no folder ' + name)
  return found
}
const message = (name, subject) => {
  const found = [...folder(name).messages].find(m => m.mime2DecodedSubject === subject)
  if (!found) throw new Error('no message ' + subject)
  return found
}
`

const actions: Readonly<Record<Action, string>> = {
  read: 'folder(args[0]).markMessagesRead([message(args[0], args[1])], true)',
  flag: 'folder(args[0]).markMessagesFlagged([message(args[0], args[1])], true)',
  delete: 'folder(args[0]).deleteMessages([message(args[0], args[1])], null, false, true, null, false)',
}

const move = `
const [from, subject, to] = args
MailServices.copy.copyMessages(folder(from), [message(from, subject)], folder(to), true, null, null, false)
`

/** What a person does in two dialogues: accept the certificate, save the password. */
const trustAndLogin = `
const [pem, port, user, password] = args
const base64 = pem.replaceAll(/-----.*?-----|\\s/g, '')
const certificate = Cc['@mozilla.org/security/x509certdb;1'].getService(Ci.nsIX509CertDB).constructX509FromBase64(base64)
const overrides = Cc['@mozilla.org/security/certoverride;1'].getService(Ci.nsICertOverrideService)
overrides.rememberValidityOverride('localhost', port, {}, certificate, false)
const login = Cc['@mozilla.org/login-manager/loginInfo;1'].createInstance(Ci.nsILoginInfo)
login.init('imap://localhost', null, 'imap://localhost', user, password, '', '')
await Services.logins.addLoginAsync(login)
`

async function writePreferences(profile: string, port: number, how: Security, user: string): Promise<void> {
  const preferences: Readonly<Record<string, string | number | boolean>> = {
    'marionette.port': 0,
    'mail.accountmanager.accounts': 'account1',
    'mail.accountmanager.defaultaccount': 'account1',
    'mail.account.account1.server': 'server1',
    'mail.account.account1.identities': 'id1',
    'mail.identity.id1.fullName': user,
    'mail.identity.id1.useremail': `${user}@localhost`,
    'mail.server.server1.type': 'imap',
    'mail.server.server1.hostname': 'localhost',
    'mail.server.server1.port': port,
    'mail.server.server1.socketType': how === 'TLS' ? 3 : 2,
    'mail.server.server1.authMethod': 3,
    'mail.server.server1.userName': user,
    'mail.server.server1.name': user,
    // Nothing is asked for by the clock: what it learns of new mail it learns in IDLE.
    'mail.server.server1.login_at_startup': false,
    'mail.server.server1.check_new_mail': false,
    'mail.server.server1.use_idle': true,
    'mail.server.server1.offline_download': true,
    'mail.server.server1.download_bodies_on_get_new_mail': true,
    'mail.provider.enabled': false,
    'mail.rights.version': 1,
    'mail.shell.checkDefaultClient': false,
    'mailnews.start_page.enabled': false,
    'app.donation.eoy.version.viewed': 999,
    'app.update.enabled': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'toolkit.telemetry.enabled': false,
  }
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`)
  await writeFile(join(profile, 'prefs.js'), lines.join(''))
}

/** Thunderbird's mbox: a From line, two lines of its own, the message as it came, an empty line. */
function cutMbox(file: Buffer): Buffer[] {
  const pieces = file.toString('latin1').split(/^From - .*\r\nX-Mozilla-Status: .*\nX-Mozilla-Status2: .*\n/m)
  return pieces.slice(1).map(piece => Buffer.from(piece.replace(/\r\n$/, ''), 'latin1'))
}
