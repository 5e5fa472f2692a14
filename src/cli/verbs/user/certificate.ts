/** Client certificates by which a user may log in with SASL EXTERNAL. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { Exit, Failure } from '../../exits.ts'
import { dataOptions } from '../../settings.ts'
import { existing, nameArgument, withUsers } from '../../users.ts'
import { verb } from '../../verb.ts'

export const certificateAdd = verb({
  name: 'user certificate add',
  summary: 'Let a user log in with a client certificate',
  details:
    'The certificate must be signed by an authority in tls.client_ca. It is known by its fingerprint; the file is not needed afterwards. "user app-password list" shows it among the credentials, "user app-password remove" takes it away.',
  arguments: [nameArgument, { name: 'FILE', doc: 'The certificate, PEM' }],
  options: { ...dataOptions, label: { value: 'TEXT', doc: 'What it is for; the name of the file when not given' } },
  examples: [['rookery user certificate add ann laptop.pem --label laptop', 'for AUTHENTICATE EXTERNAL']],

  async run(call) {
    const [name, file] = call.arguments
    const fingerprint = fingerprintOf(file!)
    return withUsers(call, async users => {
      const { login } = await existing(users, name!)
      const credential = await users.addCertificate(login, { name: call.options.label ?? basename(file!), fingerprint })
      call.terminal.out(`Added ${credential.id} (${credential.name}) for ${login}.\nSHA-256: ${fingerprint}\n`)
      return Exit.ok
    })
  },
})

function fingerprintOf(file: string): string {
  let pem: Buffer
  try {
    pem = readFileSync(file)
  } catch (error) {
    throw new Failure(Exit.noInput, `${file} cannot be read`, { cause: error })
  }
  try {
    return new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase()
  } catch (error) {
    throw new Failure(Exit.badData, `${file} holds no certificate in PEM form`, { cause: error })
  }
}
