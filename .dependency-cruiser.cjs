/** Import directions: base ← mime ← ports ← mail ← imap|lmtp|http ← main, cli. Drivers see ports, mime's facts and base only. */
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: `^src/${from}/`, pathNot: '\\.test\\.ts$' },
  to: { path: '^src/', pathNot: `^src/(${[from, ...allowed].join('|')})(/|\\.ts$)` },
})

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    only('base-sees-nothing', 'base', []),
    { name: 'base-has-no-packages', severity: 'error', from: { path: '^src/base/' }, to: { dependencyTypes: ['npm', 'core'] } },
    only('mime-sees-base', 'mime', ['base']),
    only('ports-see-facts', 'ports', ['base', 'mime/facts']),
    only('mail-sees-ports', 'mail', ['base', 'mime', 'ports']),
    only('config-sees-base', 'config', ['base']),
    only('net-sees-base', 'net', ['base', 'ports']),
    only('sasl-sees-ports', 'sasl', ['base', 'ports']),
    only('imap-sees-mail', 'imap', ['base', 'mime', 'ports', 'mail', 'net', 'sasl']),
    only('lmtp-sees-mail', 'lmtp', ['base', 'mime', 'ports', 'mail', 'net']),
    only('http-sees-mail', 'http', ['base', 'ports', 'mail', 'net']),
    only('drivers-see-ports', 'drivers', ['base', 'mime/facts', 'ports']),
    { name: 'wire-is-pure', severity: 'error', from: { path: '^src/imap/wire/', pathNot: '\\.test\\.ts$' }, to: { dependencyTypes: ['npm', 'core'] } },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js'], conditionNames: ['import', 'node'] },
  },
}
