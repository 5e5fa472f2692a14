/** The package as it would be published: packed, installed, started. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { build } from './build.ts'

const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'rookery-build-'))
after(() => rmSync(folder, { recursive: true }))
const built = join(folder, 'built')
build(built)

const manifest = JSON.parse(readFileSync(join(built, 'package.json'), 'utf8'))

test('every import of ours leads to a file that is there', () => {
  const missing: string[] = []
  for (const file of globSync('dist/**/*.js', { cwd: built })) {
    const text = readFileSync(join(built, file), 'utf8')
    for (const [, specifier = ''] of text.matchAll(/\b(?:from|import)\s*\(?\s*['"]([.#][^'"]+)['"]/g)) {
      const [alias = ''] = specifier.split('/')
      const target = specifier.startsWith('#')
        ? join(built, manifest.imports[`${alias}/*`] ?? 'nowhere/*').replace('*', specifier.slice(alias.length + 1))
        : join(built, file, '..', specifier)
      // A source that is not there either is for the type check to say.
      const source = target.replace(`${built}/dist/`, `${root}/src/`).replace(/\.js$/, '.ts')
      if (!existsSync(target) && existsSync(source)) missing.push(`${file}: ${specifier}`)
    }
    if (/['"](?:\.|#)[^'"\n]*\.ts['"]/.test(text)) missing.push(`${file}: names a .ts file`)
  }
  assert.deepEqual(missing, [])
})

test('the manifest is one that npm would publish, without what only a checkout needs', () => {
  for (const name of ['private', 'devDependencies', 'scripts', 'allowScripts'])
    assert.equal(name in manifest, false, name)
  assert.deepEqual(manifest.bin, { rookery: 'bin/rookery' })
  assert.ok(Object.values(manifest.imports).every(path => String(path).startsWith('./dist/')))
  assert.deepEqual(globSync('**/*.test.*', { cwd: built }), [])
})

test('packed, installed and called by its link it says its version and explains a setting', t => {
  if (!existsSync(join(built, 'dist/main.js'))) return t.skip('src/main.ts does not exist yet')
  const npm = (args: string[], cwd: string) => execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: 'pipe' })
  npm(['pack', '--ignore-scripts', '--pack-destination', folder], built)
  const tarball = readdirSync(folder).find(name => name.endsWith('.tgz'))
  assert.ok(tarball)

  // Laid out as npm does it, but the dependencies are the checkout's: no registry is asked.
  const modules = join(folder, 'prefix/node_modules')
  mkdirSync(join(modules, 'rookery'), { recursive: true })
  execFileSync('tar', ['-xzf', join(folder, tarball), '-C', join(modules, 'rookery'), '--strip-components=1'])
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  mkdirSync(join(modules, '.bin'))
  symlinkSync('../rookery/bin/rookery', join(modules, '.bin/rookery'))

  const rookery = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(join(modules, '.bin/rookery'), args, {
      cwd: folder,
      encoding: 'utf8',
      // Without the checkout's node on the PATH: the one installed beside the package is to be found.
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    })
    assert.equal(status, 0, stderr)
    return stdout
  }
  assert.equal(rookery('version'), `rookery ${manifest.version}\n`)
  assert.match(rookery('config', 'explain', 'limits.message_size'), /ROOKERY_LIMITS_MESSAGE_SIZE/)
})
