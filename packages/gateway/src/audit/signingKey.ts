/**
 * The key that signs checkpoints: Ed25519 (RFC 8032), made on first start, kept in the state directory.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { digestText } from './digest.ts'
import { AuditUnavailable } from './entry.ts'
import { SIGNING_KEY_FILE } from './layout.ts'
import { createWholeFile } from './wholeFile.ts'

export interface SigningKey {
  readonly privateKey: KeyObject
  readonly publicKey: PublicKey
}

export interface PublicKey {
  /** The first 16 hex digits of the SHA-256 of the key in SPKI DER. */
  readonly id: string
  readonly key: KeyObject
  /** SPKI PEM (RFC 8410). */
  readonly pem: string
}

/** PKCS #8 of an Ed25519 key is this, and then its 32 bytes (RFC 8410, section 7). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')

/**
 * Reads the key, or makes it. Processes that start at once end up with the same one: it appears whole, by a link that
 * only one of them can make.
 */
export function openSigningKey(stateDir: string, random: (bytes: number) => Uint8Array): SigningKey {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  const path = join(stateDir, SIGNING_KEY_FILE)
  const existing = readKey(path)
  if (existing) return existing
  const secret = Buffer.concat([PKCS8_ED25519, random(32)])
  const key = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' })
  createWholeFile(path, key.export({ format: 'pem', type: 'pkcs8' }).toString(), random)
  const made = readKey(path)
  if (!made) throw new AuditUnavailable(`the audit signing key ${path} disappeared while it was made`)
  return made
}

function readKey(path: string): SigningKey | undefined {
  let pem: string
  try {
    pem = readFileSync(path, 'utf8')
    // Readable to others, it would let them sign a history of their own.
    if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const privateKey = parseKey(path, () => createPrivateKey(pem))
  return { privateKey, publicKey: publicKeyOf(createPublicKey(privateKey)) }
}

/** Reads a public key in PEM (the private key's PEM serves as well). Throws an `AuditUnavailable` naming `path`. */
export function readPublicKey(path: string): PublicKey {
  const pem = readFileSync(path, 'utf8')
  return publicKeyOf(parseKey(path, () => createPublicKey(pem)))
}

function publicKeyOf(key: KeyObject): PublicKey {
  const der = key.export({ format: 'der', type: 'spki' })
  return {
    id: digestText(der).slice(0, 16),
    key,
    pem: key.export({ format: 'pem', type: 'spki' }).toString(),
  }
}

function parseKey(path: string, parse: () => KeyObject): KeyObject {
  try {
    const key = parse()
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch (cause) {
    throw new AuditUnavailable(`${path} holds no key in PEM: restore it from a backup`, { cause })
  }
  throw new AuditUnavailable(`${path} holds no Ed25519 key: restore it from a backup`)
}
