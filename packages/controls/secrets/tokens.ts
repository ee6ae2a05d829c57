/**
 * Tokens, JWTs and private keys in a text: one pass of the automaton over all their beginnings, and a closer look where
 * one of them stands.
 */
import { type Automaton, automatonOf } from './automaton.ts'
import type { SecretFinding } from './finding.ts'
import { isExample, isJumble } from './jumble.ts'
import { privateKeyAt } from './privateKeys.ts'
import { TOKEN_RULES } from './providers.ts'
import { anchorOf, matchShape, type Shape, startsInside, tokenEnd, word } from './shape.ts'

type Span = readonly [start: number, end: number]

/** What looks closer at a place where a beginning stands. */
interface Look {
  readonly rule: string
  readonly anchor: string
  readonly at: (text: string, start: number) => Span | undefined
  readonly mixed?: boolean
}

/**
 * The tokens of a text, from left to right. `examples`: also those that are only shown as examples.
 *
 * @example findTokens('use ghp_q7Rm2xZp9LdK4vTnq7Rm2xZp9LdK4vTn12ab') // [{ rule: 'secret/github', ... }]
 */
export function findTokens(text: string, examples = false): SecretFinding[] {
  const found: SecretFinding[] = []
  let from = 0
  const { automaton, looks } = beginnings()
  automaton.scan(text, (words, end) => {
    for (const index of words) {
      for (const look of looks[index] ?? []) {
        const start = end - look.anchor.length
        if (start < from) continue
        const span = look.at(text, start)
        if (span === undefined || span[0] < from) continue
        if (look.mixed === true && !standsOut(text, span, look.anchor.length)) continue
        if (!examples && isExample(text.slice(span[0] + look.anchor.length, span[1]))) continue
        from = tokenEnd(text, span[1])
        found.push({ rule: look.rule, kind: 'token', start: span[0], end: from })
        return from
      }
    }
    return undefined
  })
  return found
}

/** Not a word of ordinary text, and not a piece of something in Base64. */
function standsOut(text: string, [start, end]: Span, skip: number): boolean {
  if ('+/='.includes(text.charAt(end) || ' ')) return false
  if (start > 0 && '+/'.includes(text.charAt(start - 1))) return false
  return isJumble(text.slice(start + skip, end))
}

function looksOf(rule: string, shape: Shape, mixed: boolean): Look {
  const { anchor, at } = anchorOf(shape)
  return { rule, anchor, mixed, at: (text, start) => matchShape(shape, text, start, at) }
}

/**
 * A JSON Web Token (RFC 7519): both JSON parts begin with `{"`, which is `eyJ` in Base64url. Or an encrypted one
 * (RFC 7516), which has four further parts of any text.
 */
function jwtAt(text: string, start: number): Span | undefined {
  if (!text.startsWith('eyJ', start) || startsInside(text, start)) return undefined
  const before = text.charCodeAt(start - 1)
  if (before === HYPHEN || before === UNDERSCORE) return undefined
  const header = runEnd(text, start, 8192)
  if (header - start < 20 || text.charCodeAt(header) !== DOT) return undefined
  const payload = runEnd(text, header + 1, 65_536)
  if (text.startsWith('eyJ', header + 1) && payload - header >= 12 && text.charCodeAt(payload) === DOT) {
    return [start, runEnd(text, payload + 1, 8192)]
  }
  let end = header
  for (let part = 0; part < 4; part++) {
    if (text.charCodeAt(end) !== DOT) return undefined
    end = runEnd(text, end + 1, 65_536)
  }
  return end - start < 60 ? undefined : [start, end]
}

const WORD = word(1).set
const DOT = 0x2e
const HYPHEN = 0x2d
const UNDERSCORE = 0x5f

function runEnd(text: string, start: number, most: number): number {
  let end = start
  while (end - start < most && WORD[text.charCodeAt(end)] === 1) end++
  return end
}

const ALL: readonly Look[] = [
  ...TOKEN_RULES.flatMap(({ rule, shapes, mixed }) =>
    shapes.map((shape) => looksOf(rule, shape, mixed === true)),
  ),
  { rule: 'secret/jwt', anchor: 'eyJ', at: jwtAt },
  ...['-----BEGIN ', '---- BEGIN SSH2', 'PuTTY-User-Key-File-'].map(
    (anchor): Look => ({ rule: 'secret/private-key', anchor, at: privateKeyAt }),
  ),
]

interface Beginnings {
  readonly automaton: Automaton
  /** What looks closer, by the number of the word. */
  readonly looks: readonly (readonly Look[])[]
}

/** Made for the first text that needs it: most programs that load this never see one, and it takes a few milliseconds. */
let made: Beginnings | undefined

function beginnings(): Beginnings {
  if (made !== undefined) return made
  const byWord = new Map<string, Look[]>()
  for (const look of ALL) {
    const word = look.anchor.toLowerCase()
    const same = byWord.get(word)
    if (same === undefined) byWord.set(word, [look])
    else same.push(look)
  }
  made = { automaton: automatonOf([...byWord.keys()]), looks: [...byWord.values()] }
  return made
}
