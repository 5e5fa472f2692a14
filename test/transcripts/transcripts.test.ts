import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { playTranscript } from '../support/transcript.ts'

const folder = new URL('./', import.meta.url)

for (const file of readdirSync(folder)
  .filter(name => name.endsWith('.txt'))
  .sort()) {
  const url = new URL(file, folder)
  const title = /^# (.*)$/m.exec(readFileSync(url, 'utf8'))?.[1] ?? ''
  test(`${file.replace('.txt', '')}: ${title}`, () => playTranscript(url))
}
