/**
 * Regular expressions that others wrote, matched in time linear in the text.
 *
 * A pattern of a tool's schema comes from a server, the text from a model: run by a backtracking engine, thirty characters
 * are enough to stop a gateway. So patterns are read here, as ECMA-262 with the `u` flag has them (and JSON Schema, section
 * 6.3.3), and run as an automaton whose every step looks at a character once (Thompson 1968): the cost is at most the
 * length of the text times the size of the pattern, and is counted against a budget of the caller.
 *
 * Refused, with the place: what no such automaton can do (back references, lookbehind, lookahead that does not stand at the
 * start), what grows beyond `MAX_STATES`, and what is no pattern. Follows CWE-1333, CWE-625. Cannot know: whether the
 * server's own engine reads the pattern as ECMA-262 does (Python's `$` also matches before a last line break).
 */
import { compileNodes, type Program } from './automaton.ts'
import { parsePattern } from './parse.ts'
import { type Meter, run } from './run.ts'

export { compileGlob, type Glob, matchesGlob } from './glob.ts'
export type { Meter } from './run.ts'

/** States of one pattern, after `{n,m}` is written out. */
export const MAX_STATES = 4_096

export interface Pattern {
  readonly source: string
  /** How large it is: what a step costs, and what it keeps in memory. */
  readonly states: number
  /**
   * Does it match anywhere in the text? `undefined` when the meter ran out first: nothing is known then.
   *
   * @example pattern.matches('abc', { left: 10_000 }) // true
   */
  matches(text: string, meter: Meter): boolean | undefined
}

export type PatternCompile =
  | { readonly ok: true; readonly pattern: Pattern }
  /** `at`: where in the pattern, in UTF-16 units. */
  | { readonly ok: false; readonly at: number; readonly explain: string }

/**
 * @example
 * compilePattern('^(a+)+$') // { ok: true, pattern }: linear here
 * compilePattern('(a)\\1') // { ok: false, at: 3, explain: 'refers back to a group, which no linear matcher can do' }
 */
export function compilePattern(source: string): PatternCompile {
  const parsed = parsePattern(source)
  if (!parsed.ok) return parsed
  const main = compileNodes(parsed.node, MAX_STATES)
  if (main === undefined) return tooLarge
  const ahead: { readonly program: Program; readonly negated: boolean }[] = []
  for (const { node, negated } of parsed.ahead) {
    const program = compileNodes(node, MAX_STATES)
    if (program === undefined) return tooLarge
    ahead.push({ program, negated })
  }
  const matches = (text: string, meter: Meter): boolean | undefined => {
    for (const { program, negated } of ahead) {
      const found = run(program, text, meter, true)
      if (found === undefined) return undefined
      if (found === negated) return false
    }
    return run(main, text, meter, ahead.length > 0)
  }
  const states = ahead.reduce((sum, { program }) => sum + program.states.length, main.states.length)
  return { ok: true, pattern: { source, states, matches } }
}

const tooLarge = {
  ok: false,
  at: 0,
  explain: `is larger than ${MAX_STATES} states when its repetitions are written out`,
} as const
