import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { newName } from '#mail/names.ts'
import { fileToLevel, levelToFile, maildirToName, nameToMaildir, possibleName } from './file-names.ts'

const files: [level: string, file: string][] = [
  ['Sent', 'Sent'],
  ['Straße ✉', 'Straße ✉'],
  ['a.b', 'a.b'],
  ['.hidden', '%2Ehidden'],
  ['x.mbox', 'x%2Embox'],
  ['x.EML', 'x%2EEML'],
  ['a:b\\c"d', 'a%3Ab%5Cc%22d'],
  ['trailing ', 'trailing%20'],
  ['R&-D', 'R%26-D'],
]
for (const [level, file] of files) {
  test(`levelToFile: ${level} is ${file}, and back`, () => {
    assert.equal(levelToFile(level), file)
    assert.equal(fileToLevel(file), level)
  })
}

const maildirs: [name: string, folder: string][] = [
  ['INBOX', ''],
  ['Sent', '.Sent'],
  ['Sent/2026', '.Sent.2026'],
  ['INBOX/Sub', '.INBOX.Sub'],
  ['Entwürfe', '.Entw&APw-rfe'],
  ['a.b/c', '.a\\2eb.c'],
  ['a\\2e', '.a\\5c2e'],
  ['R&D', '.R&-D'],
]
for (const [name, folder] of maildirs) {
  test(`nameToMaildir: ${name} is ${folder}, and back`, () => {
    assert.equal(nameToMaildir(name), folder)
    assert.equal(maildirToName(folder), name)
  })
}

/** Names that the store takes. */
const name = fc
  .array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 })
  .map(levels => levels.join('/'))
  .filter(text => {
    try {
      return newName(text) === text
    } catch {
      return false
    }
  })

test('every name of a mailbox comes back from its path, and no two share one', () => {
  const paths = new Map<string, string>()
  fc.assert(
    fc.property(name, text => {
      const path = text.split('/').map(levelToFile).join('/')
      assert.equal(path.split('/').map(fileToLevel).join('/'), text)
      assert.equal(maildirToName(nameToMaildir(text)), text)
      assert.equal(paths.get(path) ?? text, text)
      paths.set(path, text)
    }),
    { numRuns: 1000 },
  )
})

test('fileToLevel: names as Dovecot has them', () => {
  assert.deepEqual(['Entw&APw-rfe', 'R&-D', 'R&D', 'Ä &- b'].map(fileToLevel), ['Entwürfe', 'R&D', 'R&D', 'Ä &- b'])
})

test('a level too long for a file system becomes a short one, and others another', () => {
  const [a, b] = [levelToFile(`${'ä'.repeat(300)}1`), levelToFile(`${'ä'.repeat(300)}2`)]
  assert.ok(a.length < 60 && a !== b)
  assert.ok(nameToMaildir('ä'.repeat(300)).startsWith('.='))
})

test('possibleName: what a stranger calls a folder becomes a name that the store takes', () => {
  const cases = ['100%', 'a*b', '/a//b/', '..', '#news', 'a\u0007b', '\ud800']
  assert.deepEqual(cases.map(possibleName), ['100_', 'a_b', 'a/b', '_', '_news', 'a_b', '\ufffd'])
  for (const each of cases) newName(possibleName(each))
})
