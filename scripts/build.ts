/**
 * Makes a package that can be published: types stripped from src into dist, everything else as it is.
 * `node scripts/build.ts [FOLDER]`, build/rookery when left out. Stripping keeps lines and columns, so stack traces still fit the sources.
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const root = resolve(import.meta.dirname, '..')

type Manifest = {
  name: string
  version: string
  private?: boolean
  imports: Record<string, string>
  [key: string]: unknown
}

export function build(target: string): void {
  rmSync(target, { recursive: true, force: true })
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(target, path)), { recursive: true })
    writeFileSync(join(target, path), text)
  }
  const copy = (path: string, to = path) => {
    mkdirSync(dirname(join(target, to)), { recursive: true })
    copyFileSync(join(root, path), join(target, to))
  }

  for (const path of globSync('src/**/*', { cwd: root })) {
    if (path.endsWith('.test.ts') || statSync(join(root, path)).isDirectory()) continue
    const to = path.replace(/^src\//, 'dist/')
    if (!path.endsWith('.ts')) copy(path, to)
    else write(to.replace(/\.ts$/, '.js'), toJavaScript(readFileSync(join(root, path), 'utf8')))
  }
  copy('bin/rookery')
  chmodSync(join(target, 'bin/rookery'), 0o755)
  for (const path of ['LICENSE', 'README.md', ...globSync('docs/*.md', { cwd: root })]) {
    if (existsSync(join(root, path))) copy(path)
  }
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
  write('package.json', `${JSON.stringify(published(manifest), null, 2)}\n`)
}

/** Types go; a path to another of our files (`./x.ts`, `#base/x.ts`) now ends in .js, wherever it stands: imports, workers, URLs. */
function toJavaScript(typed: string): string {
  return stripTypeScriptTypes(typed).replace(/(['"`])((?:\.{1,2}\/|#[a-z]+\/)[^'"`\n]*)\.ts\1/g, '$1$2.js$1')
}

/** What an installation needs of package.json. */
function published({ private: _, imports, ...manifest }: Manifest): unknown {
  const { devDependencies: _dev, scripts: _scripts, allowScripts: _allow, ...rest } = manifest
  const mapped = Object.entries(imports)
    .filter(([, path]) => path.startsWith('./src/'))
    .map(([name, path]) => [name, path.replace('./src/', './dist/')])
  return { ...rest, imports: Object.fromEntries(mapped), files: ['bin', 'dist', 'docs'] }
}

if (import.meta.main) {
  const { positionals } = parseArgs({ allowPositionals: true })
  const target = resolve(positionals[0] ?? join(root, 'build/rookery'))
  build(target)
  process.stdout.write(`Built ${target}; "npm pack" or "npm publish" there.\n`)
}
