/**
 * Secrets that `sallyport secrets set` keeps, where each of them is, and those of them that no keychain keeps: sealed in one
 * private SQLite file (AES-256-GCM, the name as associated data), with a key in a private file beside it.
 *
 * What that protects: a copy of the one file without the other (a backup, a support bundle), other users of the machine, and
 * against searching disks for tokens. What it does not: whoever can read all files of this user can read these. A keychain
 * that is locked does better; a server has none.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { privateKey } from '../../state/keys.ts'
import { openPrivateDatabase } from '../../state/privateDatabase.ts'

export type SecretPlace = 'keychain' | 'file'

export interface KeptSecret {
  readonly name: string
  readonly place: SecretPlace
  /** Milliseconds since 1970. */
  readonly changedAt: number
}

const SCHEMA = {
  version: 1,
  create: `CREATE TABLE secrets (name TEXT PRIMARY KEY, place TEXT NOT NULL, sealed BLOB, changed_at INTEGER NOT NULL)
    STRICT, WITHOUT ROWID`,
}
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Neither file is made before there is something to keep. */
export class SecretBox {
  readonly #folder: string

  /** @param dataDir `statePaths().data` */
  constructor(dataDir: string) {
    this.#folder = dataDir
  }

  list(): readonly KeptSecret[] {
    return this.#read([], (database) =>
      database
        .prepare('SELECT name, place, changed_at FROM secrets ORDER BY name')
        .all()
        .map((row) => ({
          name: String(row.name),
          place: row.place === 'keychain' ? 'keychain' : 'file',
          changedAt: Number(row.changed_at),
        })),
    )
  }

  /** Where a secret is kept; `undefined` where it was not kept by us. */
  placeOf(name: string): SecretPlace | undefined {
    return this.list().find((one) => one.name === name)?.place
  }

  /** A secret that is kept here. Rejects when it cannot be opened: the key is another one, or the file was changed. */
  async open(name: string): Promise<string | undefined> {
    const sealed = this.#read(undefined, (database) => {
      const row = database.prepare('SELECT sealed FROM secrets WHERE name = ?').get(name)
      return row?.sealed instanceof Uint8Array ? row.sealed : undefined
    })
    if (sealed === undefined) return undefined
    const key = await this.#key()
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES))
    decipher.setAAD(Buffer.from(name))
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
    try {
      const text = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES))
      return Buffer.concat([text, decipher.final()]).toString('utf8')
    } catch (error) {
      throw new Error('it cannot be opened with the key that is there (secrets.key): set it again', {
        cause: error,
      })
    }
  }

  /** Keeps a secret here, or notes that the keychain has it. */
  async keep(name: string, now: number, value: string | undefined): Promise<void> {
    const sealed = value === undefined ? null : await this.#seal(name, value)
    this.#write((database) =>
      database
        .prepare('INSERT OR REPLACE INTO secrets VALUES (?, ?, ?, ?)')
        .run(name, value === undefined ? 'keychain' : 'file', sealed, now),
    )
  }

  forget(name: string): void {
    this.#write((database) => database.prepare('DELETE FROM secrets WHERE name = ?').run(name))
  }

  async #seal(name: string, value: string): Promise<Buffer> {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', await this.#key(), nonce)
    cipher.setAAD(Buffer.from(name))
    const text = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()])
    return Buffer.concat([nonce, text, cipher.getAuthTag()])
  }

  #key(): Promise<Buffer> {
    return privateKey(join(this.#folder, 'secrets.key'))
  }

  get #path(): string {
    return join(this.#folder, 'secrets.sqlite')
  }

  #read<Value>(none: Value, work: (database: DatabaseSync) => Value): Value {
    return existsSync(this.#path) ? this.#with(work) : none
  }

  #write(work: (database: DatabaseSync) => unknown): void {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
    this.#with(work)
  }

  /** Opened for each use: they are few, and what the command line changes is seen. */
  #with<Value>(work: (database: DatabaseSync) => Value): Value {
    const database = openPrivateDatabase(this.#path, SCHEMA)
    try {
      // What was removed or replaced must not stay in a free page.
      database.exec('PRAGMA secure_delete = ON')
      const value = work(database)
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      return value
    } finally {
      database.close()
    }
  }
}
