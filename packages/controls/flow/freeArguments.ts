import { isExactNumber, isObject, type JsonValue } from '../json/index.ts'

/** Characters of their own with which arguments say nothing yet. */
const SAYS_NOTHING = 12
/** Digits of a number that a count, a page or an id in a list has. */
const FEW_DIGITS = 6
const MAX_PARTS = 64
const NO_WORDS: ReadonlySet<string> = new Set()

/**
 * Can these arguments say anything? Those of a call that only counts, chooses among what the tool declares, or gives a date, cannot,
 * whatever the tool could be told.
 *
 * @example carriesText({ state: 'closed', page: 2 }) // false
 */
export function carriesText(args: JsonValue, declared: ReadonlySet<string> = NO_WORDS): boolean {
  let characters = 0
  let names = 0
  let parts = 0
  const waiting: JsonValue[] = [args]
  const says = (text: string): void => {
    if (!declared.has(text) && !DATE.test(text)) characters += text.length
  }
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    // Many small things spell a text as well.
    if (++parts > MAX_PARTS || characters > SAYS_NOTHING || names > NAMES_SAY_NOTHING) return true
    if (typeof part === 'string') says(part)
    else if (typeof part === 'number') characters += Math.max(0, String(part).length - FEW_DIGITS)
    else if (isExactNumber(part)) characters += part.rawJSON.length
    else if (Array.isArray(part)) {
      if (part.length > MAX_PARTS) return true
      characters += Math.max(0, part.length - FEW_DIGITS)
      waiting.push(...part)
    } else if (isObject(part)) {
      const members = Object.keys(part)
      if (members.length > MAX_PARTS) return true
      for (const name of members) {
        if (!declared.has(name)) names += name.length
        const member = part[name]
        if (member !== undefined) waiting.push(member)
      }
    }
  }
  return characters > SAYS_NOTHING || names > NAMES_SAY_NOTHING
}

/** What a tool that declares nothing is called with: `state`, `issue_number`, `per_page`. */
const NAMES_SAY_NOTHING = 32
const DATE = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/
