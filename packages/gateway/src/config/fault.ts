/**
 * What is wrong in a configuration, said so that a person can go there and repair it.
 *
 * A fault never contains a value of the file: a value may be a secret in the wrong place. Keys are shown escaped.
 */
import { visible } from '@sallyport/controls/text'

/** A position in the file, both counted from 1; columns in UTF-16 units, as editors count. */
export interface Place {
  readonly line: number
  readonly column: number
}

export type ConfigRule =
  | 'config/file' // not there, two of them, not readable, too large
  | 'config/syntax' // not YAML or JSON, or YAML that two readers take differently
  | 'config/duplicate-key'
  | 'config/unknown-key'
  | 'config/missing-key'
  | 'config/type' // a number where a text belongs, and so on; nothing is coerced
  | 'config/value' // the right type, not an accepted value
  | 'config/together' // keys that exclude or need one another
  | 'config/open-door' // a listener that others could reach without sign-in or TLS
  | 'config/range' // a duration or size out of bounds
  | 'config/command' // a command that only a shell would understand
  | 'config/url'
  | 'config/rule' // a condition that cannot be read or has no types
  | 'config/header' // a header the gateway sets itself, or one given twice
  | 'config/reference' // a secret reference that cannot work
  | 'config/secret' // a literal that looks like a secret

export interface ConfigFault {
  readonly rule: ConfigRule
  /** One sentence, without the place. */
  readonly explain: string
  /** JSON pointer (RFC 6901) of the value, `''` for the whole file. */
  readonly path: string
  readonly file: string
  readonly line: number
  readonly column: number
  /** What to write instead. */
  readonly hint?: string
}

/** More faults than this are counted, not listed: one wrong indent can make a thousand. */
const SHOWN = 50

/** Every fault of one configuration. Its message has one line a fault, each ending in `file:line:column`. */
export class ConfigError extends Error {
  readonly faults: readonly ConfigFault[]
  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.slice(0, SHOWN).map(describeFault)
    if (faults.length > SHOWN) lines.push(`... and ${faults.length - SHOWN} more, repair these first`)
    super(lines.join('\n'))
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/**
 * One fault on one line.
 *
 * @example
 * describeFault(fault)
 * // 'servers.files has no key "timeout": did you mean "deadline"? at /home/u/sallyport.yaml:7:5'
 */
export function describeFault(fault: ConfigFault): string {
  const hint = fault.hint === undefined ? '' : `: ${fault.hint}`
  return `${visible(fault.explain + hint)} at ${visible(fault.file)}:${fault.line}:${fault.column}`
}
