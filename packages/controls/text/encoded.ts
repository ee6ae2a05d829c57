import { isProse } from './decode.ts'
import { withoutEntities, withoutEscapes, withoutPercent } from './escapes.ts'
import type { HiddenText } from './hidden.ts'
import { base64Runs, hexRuns } from './runs.ts'
import { ESCAPED, LONG_WORD, SHORT_WORDS } from './traits.ts'

const MAX_FINDINGS = 50

// Letters and digits written the long way, at least two in a row. Marks are escaped for good reasons, letters for none.
const ENTITIES =
  /(?:&#(?:[xX]0{0,4}(?:3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])|0{0,4}(?:4[89]|5[0-7]|6[5-9]|[78][0-9]|90|9[7-9]|1[01][0-9]|12[0-2]));?[ ]?){2,}/g
const PERCENT = /(?:%(?:3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])(?:%20|\+|[ ])?){2,}/g
const ESCAPES = /(?:\\(?:u00|x|u\{0{0,4})(?:3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])\}?[ ]?){2,}/g

const LONG_WAYS = [
  [ENTITIES, withoutEntities, 'HTML character references', '&#'],
  [PERCENT, withoutPercent, 'percent-encoding', '%'],
  [ESCAPES, withoutEscapes, 'escapes', '\\'],
] as const

/**
 * Runs whose decoding is readable text. Says only that, and what it reads: there are honest reasons for most encodings,
 * so what the text asks for decides, and that is detection's to judge.
 */
export function* sightEncoded(text: string, traits: number): Generator<HiddenText> {
  let count = 0
  for (const [pattern, decode, name, sign] of LONG_WAYS) {
    if ((traits & ESCAPED) === 0 || !text.includes(sign)) continue
    for (const match of text.matchAll(pattern)) {
      const decoded = decode(match[0])?.text.trim()
      if (decoded === undefined) continue
      if (++count > MAX_FINDINGS) return
      const end = match.index + match[0].trimEnd().length
      yield found(match.index, end, decoded, `Letters are written as ${name}`)
    }
  }
  for (const [runs, name] of [
    [(traits & LONG_WORD) !== 0 ? base64Runs(text) : [], 'Base64'],
    [(traits & (LONG_WORD | SHORT_WORDS)) !== 0 ? hexRuns(text) : [], 'hex digits'],
  ] as const) {
    for (const { from, to, decoded, part } of runs) {
      if (!isProse(decoded)) continue
      if (++count > MAX_FINDINGS) return
      const run = found(from, to, decoded, `A run of ${name} is readable text`)
      yield part === true ? { ...run, severity: 'low' } : run
    }
  }
}

function found(start: number, end: number, decoded: string, what: string): HiddenText {
  return {
    rule: 'text/encoded',
    severity: decoded.length >= 4 ? 'medium' : 'low',
    start,
    end,
    decoded,
    explain: `${what}.`,
  }
}
