import { sightDirections } from './bidi.ts'
import { codeAt, codeBefore, invisibleKind, isIn, unitsOf } from './characters.ts'
import type { Cut } from './cuts.ts'
import type { HiddenText, Sighting, TextRule } from './hidden.ts'
import { sortInvisible } from './invisible.ts'
import { endOf, groupsOf, longestRun, type Row } from './rows.ts'
import { spellPrivateUse, spellSelectors, spellTags, spellZeroWidth } from './spell.ts'

/** A message is one finding, though visible text of up to so many units stands between its parts. */
const MAX_APART = 64
/** More findings of a kind than this tell nobody more. */
const MAX_FINDINGS = 50

/** What to say about invisible characters that do not belong, and what of them to take out. */
export function sightInvisible(text: string): Sighting {
  const { tags, selectors, digits, reserved, annotation, privateUse, directions } = sortInvisible(text)
  const parts: Sighting[] = [
    directions === undefined ? NOTHING : sightDirections(text, directions),
    message(tags, 'text/tags', 'critical', 'tag characters, which nothing shows, spell text', spellTags),
    carriesBytes(selectors)
      ? message(
          selectors,
          'text/variation-selectors',
          'critical',
          'variation selectors, which vary nothing, carry bytes',
          spellSelectors,
        )
      : strays(text, selectors),
    carriesDigits(text, digits) ? digitsMessage(digits) : strays(text, digits),
    message(reserved, 'text/reserved', 'high', 'reserved invisible characters have no use'),
    message(annotation, 'text/annotation', 'high', 'annotation characters hide one text behind another'),
    sightPrivateUse(privateUse),
  ]
  return { hidden: parts.flatMap(({ hidden }) => hidden), cuts: parts.flatMap(({ cuts }) => cuts) }
}

const NOTHING: Sighting = { hidden: [], cuts: [] }

/** A row that decides: one finding for each part of it, with what it says by itself or, in the first, as a whole. */
function message(
  row: Row,
  rule: TextRule,
  severity: 'high' | 'critical',
  what: string,
  spell: (codes: readonly number[]) => string | undefined = () => undefined,
): Sighting {
  if (row.at.length === 0) return NOTHING
  const groups = groupsOf(row, MAX_APART)
  const hidden = groups.map((group, index): HiddenText => {
    const decoded = spell(group.code) || (index === 0 && groups.length > 1 ? spell(row.code) : undefined)
    return {
      rule,
      severity,
      start: group.at[0] ?? 0,
      end: endOf(group),
      ...(decoded ? { decoded } : {}),
      explain: `${group.at.length} ${what}${decoded ? ' that can be read' : ''}.`,
    }
  })
  return { hidden, cuts: cutsOf(row) }
}

const cutsOf = ({ at, code }: Row): Cut[] =>
  at.map((from, index) => ({ from, to: from + unitsOf(code[index] ?? 0), by: '' }))

function digitsMessage(digits: Row): Sighting {
  const rule = ruleOfDigits(digits)
  return message(digits, rule, 'critical', `${DIGITS[rule]} form a message`, spellZeroWidth)
}

const DIGITS = {
  'text/zero-width': 'characters of no width',
  'text/blank-letters': 'blank letters',
  'text/bidi': 'direction marks',
} as const

function ruleOfDigits({ code }: Row): keyof typeof DIGITS {
  const kinds = new Set(code.map((each) => invisibleKind(each)))
  if (kinds.has('zero-width')) return 'text/zero-width'
  return kinds.has('blank-letter') ? 'text/blank-letters' : 'text/bidi'
}

/** Selectors beside anything but what they vary: supplementary ones, three in a row, or several that differ. */
function carriesBytes(row: Row): boolean {
  if (row.code.some((each) => each >= 0xe0100)) return true
  return longestRun(row) >= 3 || (row.at.length >= 4 && new Set(row.code).size >= 2)
}

/** Three in a row, or so many that differ, or stand so close, that no accident explains them. */
function carriesDigits(text: string, row: Row): boolean {
  const count = row.at.length
  if (count < 3) return false
  if (longestRun(row) >= 3) return true
  const kinds = new Set(row.code).size
  const differ = (kinds >= 2 && count >= 8) || (kinds >= 3 && count >= 4)
  return (differ && count * 1000 > text.length) || (count >= 4 && count * 24 > text.length)
}

/** A few that carry nothing: untidy, and to be taken out only where they part a word that a filter looks for. */
function strays(text: string, row: Row): Sighting {
  const hidden: HiddenText[] = []
  const cuts: Cut[] = []
  for (const group of groupsOf(row, 0)) {
    const start = group.at[0] ?? 0
    const end = endOf(group)
    const partsWord = isIn(codeBefore(text, start), WORD) && isIn(codeAt(text, end), WORD)
    if (partsWord) cuts.push({ from: start, to: end, by: '' })
    if (hidden.length >= MAX_FINDINGS) continue
    const isSelector = invisibleKind(group.code[0] ?? 0) === 'selector'
    hidden.push({
      rule: isSelector ? 'text/variation-selectors' : ruleOfDigits(group),
      severity: partsWord ? 'medium' : 'low',
      start,
      end,
      explain: partsWord
        ? 'An invisible character parts a word, so that a search for the word fails.'
        : 'An invisible character stands where no language needs one.',
    })
  }
  return { hidden, cuts }
}

const WORD = /[A-Za-z0-9]/

function sightPrivateUse(row: Row): Sighting {
  const groups = groupsOf(row, MAX_APART).map((group) => ({ group, said: spellPrivateUse(group) }))
  const hidden: HiddenText[] = []
  for (const { group, said } of groups) {
    const decides = said !== undefined
    hidden.push({
      rule: 'text/private-use',
      severity: decides ? 'high' : 'low',
      start: group.at[0] ?? 0,
      end: endOf(group),
      ...(decides ? { decoded: said } : {}),
      explain: decides
        ? `${group.at.length} private use characters spell text that can be read.`
        : 'A private use character is shown as its author decides, or not at all.',
    })
  }
  return { hidden, cuts: groups.flatMap(({ group, said }) => (said === undefined ? [] : cutsOf(group))) }
}
