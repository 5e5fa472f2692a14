import assert from 'node:assert/strict'
import { test } from 'node:test'
import { baseSubject } from './subject.ts'

const cases: [subject: string, base: string, isReply: boolean][] = [
  ['', '', false],
  ['hello', 'hello', false],
  ['  hello \t world  ', 'hello world', false],
  ['Re: hello', 'hello', true],
  ['RE : hello', 'hello', true],
  ['Fwd: hello', 'hello', true],
  ['fw: hello', 'hello', true],
  ['Re: Re: Fw: hello', 'hello', true],
  ['Re[2]: hello', 'hello', true],
  ['re [x] : hello', 'hello', true],
  ['[list] hello', 'hello', false],
  ['[list] Re: hello', 'hello', true],
  ['[a] [b] Re: [c] hello', 'hello', true],
  ['Re: [list] Re: hello', 'hello', true],
  ['[only]', '[only]', false],
  ['[one] [two]', '[two]', false],
  ['Re: [only]', '[only]', true],
  ['hello (fwd)', 'hello', true],
  ['hello (FWD) (fwd) ', 'hello', true],
  ['[Fwd: hello]', 'hello', true],
  ['[fwd: Re: hello (fwd)]', 'hello', true],
  ['[fwd: [fwd: hello]]', 'hello', true],
  ['[list] [Fwd: hello]', 'hello', true],
  ['Re: ', '', true],
  ['Reply: hello', 'Reply: hello', false],
  ['Re hello', 'Re hello', false],
  ['re', 're', false],
  ['[unclosed hello', '[unclosed hello', false],
  ['AW: hallo', 'AW: hallo', false],
  ['Re: ΑΒΓ', 'ΑΒΓ', true],
]

for (const [subject, base, isReply] of cases) {
  test(`baseSubject: "${subject}"`, () => assert.deepEqual(baseSubject(subject), { base, isReply }))
}

test('baseSubject: the base of a base is the base', () => {
  for (const [subject] of cases) {
    const { base } = baseSubject(subject)
    assert.deepEqual(baseSubject(base), { base, isReply: false })
  }
})
