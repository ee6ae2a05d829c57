import { codeAt, type InvisibleKind, invisibleKind, unitsOf } from './characters.ts'
import { asLatin, hasLookAlike } from './confusables.ts'
import type { HiddenText, TextRule } from './hidden.ts'
import { mixedScripts } from './scripts.ts'
import { WORD } from './words.ts'

/**
 * What makes a name other than it looks, given what a look at it as prose found. A name is compared and typed: what
 * cannot be seen in it decides, though a sentence may have it; what only belongs to its language informs.
 */
export function* sightName(name: string, unseen: readonly HiddenText[]): Generator<HiddenText> {
  for (const each of unseen) {
    yield each.severity === 'critical' || each.rule === 'text/private-use'
      ? each
      : { ...each, severity: 'high' }
  }
  const breaks = /[\t\n\f\r\u0085\u2028\u2029]/.exec(name)
  if (breaks !== null) {
    const start = breaks.index
    yield {
      rule: 'text/control',
      severity: 'high',
      start,
      end: start + 1,
      explain: 'A name has a line break or tab.',
    }
  }
  if (ASCII.test(name)) return
  if (unseen.length === 0) yield* belonging(name)
  yield* letters(name)
}

const ASCII = /^[\0-~]*$/

const latinOf = (name: string) => asLatin(name.slice(0, 4096).normalize('NFKC'))

/** The first invisible character that a sentence might have, and a name better not. */
function* belonging(name: string): Generator<HiddenText> {
  for (let at = 0; at < name.length; at++) {
    const code = codeAt(name, at)
    const kind = invisibleKind(code)
    if (kind !== undefined) {
      yield {
        rule: RULES[kind],
        severity: 'medium',
        start: at,
        end: at + unitsOf(code),
        explain: 'An invisible character in a name makes two names look the same.',
      }
      return
    }
    at += unitsOf(code) - 1
  }
}

const RULES: Readonly<Record<InvisibleKind, TextRule>> = {
  tag: 'text/tags',
  selector: 'text/variation-selectors',
  'zero-width': 'text/zero-width',
  'direction-mark': 'text/bidi',
  'direction-control': 'text/bidi',
  'blank-letter': 'text/blank-letters',
  reserved: 'text/reserved',
  annotation: 'text/annotation',
}

function* letters(name: string): Generator<HiddenText> {
  const whole = { start: 0, end: name.length }
  const scripts = mixedScripts(name)
  if (scripts.length > 0) {
    const inOneWord = [...name.slice(0, 4096).matchAll(WORD)].some(([word]) => mixedScripts(word).length > 0)
    yield {
      rule: 'text/mixed-script',
      severity: inOneWord ? 'high' : 'medium',
      ...whole,
      decoded: latinOf(name),
      explain: `The name has letters of ${scripts.join(' and ')}, which are taken for each other.`,
    }
    return
  }
  const latin = latinOf(name)
  if (STYLED.test(name) || (hasLookAlike(name) && ASCII.test(latin))) {
    yield {
      rule: 'text/confusable',
      severity: 'medium',
      ...whole,
      decoded: latin,
      explain: 'The name is written with letters that are taken for Latin ones.',
    }
  }
}

/** Letters of Latin, as mathematics and East Asian typography have them. */
const STYLED = /[\u{1d400}-\u{1d7ff}\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u249c-\u24e9\u{1f110}-\u{1f189}]/u
