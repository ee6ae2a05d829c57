/**
 * What the door shows and asks for in TLS (RFC 8446), read from files and read again when they change: whoever renews a
 * certificate restarts nothing. What cannot be used is not: the old certificate stays, and the log says why.
 */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, type SecureContextOptions, type Server, type TlsOptions } from 'node:tls'
import type { TlsConfig } from '../../config/config.ts'
import { readSecretFile } from '../../config/secretFile.ts'
import { type WatchTimes, watchPaths } from '../../config/watchPaths.ts'
import type { Log } from '../../log.ts'
import { localCertificate } from './localAuthority.ts'

export interface TlsSources {
  /** Where the local authority is kept. */
  readonly folder: string
  readonly log: Log
  readonly now: () => Date
  readonly times?: WatchTimes
}

export interface ServerTls {
  /** For `https.createServer`. */
  readonly options: TlsOptions
  /** The authority's certificate that clients have to trust, where it is one of our own. */
  readonly authorityPath?: string
  /** From now on this server gets every new certificate. */
  follow(server: Server): void
  close(): void
}

/** What cannot be used, in a sentence for whoever configures it. */
export class TlsFault extends Error {
  constructor(explain: string, options?: ErrorOptions) {
    super(explain, options)
    this.name = 'TlsFault'
  }
}

const DAY_MS = 24 * 60 * 60 * 1000
/** A local certificate is valid for a month. */
const RENEW_MS = 7 * DAY_MS
const SOON_MS = 14 * DAY_MS

/** What holds whichever certificate it is. HTTP/1.1 alone: the parser behind it speaks nothing else. */
const ALWAYS = { minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'], honorCipherOrder: true } as const

/**
 * Reads what the configuration names.
 *
 * @throws TlsFault when a file is missing, is no certificate or key, does not belong to the other, or others may write it
 * @example
 * const tls = await openServerTls({ kind: 'local' }, { folder, log, now: () => new Date() })
 * const server = createServer(tls.options); tls.follow(server)
 */
export async function openServerTls(config: TlsConfig, sources: TlsSources): Promise<ServerTls> {
  return config.kind === 'local' ? await openLocal(sources) : await openFiles(config, sources)
}

async function openLocal({ folder, now }: TlsSources): Promise<ServerTls> {
  const made = async () => {
    const { certificate, key, authorityPath } = await localCertificate(folder, now())
    return { context: { cert: certificate, key, ...ALWAYS }, authorityPath }
  }
  const first = await made()
  let timer: NodeJS.Timeout | undefined
  return {
    options: first.context,
    authorityPath: first.authorityPath,
    follow(server) {
      timer = setInterval(() => void made().then(({ context }) => server.setSecureContext(context)), RENEW_MS)
      timer.unref()
    },
    close: () => clearInterval(timer),
  }
}

async function openFiles(
  config: TlsConfig & { readonly kind: 'files' },
  sources: TlsSources,
): Promise<ServerTls> {
  const { log, now } = sources
  let inForce = await readFiles(config, sources)
  warnOfItsEnd(inForce, log, now())
  const servers: Server[] = []
  const paths = [
    config.certificate,
    config.key,
    ...(config.clientAuthorities === undefined ? [] : [config.clientAuthorities]),
  ]
  let refused: string | undefined
  const watch = await watchPaths(
    paths,
    async () => {
      try {
        const read = await readFiles(config, sources)
        refused = undefined
        if (read.digest === inForce.digest) return
        inForce = read
        for (const server of servers) server.setSecureContext(read.context)
        log.info('tls.renewed', { validTo: read.validTo.toISOString() })
        warnOfItsEnd(read, log, now())
      } catch (error) {
        // Half of a renewal is on the disk: the rest comes, or stays wrong and is said once.
        const explain = error instanceof Error ? error.message : String(error)
        if (explain !== refused) log.error('tls.not-renewed', { explain })
        refused = explain
      }
    },
    sources.times ?? {},
  )
  const asks = config.clientAuthorities !== undefined
  return {
    options: {
      ...inForce.context,
      requestCert: asks,
      rejectUnauthorized: asks && config.clientCertificates === 'required',
    },
    follow: (server) => void servers.push(server),
    close: () => watch.close(),
  }
}

interface ReadFiles {
  readonly context: SecureContextOptions
  readonly digest: string
  readonly validTo: Date
}

async function readFiles(
  { certificate, key, clientAuthorities }: TlsConfig & { readonly kind: 'files' },
  { log }: TlsSources,
): Promise<ReadFiles> {
  const cert = await read(certificate, 'listen.tls.certificate')
  const keyText = await readKey(key, log)
  const ca =
    clientAuthorities === undefined
      ? undefined
      : await read(clientAuthorities, 'listen.tls.clientAuthorities')
  const own = parse(
    () => new X509Certificate(cert),
    `listen.tls.certificate ${certificate} is no certificate in PEM`,
  )
  const secret = parse(
    () => createPrivateKey(keyText),
    `listen.tls.key ${key} is no private key in PEM without a passphrase`,
  )
  if (!own.checkPrivateKey(secret))
    throw new TlsFault(`listen.tls.key ${key} does not belong to the certificate ${certificate}`)
  const context = { cert, key: keyText, ...(ca === undefined ? {} : { ca }), ...ALWAYS }
  parse(() => createSecureContext(context), 'listen.tls: these files cannot be used for TLS')
  const digest = createHash('sha256')
    .update(cert)
    .update('\0')
    .update(keyText)
    .update('\0')
    .update(ca ?? '')
    .digest('hex')
  return { context, digest, validTo: new Date(own.validTo) }
}

async function read(path: string, key: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new TlsFault(
      `${key} ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
      { cause: error },
    )
  }
}

async function readKey(path: string, log: Log): Promise<string> {
  let file: Awaited<ReturnType<typeof readSecretFile>>
  try {
    file = await readSecretFile(path)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new TlsFault(`listen.tls.key ${path} cannot be read (${code ?? message})`, { cause: error })
  }
  if (file.mode & 0o022)
    throw new TlsFault(`listen.tls.key ${path}: others may write the file: run chmod 600 on it`)
  if (file.mode & 0o044) log.warn('tls.key', { explain: `${path}: others on this machine may read the file` })
  return file.text
}

function parse<T>(work: () => T, explain: string): T {
  try {
    return work()
  } catch (error) {
    throw new TlsFault(explain, { cause: error })
  }
}

function warnOfItsEnd({ validTo }: ReadFiles, log: Log, now: Date): void {
  const left = validTo.getTime() - now.getTime()
  if (left > SOON_MS) return
  const explain = left < 0 ? 'the certificate has expired: clients refuse it' : 'the certificate expires soon'
  log.warn('tls.certificate', { explain, validTo: validTo.toISOString() })
}
