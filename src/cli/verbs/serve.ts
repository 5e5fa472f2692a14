import type { Loaded } from '#config/load.ts'
import { Exit, Failure } from '../exits.ts'
import { loaderFor, loadOrFail, serveOptions } from '../settings.ts'
import { type Call, verb } from '../verb.ts'

export const serve = verb({
  name: 'serve',
  summary: 'Serve until SIGTERM',
  details:
    'Listens only where it is told to. SIGHUP reads certificates and configuration again; SIGTERM drains: no new connections, the others are said BYE at the configured rate.',
  options: serveOptions,
  examples: [
    ['rookery serve --config /etc/rookery.toml', 'everything from a file'],
    ['rookery serve --data ./mail --imap 127.0.0.1:1143 --lmtp unix:./lmtp', 'no file at all'],
    ['rookery serve --data ./mail --imaps :993 --tls-cert cert.pem --tls-key key.pem', 'for the world'],
  ],
  run: call => serveWith(call, {}, false),
})

export const start = verb({
  name: 'start',
  summary: 'Serve on loopback with an account and sample mail, to try it',
  details:
    'The same as "serve" with other defaults: IMAP on port 1143, IMAP over TLS on 1993, LMTP on 1024, HTTP on 1080, all on 127.0.0.1. At the first start it makes an account, shows its password once, and prints how to connect.',
  options: serveOptions,
  examples: [
    ['rookery start', 'data in ./data'],
    ['rookery start --data /tmp/mail --imap 127.0.0.1:2143', 'elsewhere'],
  ],
  run: call =>
    serveWith(
      call,
      {
        'listen.imap': '127.0.0.1:1143',
        'listen.imaps': '127.0.0.1:1993',
        'listen.lmtp': '127.0.0.1:1024',
        'listen.http': '127.0.0.1:1080',
      },
      true,
    ),
})

async function serveWith(
  { options, composition, terminal }: Call<typeof serveOptions>,
  defaults: Readonly<Record<string, string>>,
  demo: boolean,
): Promise<number> {
  const reload: () => Loaded = loaderFor(options, terminal.env, defaults)
  const { config } = loadOrFail(reload, terminal)
  const { imap, imaps, lmtp, http } = config.listen
  if (imap.length + imaps.length + lmtp.length + http.length === 0) {
    throw new Failure(
      Exit.config,
      'there is nowhere to listen: give --imap, --imaps, --lmtp or --http, or [listen] in the configuration; "rookery start" listens on loopback',
    )
  }
  return composition.serve({ config, reload, demo, print: text => terminal.out(text) })
}
