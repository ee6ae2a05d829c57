/**
 * `${vault:MOUNT/PATH#FIELD}`: a field of a secret in HashiCorp Vault or OpenBao, KV version 2, over their HTTP API.
 *
 * The token is read anew for every look-up, since agents renew it where it lies. Nothing but https, or http on loopback; no
 * redirects, no proxies, an answer of at most 256 KiB within ten seconds. What a server answers to a refused request is not
 * repeated: only its status.
 */
import { readFileSync } from 'node:fs'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { isObject, parseJson } from '@sallyport/controls/json'
import { isLoopbackHost } from '@sallyport/controls/urls'
import type { SecretText } from '../../config/config.ts'
import type { VaultConfig } from '../../config/secretStoreConfig.ts'
import { resolveSecret, SecretError } from '../../config/secrets.ts'

export interface VaultPlace {
  readonly config: VaultConfig
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homeDir: string
  readonly timeoutMs?: number
}

export interface VaultValue {
  readonly value: string
  /** How long it is good, where the vault says so. */
  readonly leaseMs?: number
}

const TIMEOUT_MS = 10_000
const MAX_BYTES = 256 * 1024
const MAX_LEASE_MS = 86_400_000

/** Looks up a field. Rejects with `SecretError`, which names the reference and never what an answer said. */
export async function readVault(
  reference: string,
  { path, field }: { readonly path: string; readonly field: string },
  place: VaultPlace,
): Promise<VaultValue> {
  const { config, env } = place
  const base = config.address ?? env.VAULT_ADDR
  if (base === undefined || base === '')
    throw new SecretError(reference, 'no vault is named: set secrets.vault.address, or VAULT_ADDR')
  const url = vaultUrl(base, path, config.mount)
  if (url === undefined)
    throw new SecretError(reference, 'the address of the vault must be https, or http on this machine')
  const token = await readToken(reference, place)
  const namespace = config.namespace ?? env.VAULT_NAMESPACE
  const headers = {
    accept: 'application/json',
    'x-vault-token': token,
    // Without it a proxy of the vault in front of it may refuse: it shows that no page of a browser asks.
    'x-vault-request': 'true',
    ...(namespace === undefined || namespace === '' ? {} : { 'x-vault-namespace': namespace }),
  }
  const answer = await get(
    url,
    headers,
    readAuthorities(reference, env.VAULT_CACERT),
    place.timeoutMs ?? TIMEOUT_MS,
  )
  if (answer.kind === 'failed') throw new SecretError(reference, answer.why)
  if (answer.status !== 200) throw new SecretError(reference, explainStatus(answer.status))
  return readAnswer(reference, field, answer.body)
}

/** `undefined` where that is no address to send a token to. */
export function vaultUrl(base: string, path: string, mount: string | undefined): URL | undefined {
  let url: URL
  try {
    url = new URL(base)
  } catch {
    return undefined
  }
  const safe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))
  if (!safe || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return undefined
  const segments = path.split('/')
  const mounted = mount === undefined ? segments.slice(0, 1) : mount.split('/')
  const rest = mount === undefined ? segments.slice(1) : segments
  const prefix = url.pathname.replace(/\/+$/, '')
  url.pathname = [prefix, 'v1', ...mounted, 'data', ...rest].join('/')
  return url
}

async function readToken(reference: string, { config, env, homeDir }: VaultPlace): Promise<string> {
  const token = await tokenText(reference, config.token, env, homeDir)
  if (/^[\x21-\x7e]{1,8192}$/.test(token)) return token
  throw new SecretError(reference, 'the token for the vault is empty, or no token')
}

async function tokenText(
  reference: string,
  given: SecretText | undefined,
  env: VaultPlace['env'],
  homeDir: string,
): Promise<string> {
  if (given !== undefined) return (await resolveSecret(given, { env })).trim()
  const { VAULT_TOKEN: token } = env
  if (token !== undefined && token !== '') return token
  // Where `vault login` leaves it.
  const file = join(homeDir, '.vault-token')
  try {
    return (await resolveSecret({ source: `\${file:${file}}`, secret: true }, { env })).trim()
  } catch (error) {
    const why = error instanceof SecretError ? error.message : 'it cannot be read'
    throw new SecretError(
      reference,
      `no token for the vault: set secrets.vault.token, or VAULT_TOKEN (${why})`,
      {
        cause: error,
      },
    )
  }
}

function readAuthorities(reference: string, file: string | undefined): string[] | undefined {
  if (file === undefined || file === '') return undefined
  try {
    return [...rootCertificates, readFileSync(file, 'utf8')]
  } catch (error) {
    throw new SecretError(reference, 'the certificates of VAULT_CACERT cannot be read', { cause: error })
  }
}

type Got =
  | { readonly kind: 'answer'; readonly status: number; readonly body: Buffer }
  | { readonly kind: 'failed'; readonly why: string }

function get(
  url: URL,
  headers: Readonly<Record<string, string>>,
  ca: string[] | undefined,
  timeoutMs: number,
): Promise<Got> {
  return new Promise((resolve) => {
    const fail = (why: string) => {
      clearTimeout(timer)
      outgoing.destroy()
      resolve({ kind: 'failed', why })
    }
    const timer = setTimeout(() => fail(`the vault did not answer within ${timeoutMs / 1000} s`), timeoutMs)
    // A connection of its own: nothing of it is kept that a token went over.
    const options = { headers, agent: false, ...(ca === undefined ? {} : { ca }) }
    const outgoing = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, (incoming) => {
      const chunks: Buffer[] = []
      let bytes = 0
      incoming.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > MAX_BYTES) fail(`the vault answered with more than ${MAX_BYTES} bytes`)
        else chunks.push(chunk)
      })
      incoming.on('error', () => fail('the connection to the vault broke'))
      incoming.on('end', () => {
        clearTimeout(timer)
        resolve({ kind: 'answer', status: incoming.statusCode ?? 0, body: Buffer.concat(chunks) })
      })
    })
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      fail(`the vault cannot be reached${error.code === undefined ? '' : ` (${error.code})`}`),
    )
    outgoing.end()
  })
}

function explainStatus(status: number): string {
  if (status === 403) return 'the vault refused: the token is not valid, or may not read this'
  if (status === 404) return 'the vault has no such secret there (KV version 2), or it was deleted'
  if (status === 429 || status === 472 || status === 473 || status === 503)
    return 'the vault is sealed or busy'
  return `the vault answered with HTTP ${status}`
}

function readAnswer(reference: string, field: string, body: Buffer): VaultValue {
  const parsed = parseJson(body, BUDGET)
  const document = parsed.ok && isObject(parsed.value) ? parsed.value : undefined
  const outer = document?.data
  const fields = isObject(outer) ? outer.data : undefined
  if (!isObject(fields))
    throw new SecretError(reference, 'the vault answered with something else than a secret of KV version 2')
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined
  if (typeof value !== 'string' || value === '')
    throw new SecretError(reference, `the secret has no field of that name that is a text`)
  const lease = document?.lease_duration
  return typeof lease === 'number' && lease > 0
    ? { value, leaseMs: Math.min(lease * 1000, MAX_LEASE_MS) }
    : { value }
}

const BUDGET = {
  maxBytes: MAX_BYTES,
  maxDepth: 32,
  maxKeys: 4096,
  maxValues: 16_384,
  maxStringLength: MAX_BYTES,
  maxNumberLength: 64,
}
