/**
 * Names that clients see: `server__tool`, `[A-Za-z0-9_]` only, at most 46 characters (DESIGN 6).
 *
 * 46 leaves room for the longest prefix a host was seen to add (VS Code's 18 of 64). A host must never cut a name:
 * two cut names can become one.
 */
import { createHash } from 'node:crypto'

export const MAX_EXPOSED_NAME = 46
const SEPARATOR = '__'
const SERVER_ID = /^(?=.{1,16}$)(?!_)(?!.*__)(?!.*_$)[a-z0-9_]+$/

/** A server id: 1 to 16 of `[a-z0-9_]`, no `__`, no `_` at either end (so that the first `__` ends it). */
export function isServerId(text: string): boolean {
  return SERVER_ID.test(text)
}

/**
 * The name a client sees for a server's tool or prompt.
 *
 * @example exposeName('github', 'create_issue') // 'github__create_issue'
 */
export function exposeName(server: string, name: string): string {
  const full = `${server}${SEPARATOR}${name}`
  const clean = full.replace(/[^A-Za-z0-9_]/g, '_')
  if (clean === full && full.length <= MAX_EXPOSED_NAME) return full
  const hash = createHash('sha256').update(full, 'utf8').digest('hex').slice(0, 8)
  return `${clean.slice(0, MAX_EXPOSED_NAME - 9)}_${hash}`
}

/**
 * The server an exposed name points to, by its form alone, and the rest: the own name unless it was cut or altered.
 * `undefined` when the text has not the form of an exposed name.
 *
 * @example splitExposedName('github__create_issue') // { server: 'github', rest: 'create_issue' }
 */
export function splitExposedName(
  exposed: string,
): { readonly server: string; readonly rest: string } | undefined {
  const at = exposed.indexOf(SEPARATOR)
  if (at < 1) return undefined
  const server = exposed.slice(0, at)
  return isServerId(server) ? { server, rest: exposed.slice(at + SEPARATOR.length) } : undefined
}

export interface NameCollision {
  readonly exposed: string
  readonly first: string
  readonly second: string
}

/**
 * The names one server offers, both ways. Two own names that would be exposed as one: the first keeps it, the second is
 * left out and reported; the last never wins silently.
 */
export class NameMap {
  readonly #server: string
  readonly #own = new Map<string, string>()
  readonly #exposed = new Map<string, string>()

  constructor(server: string) {
    this.#server = server
  }

  /** The exposed name, or the collision that forbids one. */
  add(own: string): string | NameCollision {
    const known = this.#exposed.get(own)
    if (known !== undefined) return known
    const exposed = exposeName(this.#server, own)
    const first = this.#own.get(exposed)
    if (first !== undefined) return { exposed, first, second: own }
    this.#own.set(exposed, own)
    this.#exposed.set(own, exposed)
    return exposed
  }

  /** The own name behind an exposed one, when it was listed. */
  own(exposed: string): string | undefined {
    return this.#own.get(exposed)
  }

  /** Was this own name listed? */
  has(own: string): boolean {
    return this.#exposed.has(own)
  }

  get size(): number {
    return this.#own.size
  }
}
