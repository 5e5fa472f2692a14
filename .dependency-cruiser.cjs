/**
 * Import directions: base ← mime ← ports ← mail ← imap|lmtp|http ← main, cli. Drivers see ports, mime's facts and base only.
 * Circles are looked for by scripts/check/borders.ts: swc, which reads TypeScript here, does not tell `import type` from `import`.
 */
const { Visitor } = require('@swc/core/Visitor.js')

// swc parses `using`, but the visitor that dependency-cruiser takes from it stops there: walk it like `const`.
const { visitStatement, visitPattern } = Visitor.prototype
Visitor.prototype.visitStatement = function (statement) {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement)
  statement.decls = this.visitVariableDeclarators(statement.decls)
  return statement
}
Visitor.prototype.visitPattern = function (pattern) {
  return pattern.type === 'UsingDeclaration' ? this.visitStatement(pattern) : visitPattern.call(this, pattern)
}

const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: `^src/${from}/`, pathNot: '\\.test\\.ts$' },
  to: { path: '^src/', pathNot: `^src/(${[from, ...allowed].join('|')})(/|\\.ts$)` },
})

module.exports = {
  forbidden: [
    only('base-sees-nothing', 'base', []),
    {
      name: 'base-has-no-packages',
      severity: 'error',
      from: { path: '^src/base/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm', 'core'] },
    },
    only('mime-sees-base', 'mime', ['base']),
    only('ports-see-facts', 'ports', ['base', 'mime/facts']),
    only('mail-sees-ports', 'mail', ['base', 'mime', 'ports']),
    only('config-sees-base', 'config', ['base']),
    only('net-sees-base', 'net', ['base', 'ports']),
    only('sasl-sees-ports', 'sasl', ['base', 'ports']),
    only('imap-sees-mail', 'imap', ['base', 'mime', 'ports', 'mail', 'net', 'sasl']),
    only('lmtp-sees-mail', 'lmtp', ['base', 'mime', 'ports', 'mail', 'net']),
    only('transfer-sees-mail', 'transfer', ['base', 'mime', 'ports', 'mail', 'imap/wire/utf7']),
    only('http-sees-mail', 'http', ['base', 'ports', 'mail', 'net']),
    only('drivers-see-ports', 'drivers', ['base', 'mime/facts', 'ports']),
    only('cli-names-no-driver', 'cli', ['base', 'mime', 'ports', 'mail', 'config']),
    {
      name: 'wire-is-pure',
      severity: 'error',
      from: { path: '^src/imap/wire/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm', 'core'] },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js'], conditionNames: ['import', 'node'] },
  },
}
