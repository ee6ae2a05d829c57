import { merged, type SecretFinding } from './finding.ts'
import { isSteady } from './printable.ts'
import { findTokens } from './tokens.ts'

/**
 * Tokens behind one layer of Base64, hex or percent-encoding: the ways in which a secret is smuggled out in an argument.
 * The finding covers all that is encoded together. What does not decode to text (an image) is left alone.
 *
 * @example findEncoded(btoa('key ghp_q7Rm2xZp9LdK4vTnq7Rm2xZp9LdK4vTn12ab')) // [{ rule: 'secret/github', start: 0, ... }]
 */
export function findEncoded(text: string): readonly SecretFinding[] {
  if (text.length > MAX_TEXT || text.length < MIN_RUN) return []
  const found: SecretFinding[] = []
  for (let run = nextRun(text, 0); run !== undefined; run = nextRun(text, run.end + 1)) {
    const { start, end } = run
    const code = text.slice(start, end)
    const rule =
      tokenIn(Buffer.from(code, 'base64')) ?? (isHex(code) ? tokenIn(Buffer.from(code, 'hex')) : undefined)
    if (rule !== undefined) found.push({ rule, kind: 'token', start, end })
  }
  if (text.includes('%')) {
    const [first] = findTokens(percentDecoded(text))
    if (first !== undefined) found.push({ rule: first.rule, kind: 'token', start: 0, end: text.length })
  }
  return merged(found)
}

/** Longer texts are documents, not values that a model made up. */
const MAX_TEXT = 64 * 1024
/** Twenty characters of a token are 27 in Base64. */
const MIN_RUN = 27
const OTHER = 1
const HEX = 2
const CODE = new Uint8Array(128)
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=')
  CODE[character.charCodeAt(0)] = OTHER
for (const character of '0123456789abcdefABCDEF') CODE[character.charCodeAt(0)] = HEX

/**
 * The next run that is long enough. Looks at every 27th character first: where it is of no code, none of the 27 before it
 * can begin a whole run.
 */
function nextRun(text: string, from: number): { readonly start: number; readonly end: number } | undefined {
  let least = from
  for (let at = from + MIN_RUN - 1; at < text.length; ) {
    let start = at
    while (start >= least && (CODE[text.charCodeAt(start)] ?? 0) > 0) start--
    if (start >= least) {
      least = start + 1
      at = start + MIN_RUN
      continue
    }
    let end = at + 1
    while (end < text.length && (CODE[text.charCodeAt(end)] ?? 0) > 0) end++
    return { start: least, end }
  }
  return undefined
}

function isHex(code: string): boolean {
  for (let at = 0; at < code.length; at++) if (CODE[code.charCodeAt(at)] !== HEX) return false
  return true
}

function tokenIn(bytes: Buffer): string | undefined {
  const text = bytes.toString('latin1')
  return isSteady(text) ? findTokens(text)[0]?.rule : undefined
}

/** Every `%XX` for itself: one that is broken must not hide the others. */
function percentDecoded(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_code, pair: string) =>
    String.fromCharCode(Number.parseInt(pair, 16)),
  )
}
