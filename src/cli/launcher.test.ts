/** bin/rookery: which Node it takes, and what it says when there is none. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'

const script = new URL('../../bin/rookery', import.meta.url).pathname

/** A checkout with nodes that only say who they are and with what they were called. */
function place(t: TestContext, entry: 'src/main.ts' | 'dist/main.js' | null) {
  const root = mkdtempSync(join(tmpdir(), 'rookery launcher '))
  t.after(() => rmSync(root, { recursive: true }))
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    return join(root, path)
  }
  mkdirSync(join(root, 'modules/rookery/bin'), { recursive: true })
  const bin = join(root, 'modules/rookery/bin/rookery')
  copyFileSync(script, bin)
  if (entry !== null) write(`modules/rookery/${entry}`, '')
  const node = (path: string, version: string) => {
    const made = write(
      path,
      `#!/bin/sh\n[ "$1" = --version ] && { echo ${version}; exit; }\necho "${path} $$"\nfor each; do echo "$each"; done\n`,
    )
    chmodSync(made, 0o755)
    return made
  }
  const call = (args: string[] = [], env: Record<string, string> = {}, command = bin) => {
    const { status, stdout, stderr, pid } = spawnSync('/bin/sh', ['-c', 'exec "$@"', 'sh', command, ...args], {
      encoding: 'utf8',
      cwd: root,
      env: { PATH: `${join(root, 'path')}:/usr/bin:/bin`, ...env },
    })
    const [first = '', ...given] = stdout.trimEnd().split('\n')
    const [took, own] = first.split(' ')
    return { status, took, given, stderr, same: own === String(pid) }
  }
  return { root, bin, node, call }
}

const old = 'v20.20.2'
const good = 'v26.10.0'

test('takes its own node before the one on PATH, and becomes it', t => {
  const { root, node, call } = place(t, 'src/main.ts')
  node('path/node', 'v27.0.0')
  node('modules/rookery/node_modules/node/bin/node', good)
  const { took, given, same } = call(['user', 'add', 'a b', '', '--x=*'])
  assert.equal(took, 'modules/rookery/node_modules/node/bin/node')
  assert.deepEqual(given, [join(root, 'modules/rookery/src/main.ts'), 'user', 'add', 'a b', '', '--x=*'])
  assert.ok(same, 'a process is left between')
})

test('takes one installed beside it', t => {
  const { root, node, call } = place(t, 'dist/main.js')
  node('path/node', old)
  node('modules/node/bin/node', good)
  const { took, given } = call()
  assert.equal(took, 'modules/node/bin/node')
  assert.deepEqual(given, [join(root, 'modules/rookery/dist/main.js')])
})

test('takes the one on PATH when it is new enough', t => {
  const { node, call } = place(t, 'src/main.ts')
  node('path/node', 'v26.0.0')
  assert.equal(call().took, 'path/node')
})

test('takes the one that ROOKERY_NODE names, by path or by name', t => {
  const { node, call } = place(t, 'src/main.ts')
  node('modules/rookery/node_modules/node/bin/node', good)
  node('path/node-next', 'v28.1.0')
  const named = node('other/node', 'v100.0.0')
  assert.equal(call([], { ROOKERY_NODE: named }).took, 'other/node')
  assert.equal(call([], { ROOKERY_NODE: 'node-next' }).took, 'path/node-next')
})

test('refuses an old ROOKERY_NODE rather than passing over it', t => {
  const { node, call } = place(t, 'src/main.ts')
  node('modules/rookery/node_modules/node/bin/node', good)
  const named = node('other/node', old)
  const { status, stderr } = call([], { ROOKERY_NODE: named })
  assert.equal(status, 69)
  assert.match(stderr, /ROOKERY_NODE=.*other\/node is not a Node\.js of version 26 or newer/)
})

test('says what to do when the only node is old', t => {
  const { root, node, call } = place(t, 'src/main.ts')
  node('path/node', old)
  writeFileSync(join(root, 'modules/rookery/package-lock.json'), '{}')
  const { status, stderr } = call()
  assert.equal(status, 69)
  assert.match(
    stderr,
    /needs Node\.js 26 or newer, and the node on PATH is v20\.20\.2\.\nRun 'npm ci' in .*modules\/rookery, which/,
  )
})

test('a node that cannot run is passed over', t => {
  const { node, call } = place(t, 'src/main.ts')
  writeFileSync(node('modules/rookery/node_modules/node/bin/node', good), '#!/nonexistent\n')
  node('path/node', good)
  assert.equal(call().took, 'path/node')
})

test('works through links, relative and absolute, from any folder', t => {
  const { root, bin, node, call } = place(t, 'src/main.ts')
  node('modules/rookery/node_modules/node/bin/node', good)
  mkdirSync(join(root, 'links'))
  symlinkSync('../modules/rookery/bin/rookery', join(root, 'links/relative'))
  symlinkSync(join(root, 'links/relative'), join(root, 'links/twice'))
  symlinkSync(bin, join(root, 'links/rookery'))
  const main = join(root, 'modules/rookery/src/main.ts')
  for (const command of ['links/relative', './links/twice', join(root, 'links/rookery')]) {
    assert.deepEqual(call(['x'], {}, resolve(root, command)).given, [main, 'x'])
  }
  const env = { PATH: `${join(root, 'links')}:/usr/bin:/bin` }
  assert.deepEqual(call(['x'], env, 'rookery').given, [main, 'x'])
})

test('says when there is nothing to run', t => {
  const { status, stderr } = place(t, null).call()
  assert.equal(status, 70)
  assert.match(stderr, /neither src\/main\.ts nor dist\/main\.js/)
})
