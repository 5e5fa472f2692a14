/** Clients that are a nuisance, each in its way; they go on until their process ends. */
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type Pest, type Ports, pestUser, secrets } from './words.ts'

const login = `l LOGIN ${pestUser} ${secrets.password}\r\ns SELECT INBOX\r\n`
const everything =
  'e UID FETCH 1:* (UID FLAGS INTERNALDATE ENVELOPE BODYSTRUCTURE BODY.PEEK[])\r\ne UID SEARCH TEXT zebra\r\ne UID SORT (SUBJECT) UTF-8 ALL\r\ne UID THREAD REFERENCES UTF-8 ALL\r\n'

export async function beNuisance(pest: Pest, { imap }: Ports): Promise<void> {
  const socket = connect({ port: imap, host: '127.0.0.1', localAddress: '127.0.9.9' })
  socket.on('error', () => {})
  socket.write(login)
  if (pest === 'reads nothing') {
    socket.pause()
    for (let i = 0; i < 20; i++) socket.write(everything)
  } else if (pest === 'a byte a second') {
    socket.resume()
    void trickle(socket)
  } else {
    socket.resume()
    void press(socket, pest === 'pipelines 10,000' ? 'n NOOP\r\n'.repeat(10_000) : everything)
  }
  await pause(1_000)
}

async function trickle(socket: Socket): Promise<void> {
  for (const octet of 'x FETCH 1:* (FLAGS)\r\n'.repeat(100)) {
    socket.write(octet)
    await pause(1_000)
  }
}

/** The same again as soon as the server has taken it. */
async function press(socket: Socket, text: string): Promise<void> {
  for (;;) {
    if (!socket.write(text)) await new Promise(resolve => socket.once('drain', resolve))
    await pause(1)
  }
}
