import type { Log } from '../log.ts'
import { findKeyId } from './keys/keyText.ts'

/** More ids than an operator has keys that clients misuse. Anybody can make one up. */
const MOST_TOLD = 100

/**
 * Tells the operator once of each API key that came in the address of a request: it is in the logs of everything on the way,
 * so it has to be replaced.
 */
export class ExposedKeys {
  readonly #log: Log
  readonly #told = new Set<string>()

  constructor(log: Log) {
    this.#log = log
  }

  /** The id of the key in a request's target, if there is one. @example exposed.in('/mcp?k=sp_4q8t0dkw2m_...') // '4q8t0dkw2m' */
  in(target: string): string | undefined {
    const at = target.indexOf('?')
    const key = at < 0 ? undefined : findKeyId(target.slice(at))
    if (key === undefined || this.#told.has(key) || this.#told.size >= MOST_TOLD) return key
    this.#told.add(key)
    const explain =
      'an API key came in the address of a request, where logs on the way keep it: rotate it, and put the client right'
    this.#log.warn('identity.in-query', { key, explain })
    return key
  }
}
