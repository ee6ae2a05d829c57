/**
 * The owner's passphrase: 140 random bits, shown once, kept as a scrypt hash in a private file.
 *
 * A new one comes from deleting the file and starting again; whoever is signed in with the old one is signed out then, and
 * what was given to programs meanwhile ends.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { link, mkdir, unlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { readPrivate } from '../../state/privateFile.ts'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const GROUPS = 7
const GROUP_CHARS = 4
const SCRYPT = { N: 1 << 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 } as const
const FILE_MAX_BYTES = 4096

export interface OwnerPassphrase {
  /** Present where it was made just now: the only moment it can be shown. */
  readonly fresh?: string
  /** When it was made, in milliseconds since 1970: what was given before was given to whoever had another one. */
  readonly since: number
  matches(given: string): Promise<boolean>
}

/** Reads the hash, or makes a passphrase: of workers that start together, one does. */
export async function openOwner(path: string): Promise<OwnerPassphrase> {
  const existing = await readHash(path)
  if (existing !== undefined) return owner(existing)
  const fresh = makePassphrase()
  const salt = randomBytes(16)
  const hash = await derive(normal(fresh), salt)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${randomBytes(8).toString('hex')}`
  const since = Date.now()
  const kept = { version: 1, salt: salt.toString('base64'), hash: hash.toString('base64'), since }
  const text = JSON.stringify(kept)
  await writeFile(temporary, `${text}\n`, { mode: 0o600, flag: 'wx' })
  try {
    // `link` fails if the name is taken: whoever comes first wins.
    await link(temporary, path)
    return { ...owner({ salt, hash, since }), fresh }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await unlink(temporary)
  }
  const theirs = await readHash(path)
  if (theirs === undefined) throw new Error(`${path} cannot be read`)
  return owner(theirs)
}

interface Hash {
  readonly salt: Buffer
  readonly hash: Buffer
  readonly since: number
}

function owner({ salt, hash, since }: Hash): OwnerPassphrase {
  return {
    since,
    async matches(given) {
      const derived = await derive(normal(given), salt)
      return derived.length === hash.length && timingSafeEqual(derived, hash)
    },
  }
}

async function readHash(path: string): Promise<Hash | undefined> {
  const read = await readPrivate(path, FILE_MAX_BYTES)
  if (read.kind === 'missing') return undefined
  if (read.kind === 'ignored') throw new Error(`${path} is not used: ${read.why}`)
  try {
    const { version, salt, hash, since } = JSON.parse(read.bytes.toString('utf8')) as Record<string, unknown>
    if (version === 1 && typeof salt === 'string' && typeof hash === 'string')
      return {
        salt: Buffer.from(salt, 'base64'),
        hash: Buffer.from(hash, 'base64'),
        since: typeof since === 'number' ? since : 0,
      }
  } catch {
    // Said below.
  }
  throw new Error(`${path} holds no passphrase of ours: move it away to get a new one`)
}

function makePassphrase(): string {
  const letters = Array.from(randomBytes(GROUPS * GROUP_CHARS), (byte) => ALPHABET[byte % ALPHABET.length])
  return Array.from({ length: GROUPS }, (_, group) =>
    letters.slice(group * GROUP_CHARS, (group + 1) * GROUP_CHARS).join(''),
  ).join('-')
}

/** As it may be typed from paper: capitals, spaces, and letters that look like digits. */
function normal(given: string): string {
  return given.toLowerCase().replace(/[\s-]/g, '').replace(/[il]/g, '1').replace(/o/g, '0')
}

function derive(text: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(text, salt, 32, SCRYPT, (error, key) => (error === null ? resolve(key) : reject(error)))
  })
}
