// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
/**
 * Secret references in the values of `env` and `headers`: `${env:NAME}`, `${file:/path}`, `${keychain:NAME}`,
 * `${vault:PATH#FIELD}` and `${exec:NAME}`. The configuration holds only the reference; the value is fetched when a server is started or called and is never kept, shown or logged.
 */
import type { SecretText } from './config.ts'
import { readSecretFile, type SecretFile } from './secretFile.ts'
import type { Advice } from './shape.ts'

export type SecretPart =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  | StoredPart

/** What is asked for elsewhere: `credentials/stores` knows how. */
export type StoredPart =
  | { readonly kind: 'keychain'; readonly name: string }
  | { readonly kind: 'vault'; readonly path: string; readonly field: string }
  | { readonly kind: 'exec'; readonly name: string }

export type ParsedSecretText =
  | { readonly ok: true; readonly parts: readonly SecretPart[] }
  | { readonly ok: false; readonly advice: Advice }

const NOW = 'use ${env:NAME}, ${file:/path}, ${keychain:NAME}, ${vault:PATH#FIELD} or ${exec:NAME}'

/** Names of secrets and programs, and the segments of paths: nothing that a shell, a URL or a folder gives a meaning to. */
export const SECRET_NAME = /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,64}$/
const MAX_PATH = 512

/**
 * Takes a text apart. `$${` stands for `${` itself; every other `${` must be a reference that works.
 *
 * @example parseSecretText('Bearer ${env:TOKEN}') // parts: literal 'Bearer ', env TOKEN
 */
export function parseSecretText(source: string): ParsedSecretText {
  const parts: SecretPart[] = []
  let literal = ''
  let at = 0
  while (at < source.length) {
    if (source.startsWith('$${', at)) {
      literal += '${'
      at += 3
      continue
    }
    if (!source.startsWith('${', at)) {
      literal += source.charAt(at)
      at += 1
      continue
    }
    const end = source.indexOf('}', at)
    if (end < 0) return refuse('has a "${" that is never closed', 'write "$${" for the signs themselves')
    const reference = parseReference(source.slice(at + 2, end))
    if ('explain' in reference) return { ok: false, advice: reference }
    if (literal !== '') parts.push({ kind: 'literal', text: literal })
    literal = ''
    parts.push(reference)
    at = end + 1
  }
  if (literal !== '') parts.push({ kind: 'literal', text: literal })
  return { ok: true, parts }
}

function parseReference(body: string): SecretPart | Advice {
  const colon = body.indexOf(':')
  const kind = colon < 0 ? '' : body.slice(0, colon)
  const rest = body.slice(colon + 1)
  if (kind === 'env') {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(rest)) return { kind: 'env', name: rest }
    return { explain: 'has an ${env:...} reference without a variable name', hint: 'write ${env:NAME}' }
  }
  if (kind === 'file') {
    if (rest !== '' && rest.trim() === rest) return { kind: 'file', path: rest }
    return { explain: 'has a ${file:...} reference without a path', hint: 'write ${file:/path}' }
  }
  if (kind === 'keychain' || kind === 'exec') {
    if (SECRET_NAME.test(rest)) return { kind, name: rest }
    return { explain: `has a \${${kind}:...} reference without a name`, hint: `write \${${kind}:NAME}` }
  }
  if (kind === 'vault') {
    const [path = '', field = '', ...more] = rest.split('#')
    const segments = path.split('/')
    const whole = segments.length > 1 && segments.every((one) => SECRET_NAME.test(one))
    if (whole && path.length <= MAX_PATH && SECRET_NAME.test(field) && more.length === 0)
      return { kind, path, field }
    return {
      explain: 'has a ${vault:...} reference without a path and a field',
      hint: 'write ${vault:MOUNT/PATH#FIELD}, such as ${vault:secret/team/github#token}',
    }
  }
  if (kind === 'op')
    return {
      explain: 'uses ${op:...}',
      hint: 'name the program `op read ...` in secrets.exec and write ${exec:NAME}',
    }
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(body)) {
    return { explain: 'uses a variable without saying where it is from', hint: `write \${env:${body}}` }
  }
  return {
    explain: 'has a "${" that begins no known reference',
    hint: `${NOW}, or "$\${" for the signs themselves`,
  }
}

function refuse(explain: string, hint: string): ParsedSecretText {
  return { ok: false, advice: { explain, hint } }
}

/** Puts parts together again, with paths made absolute by `resolvePath`. A text without references is plain. */
export function secretText(parts: readonly SecretPart[], resolvePath: (path: string) => string): SecretText {
  if (parts.every((part) => part.kind === 'literal')) {
    return { source: parts.map((part) => part.text).join(''), secret: false }
  }
  const source = parts.map((part) => {
    if (part.kind === 'env') return `\${env:${part.name}}`
    if (part.kind === 'file') return `\${file:${resolvePath(part.path)}}`
    return part.kind === 'literal' ? part.text.split('${').join('$${') : referenceOf(part)
  })
  return { source: source.join(''), secret: true }
}

