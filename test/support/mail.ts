/** Mail for tests: plain, several languages, HTML, attachments, nested, 8-bit, large; all different. */
import { base64, encodedWord, message, multipart, nested, noise, text } from './message.ts'

export const russian = 'Встреча переносится на четверг, в 15:00.\r\nС уважением, Ольга\r\n'
export const japanese = '会議は木曜日の十五時に変更されました。\r\n'

/** One message of every kind, by name. */
export const kinds: Readonly<Record<string, Buffer>> = {
  plain: message({ subject: 'Plain text', number: 1 }),
  dots: message({ subject: 'Lines with dots', number: 2, content: text('.\r\n..\r\n.leading dot\r\n\r\nend.\r\n') }),
  russian: message({
    subject: 'Встреча в четверг',
    number: 3,
    content: base64(russian, 'text/plain; charset=utf-8'),
  }),
  japanese: message({
    subject: '会議の変更',
    number: 4,
    from: `${encodedWord('山田太郎')} <taro@example.jp>`,
    content: text(japanese, 'text/plain; charset=utf-8', '8bit'),
  }),
  latin1: message({
    subject: 'Gr\u00fc\u00dfe aus K\u00f6ln',
    number: 5,
    content: text(Buffer.from('Sch\u00f6ne Gr\u00fc\u00dfe\r\n', 'latin1'), 'text/plain; charset=iso-8859-1', '8bit'),
  }),
  alternative: message({
    subject: 'Text and HTML',
    number: 6,
    content: multipart(
      'alternative',
      'alt',
      text('Hello in text\r\n'),
      text('<p>Hello in <b>HTML</b>\r\n', 'text/html'),
    ),
  }),
  attachment: message({
    subject: 'Report attached',
    number: 7,
    content: multipart(
      'mixed',
      'mix',
      text('See the attachment.\r\n'),
      base64(
        noise(5_000),
        'application/pdf; name="report.pdf"',
        'Content-Disposition: attachment; filename="report.pdf"',
      ),
    ),
  }),
  forwarded: message({
    subject: 'Fwd: Text and HTML',
    number: 8,
    content: multipart(
      'mixed',
      'outer',
      text('Forwarded:\r\n'),
      nested(message({ subject: 'The inner one', number: 9, content: multipart('mixed', 'inner', text('deep\r\n')) })),
    ),
  }),
  noBody: Buffer.from('From: a@example.org\r\nSubject: Only a header\r\nMessage-ID: <nobody@example.org>\r\n\r\n'),
  large: message({
    subject: 'A large attachment',
    number: 10,
    content: multipart('mixed', 'big', text('Large.\r\n'), base64(noise(700_000), 'application/octet-stream')),
  }),
}

/** `count` different messages: all kinds in turn, made different by number and label. */
export function mailSet(label: string, count: number): Buffer[] {
  const bodies = Object.values(kinds).filter(kind => kind !== kinds.large)
  return Array.from({ length: count }, (_, index) =>
    Buffer.concat([Buffer.from(`X-Label: ${label} ${index}\r\n`), bodies[index % bodies.length]!]),
  )
}
