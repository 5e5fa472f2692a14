/** Messages that are made to hurt whoever parses, shows, searches, sorts or threads them. Each is as large as its name says. */
const lines = (...text: readonly string[]): string => `${text.join('\r\n')}\r\n`
const times = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('')

const head = (subject: string, ...more: readonly string[]): string =>
  lines(
    'From: Mallory <m@example.org>',
    'Date: Tue, 3 Feb 2026 10:00:00 +0000',
    `Subject: ${subject}`,
    'MIME-Version: 1.0',
    ...more,
  )

export const bombs: Readonly<Record<string, () => string>> = {
  'multiparts in multiparts, 20,000 deep': () =>
    `${head('deep', 'Content-Type: multipart/mixed; boundary=b0')}\r\n${times(20_000, i => `--b${i}\r\nContent-Type: multipart/mixed; boundary=b${i + 1}\r\n\r\n`)}`,

  'multiparts with the same boundary, 20,000 deep': () =>
    `${head('same', 'Content-Type: multipart/mixed; boundary=b')}\r\n${times(20_000, () => '--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n')}`,

  'messages in messages, 20,000 deep': () =>
    `${head('nested', 'Content-Type: message/rfc822')}\r\n${times(20_000, i => `Subject: n${i}\r\nContent-Type: message/rfc822\r\n\r\n`)}`,

  '100,000 parts': () =>
    `${head('parts', 'Content-Type: multipart/mixed; boundary=b')}\r\n${times(100_000, i => `--b\r\nContent-Type: text/plain; name=p${i}\r\n\r\n${i}\r\n`)}--b--\r\n`,

  '300,000 boundary lines of nobody': () =>
    `${head('no parts', 'Content-Type: multipart/mixed; boundary=b')}\r\n--b\r\n\r\n${times(300_000, i => `--b${i}\r\n`)}`,

  'a million addresses': () =>
    `${head('addresses')}To: ${times(1_000_000, i => `u${i}@example.org,\r\n `)}last@example.org\r\n\r\nx\r\n`,

  'a group in a group in a group': () =>
    `${head('groups')}To: ${'g:'.repeat(100_000)}${';'.repeat(100_000)}\r\nCc: ${'('.repeat(200_000)}\r\nBcc: ${'"\\'.repeat(100_000)}\r\nSender: ${'<'.repeat(100_000)}\r\n\r\nx\r\n`,

  'a header of 10 MB': () => `${head('header')}${times(100_000, i => `X-Field-${i}: ${'v'.repeat(84)}\r\n`)}\r\nx\r\n`,

  'a field of 10 MB': () => `${head('field')}X-Long: ${'long '.repeat(2_000_000)}\r\n\r\nx\r\n`,

  'a field of 100,000 folds': () => `${head('folds')}Subject:${'\r\n\t'.repeat(100_000)}x\r\n\r\nx\r\n`,

  'encoded words, 100,000': () =>
    `${head('words')}Subject: ${times(100_000, () => '=?utf-8?B?w6k=?=\r\n ')}\r\nFrom: ${'=?utf-8?q?'.repeat(50_000)}\r\n\r\nx\r\n`,

  'Re: and Fwd: without end': () =>
    `${head('Re: '.repeat(50_000) + '[x] '.repeat(50_000) + '(fwd)'.repeat(50_000))}\r\nx\r\n`,

  'a million references': () =>
    `${head('references')}References: ${times(200_000, i => `<r${i}@example.org>\r\n `)}\r\nIn-Reply-To: ${'<'.repeat(100_000)}\r\nMessage-ID: ${'<a@b'.repeat(50_000)}\r\n\r\nx\r\n`,

  'parameters, 100,000': () =>
    `${head('parameters', `Content-Type: text/plain${times(100_000, i => `; x*${i}*=utf-8''%41`)}`)}\r\nx\r\n`,

  'parameters that go on out of order': () =>
    `${head('order', `Content-Type: application/x; ${times(20_000, i => `name*${19_999 - i}="n${i}";\r\n `)}`)}\r\nx\r\n`,

  'HTML of open tags, 100,000': () =>
    `${head('html', 'Content-Type: text/html')}\r\n${'<div><table><tr><td>'.repeat(100_000)}${'<!--'.repeat(50_000)}${'&amp'.repeat(50_000)}`,

  'a base64 line of 5 MB': () =>
    `${head('base64', 'Content-Type: text/plain', 'Content-Transfer-Encoding: base64')}\r\n${'QUFB'.repeat(1_300_000)}====${'='.repeat(1000)}`,

  'soft line breaks, 500,000': () =>
    `${head('quoted', 'Content-Type: text/plain', 'Content-Transfer-Encoding: quoted-printable')}\r\n${'=\r\n'.repeat(500_000)}=\r\n=${' '.repeat(100_000)}\r\n`,

  'spaces, 3 MB': () => `${head('spaces', 'Content-Type: text/plain; format=flowed')}\r\n${' '.repeat(3_000_000)}\r\n`,

  'bare CRs and LFs': () => `${'Subject: bare\r'.repeat(1000)}${'\n\r\r\n'.repeat(200_000)}`,

  'no header, no end': () => 'x'.repeat(3_000_000),

  'ISO-2022 that switches all the time': () =>
    `${head('iso', 'Content-Type: text/plain; charset=iso-2022-jp')}\r\n${'\x1b$B$"\x1b(B'.repeat(200_000)}\r\n`,

  'dates that are none': () =>
    `${head('dates')}Date: ${'('.repeat(50_000)}${'1 '.repeat(100_000)}\r\nReceived: ${';'.repeat(100_000)}\r\n\r\nx\r\n`,
}
