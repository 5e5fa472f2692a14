/** A path of MAIL or RCPT and the parameters behind it. RFC 5321 §4.1.1.2, §4.1.1.3 */
export type Path = { readonly address: string; readonly parameters: ReadonlyMap<string, string> }

/** A local part may stand without a domain: mail servers on the same machine send so. A source route is dropped. RFC 5321 §4.1.2, appendix C */
const PATH = /^ *<(?:@[^\s<>:]+:)?((?:"(?:[^"\\]|\\.)*"|[^\s<>"@]*)(?:@[^\s<>"@]+)?)>(?: +(.*))?$/u

/** What follows `FROM:` or `TO:`; null when it is no path. */
export function parsePath(text: string): Path | null {
  const found = PATH.exec(text)
  if (!found || /[\u0000-\u001f\u007f]/.test(text)) return null
  const parameters = new Map<string, string>()
  for (const word of (found[2] ?? '').split(' ')) {
    if (word === '') continue
    const at = word.indexOf('=')
    const name = (at < 0 ? word : word.slice(0, at)).toUpperCase()
    if (parameters.has(name)) return null
    parameters.set(name, at < 0 ? '' : word.slice(at + 1))
  }
  return { address: found[1]!, parameters }
}
