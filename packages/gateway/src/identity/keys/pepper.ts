/**
 * Peppers: what the hashes of API keys are keyed with (HMAC-SHA-256). They are kept apart from the keys, so that whoever
 * gets hold of a copy of `keys.sqlite` alone can neither check a guess nor add a key of their own.
 *
 * There may be several: the first is what new keys are hashed with, the others still count for the keys that were hashed with
 * them. A key is hashed with the first one when it is next used, since only then it is there to be hashed.
 */
import {
  createHash,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { NotPrivate } from '../../state/privateFolder.ts'

export interface Pepper {
  /** Tells peppers apart and nothing of what they are. */
  readonly id: string
  readonly key: KeyObject
}

const PEPPER_BYTES = 32
const LINE = /^[A-Za-z0-9_-]{43}$/
/** Far more than anybody rotates before all keys were used once. */
const MAX_PEPPERS = 16

/** What is left of `PEPPER_BYTES` random bytes when somebody writes them as text. */
export const MIN_PEPPER_CHARS = 32

/** @example pepperOf(process.env.SALLYPORT_PEPPER) */
export function pepperOf(secret: string): Pepper {
  const id = createHash('sha256').update(`sallyport pepper id\0${secret}`).digest('hex').slice(0, 16)
  return { id, key: createSecretKey(secret, 'utf8') }
}

/** @example hashKey('sp_...', pepper) // 32 bytes */
export function hashKey(text: string, pepper: Pepper): Buffer {
  return createHmac('sha256', pepper.key).update(text).digest()
}

/** Whether that is the hash of the text, in a time that tells nothing of where they differ. */
export function isHashOf(hash: Uint8Array, text: string, pepper: Pepper): boolean {
  // As a string, copied: a third faster than a buffer of its own for every digest.
  digest.write(createHmac('sha256', pepper.key).update(text).digest('latin1'), 0, 'latin1')
  return timingSafeEqual(digest, hash)
}

const digest = Buffer.alloc(32)

/**
 * The peppers of a file, the current one first; none where there is no file.
 *
 * @throws NotPrivate when others may read or write it; Error when it is no such file
 */
export function readPeppers(path: string): readonly Pepper[] {
  return readLines(path).map(pepperOf)
}

/**
 * Writes a file with one pepper, where there is none. Only while nobody else can do the same (`KeyStore.exclusively`).
 */
export function makePepper(path: string): readonly Pepper[] {
  writeLines(path, [randomBytes(PEPPER_BYTES).toString('base64url')])
  return readPeppers(path)
}

/**
 * Puts a new pepper before those that are still `used`; the others are gone for good. Only while nobody else can do the same.
 */
export function rotatePepper(path: string, used: ReadonlySet<string>): readonly Pepper[] {
  const kept = readLines(path).filter((line) => used.has(pepperOf(line).id))
  if (kept.length >= MAX_PEPPERS)
    throw new Error(
      `${path} has ${kept.length} peppers that keys still need: rotate or revoke the keys not used since`,
    )
  writeLines(path, [randomBytes(PEPPER_BYTES).toString('base64url'), ...kept])
  return readPeppers(path)
}

function readLines(path: string): string[] {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  try {
    const found = fstatSync(file)
    const user = process.getuid?.()
    if (!found.isFile() || found.size > 4096)
      throw new NotPrivate(path, 'is no file of peppers', 'move it away')
    if (user !== undefined && found.uid !== user)
      throw new NotPrivate(path, `belongs to user ${found.uid}`, `it must belong to user ${user}`)
    if (user !== undefined && (found.mode & 0o077) !== 0)
      throw new NotPrivate(
        path,
        'is open to other users',
        `run chmod 600 ${path}, and rotate it: others may have read it`,
      )
    const lines = readFileSync(file, 'latin1').split('\n').filter(Boolean)
    if (lines.length === 0 || !lines.every((line) => LINE.test(line)))
      throw new Error(`${path} is no file of peppers: bring back the one that was there`)
    return lines
  } finally {
    closeSync(file)
  }
}

/** Whole or not at all: a reader sees the old ones or the new ones. */
function writeLines(path: string, lines: readonly string[]): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${randomBytes(8).toString('hex')}`
  try {
    writeFileSync(temporary, `${lines.join('\n')}\n`, { mode: 0o600, flag: 'wx', flush: true })
    renameSync(temporary, path)
  } catch (error) {
    try {
      unlinkSync(temporary)
    } catch {
      // It was never there; what went wrong is what counts.
    }
    throw error
  }
}
