import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Flag } from '#ports/metadata.ts'
import { maildirInfo, readKeywordFile, readMaildirName, readUidList } from './maildir-names.ts'

const none = { flags: 0, keywords: [], wireOctets: null, uid: null, zone: null }
const names: [file: string, read: Partial<ReturnType<typeof readMaildirName>>][] = [
  [
    '1276528487.M364837P9451.kurkku,S=1355,W=1394:2,FS',
    { base: '1276528487.M364837P9451.kurkku,S=1355,W=1394', flags: Flag.flagged | Flag.seen, wireOctets: 1394 },
  ],
  ['1.a.host', { base: '1.a.host' }],
  ['1.a.host:2,', { base: '1.a.host' }],
  ['1.a.host:2,DFRSTP', { base: '1.a.host', flags: 31, keywords: ['$Forwarded'] }],
  ['1.a.host:2,Sac', { base: '1.a.host', flags: Flag.seen, keywords: ['work', 'later'] }],
  ['1.a.host:2,bz', { base: '1.a.host' }],
  ['1.a.host,U=17:2,S', { base: '1.a.host,U=17', flags: Flag.seen, uid: 17 }],
  ['1.a.host,W=5,Z=-90:2,', { base: '1.a.host,W=5,Z=-90', wireOctets: 5, zone: -90 }],
  ['1.a.host!2,S', { base: '1.a.host', flags: Flag.seen }],
]
for (const [file, expected] of names) {
  test(`readMaildirName: ${file}`, () => {
    assert.deepEqual(readMaildirName(file, ['work', undefined as never, 'later']), { ...none, ...expected })
  })
}

test('maildirInfo: letters in their order, keywords by their place', () => {
  const keywords = ['$Forwarded', ...Array.from({ length: 30 }, (_, i) => `k${i}`)]
  assert.equal(maildirInfo(31, ['k1', '$Forwarded', 'k0', 'k29'], keywords), ':2,DFPRSTabc')
  assert.equal(maildirInfo(0, [], keywords), ':2,')
})

test('readKeywordFile: numbers are places, odd lines are passed over', () => {
  const keywords = readKeywordFile('0 work\n2 later\nx\n26 far\n')
  assert.deepEqual([keywords[0], keywords[1], keywords[2], keywords.length], ['work', undefined, 'later', 3])
})

test('readUidList: new form with fields, old form, and names with flags', () => {
  const text =
    '3 V1275660208 N25022 G3085f01b\n25006 :1.a.host,S=1,W=2\n25017 W2481 :2.b.host:2,S\n25021 3.c.host\n0 :x\n'
  assert.deepEqual(
    [...readUidList(text)],
    [
      ['1.a.host,S=1,W=2', 25006],
      ['2.b.host', 25017],
      ['3.c.host', 25021],
    ],
  )
})
