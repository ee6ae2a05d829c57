/**
 * The values that this gateway keeps secret: what the references of its configuration stand for, and what of its own
 * environment has a secret's name. They are known only in memory, and only to be recognised: in arguments, in what
 * servers say, in records and logs (invariant 3).
 */
import {
  isTelling,
  type KnownSecrets,
  knownSecrets,
  redactedMark,
  redactText,
  scanValue,
} from '@sallyport/controls/secrets'
import { namesSecret } from '../config/literalSecrets.ts'

/** More than any configuration has; those learned last stay. */
const MAX_VALUES = 1000
const MARK = redactedMark('secret/own')

export class OwnSecrets {
  readonly #values = new Set<string>()
  /** Tokens come and go by the hour: they must not push out what the configuration names. */
  readonly #passing = new Set<string>()
  #known: KnownSecrets | undefined

  /** Finds them. Ask again for every text: more may be known by then. */
  get known(): KnownSecrets {
    this.#known ??= knownSecrets([...this.#values, ...this.#passing])
    return this.#known
  }

  /**
   * Remembers values. Those that are words of everyday text (`production`), paths and plain addresses are left out:
   * hiding them would garble answers and protect nothing.
   */
  learn(values: Iterable<string>): void {
    this.#remember(values, this.#values)
  }

  /** Remembers tokens, each until as many came after it as are kept. */
  learnPassing(values: Iterable<string>): void {
    this.#remember(values, this.#passing)
  }

  #remember(values: Iterable<string>, among: Set<string>): void {
    for (const value of values) {
      if (!isTelling(value) || isPlace(value) || among.has(value)) continue
      among.add(value)
      this.#known = undefined
    }
    for (const first of among) {
      if (among.size <= MAX_VALUES) break
      among.delete(first)
      this.#known = undefined
    }
  }

  /** Remembers what of an environment has a secret's name. */
  learnEnvironment(environment: Readonly<Record<string, string | undefined>>): void {
    for (const [name, value] of Object.entries(environment)) {
      if (value !== undefined && namesSecret(name)) this.learn([value])
    }
  }

  /** A text for a log: without them, and without whatever else might be a secret. */
  readonly redact = (text: string): string => redactText(this.redactOwn(text))

  /** The text without them. */
  redactOwn(text: string): string {
    const found = this.known.find(text)
    let out = ''
    let from = 0
    for (const { start, end } of found) {
      out += text.slice(from, start) + MARK
      from = end
    }
    return from === 0 ? text : out + text.slice(from)
  }

  /** The value without them; the very same one where there is none. */
  redactOwnIn(value: unknown): unknown {
    const { known } = this
    if (known.size === 0) return value
    return scanValue(value, { known, isOpaque: () => true, replace: () => true }).value
  }
}

/** `/run/secrets/key.json` says where a secret is. An address with a password in it is a secret itself. */
function isPlace(value: string): boolean {
  return /^(?:~|\.{0,2})\//.test(value) || /^[a-z][a-z0-9+.-]*:\/\/[^@]*$/i.test(value)
}
