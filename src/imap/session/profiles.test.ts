import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { heartbeatOf, type Profile, profileById, profileByTags, profiles } from './profiles.ts'

const named = (name: string): Profile => profiles.find(profile => profile.name === name)!

const byId: [name: string, fields: Record<string, string | null>, profile: string | null][] = [
  ['iOS', { name: 'com.apple.email.maild', os: 'iOS', vendor: 'Apple Inc' }, 'apple-mail'],
  ['macOS is another client', { name: 'Mac OS X Mail', os: 'Mac OS X' }, null],
  ['Thunderbird', { name: 'Thunderbird', version: '153.0' }, 'thunderbird'],
  ['FairEmail', { name: 'FairEmail', version: '1.2200' }, 'fairemail'],
  ['a name that only begins so', { name: 'Thunderbird for toasters' }, null],
  ['a name that is not given', { name: null }, null],
  ['no fields', {}, null],
]
for (const [name, fields, expected] of byId) {
  test(`profileById: ${name}`, () => assert.equal(profileById(new Map(Object.entries(fields)))?.name ?? null, expected))
}

const byTags: [name: string, first: string, second: string, profile: string | null][] = [
  ['Outlook', 'k3wz', 'q0f7', 'outlook'],
  ['a counter', 'a001', 'a002', null],
  ['a counter of letters', 'aaab', 'aaac', null],
  ['numbers', '1001', '2002', null],
  ['imaplib', 'ABCD0', 'ABCD1', null],
  ['Thunderbird', '1', '2', null],
  ['only one of them', 'k3wz', 'A1', null],
]
for (const [name, first, second, expected] of byTags) {
  test(`profileByTags: ${name}`, () => assert.equal(profileByTags(first, second)?.name ?? null, expected))
}

test('heartbeatOf: what is configured, within the bounds of the profile', () => {
  const minutes = (profile: string | null, configured: number) =>
    heartbeatOf(profile === null ? null : named(profile), configured * 60_000) / 60_000
  assert.equal(minutes(null, 5), 5)
  assert.equal(minutes('outlook', 29), 2)
  assert.equal(minutes('outlook', 1), 1)
  assert.equal(minutes('fairemail', 2), 24)
  assert.equal(minutes('fairemail', 29), 29)
})

for (const profile of profiles) {
  test(`profiles: ${profile.name} is known by what its transcript says`, () => {
    const text = readFileSync(new URL(`../../../test/transcripts/${profile.transcript}`, import.meta.url), 'utf8')
    const id = /^A: id \((.*)\)$/m.exec(text)?.[1]
    const fields = new Map([...(id ?? '').matchAll(/"([^"]*)" "([^"]*)"/g)].map(([, name, value]) => [name!, value!]))
    const [first = '', second = ''] = [...text.matchAll(/^A> (\S+) /gm)].map(([, tag]) => tag!)
    assert.equal((profileById(fields) ?? profileByTags(first, second))?.name, profile.name)
  })
}