/** @example referenceOf({ kind: 'vault', path: 'secret/a', field: 'token' }) // '${vault:secret/a#token}' */
export function referenceOf(part: StoredPart): string {
  return part.kind === 'vault' ? `\${vault:${part.path}#${part.field}}` : `\${${part.kind}:${part.name}}`
}

/** A reference that could not be resolved. Names the reference, never a value. */
export class SecretError extends Error {
  readonly reference: string
  readonly explain: string
  constructor(reference: string, explain: string, options?: ErrorOptions & { readonly key?: string }) {
    super(`${options?.key === undefined ? '' : `${options.key}: `}${reference}: ${explain}`, options)
    this.name = 'SecretError'
    this.reference = reference
    this.explain = explain
  }
}

/** What a keychain, a vault or a program gave. */
export interface StoredSecret {
  readonly value: string
  /** After this long another value may be there; absent: it is not looked for before the next start. */
  readonly refreshMs?: number
}

export type AskStored = (part: StoredPart) => Promise<StoredSecret>

export interface SecretSources {
  /** The gateway's own environment. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Defaults to `readSecretFile`. */
  readonly readFile?: (path: string) => Promise<SecretFile>
  /**
   * What to do with a file that others on this machine may read and that this user cannot close: another's, or one below
   * `/run/secrets` (containers mount their secrets so). Given: it is told and the file is used. Absent: it is refused. One of
   * this user's own elsewhere is always refused.
   */
  readonly warn?: (explain: string) => void
  /** Asks keychain, vault or program; rejects with `SecretError`. Absent: none of them is asked here. */
  readonly stored?: AskStored | undefined
}

/**
 * The text with every reference replaced by its value, read now. One newline at the end of a file is dropped.
 *
 * @throws SecretError when a variable is not set, or a file is not there, too large, not UTF-8 or open to others
 * @example
 * await resolveSecret({ source: 'Bearer ${env:TOKEN}', secret: true }, { env: process.env }) // 'Bearer s3cr3t'
 */
export async function resolveSecret(text: SecretText, sources: SecretSources): Promise<string> {
  const { key } = text
  if (key === undefined) return await resolveText(text, sources)
  try {
    return await resolveText(text, sources)
  } catch (cause) {
    if (!(cause instanceof SecretError)) throw cause
    throw new SecretError(cause.reference, cause.explain, { cause, key })
  }
}

async function resolveText(text: SecretText, sources: SecretSources): Promise<string> {
  if (!text.secret) return text.source
  const parsed = parseSecretText(text.source)
  if (!parsed.ok) throw new SecretError('secret reference', parsed.advice.explain)
  const values: string[] = []
  for (const part of parsed.parts) values.push(await resolvePart(part, sources))
  return values.join('')
}

async function resolvePart(part: SecretPart, sources: SecretSources): Promise<string> {
  if (part.kind === 'literal') return part.text
  if (part.kind === 'env') {
    // `hasOwn`: the name comes from the file and could be `__proto__`.
    const value = Object.hasOwn(sources.env, part.name) ? sources.env[part.name] : undefined
    if (value === undefined) {
      throw new SecretError(`\${env:${part.name}}`, 'the variable is not set where the gateway runs')
    }
    return value
  }
  if (part.kind !== 'file') {
    if (sources.stored !== undefined) return (await sources.stored(part)).value
    throw new SecretError(referenceOf(part), 'it cannot be asked for here')
  }
  const reference = `\${file:${part.path}}`
  const file = await readOrExplain(reference, part.path, sources.readFile ?? readSecretFile)
  if (file.mode & WRITABLE_BY_OTHERS) {
    throw new SecretError(reference, `others may write the file: run chmod 600 ${part.path}`)
  }
  if (file.mode & READABLE_BY_OTHERS) {
    const explain = `others on this machine may read the file: run chmod 600 ${part.path}`
    if (sources.warn === undefined || (file.own && !MOUNTED.test(part.path)))
      throw new SecretError(reference, explain)
    sources.warn(`${reference}: ${explain}`)
  }
  return file.text.replace(/\r?\n$/, '')
}

const WRITABLE_BY_OTHERS = 0o022
const READABLE_BY_OTHERS = 0o044
/** Where container runtimes put secrets, with modes and owners of their own. */
const MOUNTED = /^\/(?:var\/)?run\/secrets\//

async function readOrExplain(
  reference: string,
  path: string,
  readFile: (path: string) => Promise<SecretFile>,
) {
  try {
    return await readFile(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const known: Readonly<Record<string, string>> = {
      ENOENT: 'there is no such file',
      EACCES: 'the gateway may not read the file',
      EISDIR: 'that is a folder',
    }
    const explain =
      typeof code === 'string' ? (known[code] ?? `the file cannot be read (${code})`) : undefined
    throw new SecretError(
      reference,
      explain ?? (error instanceof Error ? error.message : 'the file cannot be read'),
      {
        cause: error,
      },
    )
  }
}
