/** What no setting can know alone: values that do not go together. */
import { endpointText } from './kinds.ts'
import type { Config } from './schema.ts'

export function faultsBetween(config: Config): readonly string[] {
  const faults: string[] = []
  const { tls, listen, limits, mail } = config
  if ((tls.certFile === null) !== (tls.keyFile === null)) {
    faults.push('tls.cert and tls.key belong together: set both, or leave both out')
  }
  if (limits.commandOctetsAnonymous > limits.commandOctets) {
    faults.push('limits.command_size_before_login must not be above limits.command_size')
  }
  const seen = new Map<string, string>()
  for (const [name, endpoints] of Object.entries({
    imap: listen.imap,
    imaps: listen.imaps,
    lmtp: listen.lmtp,
    http: listen.http,
  })) {
    for (const endpoint of endpoints) {
      // Port 0 asks the system for a free one: two of them are two ports.
      if (endpoint.kind === 'tcp' && endpoint.port === 0) continue
      const place = endpointText(endpoint)
      const other = seen.get(place)
      if (other !== undefined) faults.push(`listen.${name} and listen.${other} both want ${place}`)
      seen.set(place, name)
    }
  }
  const names = new Map<string, string>()
  for (const [role, name] of Object.entries(mail.folders)) {
    const folded = name.toLowerCase()
    const other = names.get(folded)
    if (folded === 'inbox') faults.push(`mail.folders: INBOX is there already and cannot be ${role}`)
    if (other !== undefined) faults.push(`mail.folders: ${role} and ${other} are both ${name}`)
    names.set(folded, role)
  }
  return faults
}
