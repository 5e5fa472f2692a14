import { join } from 'node:path'
import type { Config } from '#config/schema.ts'
import type { TlsFiles } from '#net/tls.ts'

/** The certificate's files: those of the configuration, else the self-signed ones in the data directory. */
export function tlsFiles({ data, tls }: Config): TlsFiles {
  return {
    cert: tls.certFile ?? join(data.dir, 'tls', 'cert.pem'),
    key: tls.keyFile ?? join(data.dir, 'tls', 'key.pem'),
    ...(tls.clientCaFile === null ? {} : { clientCa: tls.clientCaFile }),
  }
}
