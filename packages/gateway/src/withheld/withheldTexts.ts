/**
 * Texts that were withheld, kept for a person: one private file each in the state folder, bounded in number and size.
 *
 * What is kept was written by a server that gave orders to a model: it is shown through `visible` only, and never to a model.
 */
import { hash } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../log.ts'
import type { WithheldText } from '../pipeline/controls/injection.ts'
import { readPrivate, writePrivate } from '../state/privateFile.ts'

/** One that is kept, as it is read again. */
export interface KeptText extends WithheldText {
  readonly id: string
  /** When it was withheld last, as ISO 8601. */
  readonly at: string
  /** Characters that were cut off because the text was too long to keep. */
  readonly cut: number
}

export const MAX_TEXTS = 200
export const MAX_CHARS = 65_536
/** Cut texts, JSON around them, escapes. */
const MAX_FILE_BYTES = 8 * MAX_CHARS
/** Writes that may wait for the disk: a server could else fill the memory with what nobody gets to see. */
const MAX_WAITING = 32
const NAME = /^([0-9a-f]{12})\.json$/

export class WithheldTexts {
  readonly #folder: string
  readonly #log: Log
  readonly #now: () => Date
  readonly #waiting = new Set<string>()
  #tail: Promise<void> = Promise.resolve()

  /** @example new WithheldTexts({ folder: join(paths.state, 'withheld'), log, now: () => new Date() }) */
  constructor({
    folder,
    log,
    now,
  }: { readonly folder: string; readonly log: Log; readonly now: () => Date }) {
    this.#folder = folder
    this.#log = log
    this.#now = now
  }

  /** Keeps a text; its id depends on server and text, so the same text twice is one. Writes behind the answer. */
  keep(text: WithheldText): string {
    const id = hash('sha256', `${text.server}\n${text.text}`, 'hex').slice(0, 12)
    if (this.#waiting.has(id)) return id
    if (this.#waiting.size >= MAX_WAITING) {
      this.#log.warn('withheld.not-kept', { server: text.server, id, explain: 'too many at once' })
      return id
    }
    this.#waiting.add(id)
    this.#tail = this.#tail.then(() => this.#write(id, text))
    return id
  }

  async #write(id: string, text: WithheldText): Promise<void> {
    const kept: Omit<KeptText, 'id'> = {
      ...text,
      at: this.#now().toISOString(),
      text: text.text.slice(0, MAX_CHARS),
      cut: Math.max(0, text.text.length - MAX_CHARS),
    }
    try {
      await writePrivate(join(this.#folder, `${id}.json`), Buffer.from(JSON.stringify(kept)))
      await this.#prune()
    } catch (error) {
      this.#log.error('withheld.not-kept', { server: text.server, id, explain: String(error) })
    } finally {
      this.#waiting.delete(id)
    }
  }

  /** The oldest make room. */
  async #prune(): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => NAME.test(name))
    if (names.length <= MAX_TEXTS) return
    const times = await Promise.all(
      names.map(async (name) => ({
        name,
        at: await stat(join(this.#folder, name)).then(
          ({ mtimeMs }) => mtimeMs,
          () => 0,
        ),
      })),
    )
    times.sort((one, other) => one.at - other.at)
    for (const { name } of times.slice(0, names.length - MAX_TEXTS))
      await rm(join(this.#folder, name), { force: true })
  }

  /** All that is written so far is on the disk. */
  close(): Promise<void> {
    return this.#tail
  }
}

/** What is kept in a folder, the newest first. Files that are not this user's alone are passed over. */
export async function readWithheld(folder: string): Promise<KeptText[]> {
  let names: string[]
  try {
    names = await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  const all = await Promise.all(names.map((name) => readOne(folder, name)))
  return all
    .filter((one) => one !== undefined)
    .sort((one, other) => (one.at < other.at ? 1 : one.at > other.at ? -1 : 0))
}

async function readOne(folder: string, name: string): Promise<KeptText | undefined> {
  const id = NAME.exec(name)?.[1]
  if (id === undefined) return undefined
  const read = await readPrivate(join(folder, name), MAX_FILE_BYTES)
  if (read.kind !== 'read') return undefined
  try {
    const kept: unknown = JSON.parse(read.bytes.toString('utf8'))
    return isKept(kept) ? { ...kept, id } : undefined
  } catch (error) {
    // Half a file of a machine that lost its power: there is nothing in it for anybody.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function isKept(value: unknown): value is Omit<KeptText, 'id'> {
  if (typeof value !== 'object' || value === null) return false
  const { server, method, where, rules, text, at, cut } = value as Record<string, unknown>
  const texts = [server, method, where, text, at]
  return (
    texts.every((one) => typeof one === 'string') &&
    typeof cut === 'number' &&
    Array.isArray(rules) &&
    rules.every((one) => typeof one === 'string')
  )
}
