/**
 * The keys of the vault: one that seals, and those before it that still open.
 */
import { createHash, randomBytes } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { putIfMissing } from '../../state/putIfMissing.ts'

export interface VaultKey {
  /** Names the key in records; tells nothing of it. */
  readonly id: string
  readonly bytes: Buffer
}

/** The first seals; all open. */
export type VaultKeys = readonly [VaultKey, ...VaultKey[]]

/** The vault stays shut; the message says what to do. */
export class VaultLocked extends Error {
  override readonly name = 'VaultLocked'
}

const KEY_BYTES = 32
const MAX_KEYS = 16

/**
 * Keys out of a text: one a line, 32 bytes in Base64 or hex. What a key file has, or a reference stands for.
 *
 * @throws VaultLocked when a line is no key
 */
export function parseVaultKeys(text: string, from: string): VaultKeys {
  const keys = text
    .split(/\r?\n/, MAX_KEYS + 1)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => keyOf(line, from))
  const [first, ...more] = keys
  if (first === undefined) throw new VaultLocked(`${from} has no key of the vault`)
  return [first, ...more]
}

/**
 * The keys in a private file (0600), made on first use. Two processes that start at once end up with the same one.
 *
 * @throws VaultLocked when others may read it, it is a link, or it has no keys
 * @example await readVaultKeys('/home/ada/.local/share/sallyport/vault.key')
 */
export async function readVaultKeys(path: string): Promise<VaultKeys> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  let text = readPrivateText(path)
  if (text === undefined) {
    await putIfMissing(path, `${randomBytes(KEY_BYTES).toString('base64')}\n`)
    text = readPrivateText(path)
  }
  return parseVaultKeys(text ?? '', path)
}

/** The keys that are in the file now. @throws VaultLocked */
export function rereadVaultKeys(path: string): VaultKeys {
  return parseVaultKeys(readPrivateText(path) ?? '', path)
}

/** Puts a new key before the others; give the result to `TokenVault.rotate`, then call `keepOnly`. */
export async function addVaultKey(path: string, keys: VaultKeys): Promise<VaultKeys> {
  const bytes = randomBytes(KEY_BYTES)
  const next: VaultKeys = [{ id: idOf(bytes), bytes }, ...keys]
  await replace(path, next)
  return next
}

/** Forgets every key but the one that seals: nothing is sealed with the others any more. */
export async function keepOnly(path: string, keys: VaultKeys): Promise<VaultKeys> {
  const next: VaultKeys = [keys[0]]
  await replace(path, next)
  return next
}

function keyOf(line: string, from: string): VaultKey {
  const bytes = /^[0-9a-f]{64}$/i.test(line) ? Buffer.from(line, 'hex') : Buffer.from(line, 'base64')
  if (bytes.length !== KEY_BYTES)
    throw new VaultLocked(`${from} has a line that is no key of ${KEY_BYTES} bytes`)
  return { id: idOf(bytes), bytes }
}

function idOf(bytes: Buffer): string {
  return createHash('sha256').update('sallyport vault key').update(bytes).digest('hex').slice(0, 12)
}

function readPrivateText(path: string): string | undefined {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code === 'ELOOP' || code === 'EMLINK')
      throw new VaultLocked(`${path} is a link: put the file itself there`)
    throw error
  }
  try {
    // Of the open file: what is checked is what is read (CWE-367).
    const found = fstatSync(file)
    const own = process.getuid?.()
    if (!found.isFile()) throw new VaultLocked(`${path} is no plain file`)
    if (own !== undefined && found.uid !== own) throw new VaultLocked(`${path} belongs to another user`)
    if (own !== undefined && (found.mode & 0o077) !== 0)
      throw new VaultLocked(
        `${path} is open to others: chmod 600 ${path}, and change the key if they may have read it`,
      )
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

async function replace(path: string, keys: VaultKeys): Promise<void> {
  const temporary = `${path}.${randomBytes(8).toString('hex')}`
  const text = keys.map(({ bytes }) => `${bytes.toString('base64')}\n`).join('')
  await writeFile(temporary, text, { mode: 0o600, flag: 'wx' })
  await rename(temporary, path)
}
