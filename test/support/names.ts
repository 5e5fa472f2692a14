/** Mailbox names in modified UTF-7, written for tests apart from the server's own. RFC 3501 §5.1.3 */

export function encodeName(name: string): string {
  return name.replaceAll('&', '&-').replaceAll(/[^\x20-\x7e]+/g, run => {
    const units = Buffer.from(run, 'utf16le').swap16()
    return `&${units.toString('base64').replaceAll('/', ',').replaceAll('=', '')}-`
  })
}

export function decodeName(name: string): string {
  return name.replaceAll(/&([^-]*)-/g, (_, run: string) => {
    if (run === '') return '&'
    const units = Buffer.from(run.replaceAll(',', '/'), 'base64')
    return units.swap16().toString('utf16le')
  })
}
