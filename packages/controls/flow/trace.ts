import type { JsonValue } from '../json/index.ts'
import { lookAtCuts, type Part } from './cuts.ts'
import { type FlowSearch, Found, type Seen } from './found.ts'
import { withoutLineNumbers } from './numberedLines.ts'
import { readingsOf } from './readings.ts'
import { namesIn, textsIn } from './textsIn.ts'

/** Names of members can say something as well; fewer letters cannot. */
const MIN_NAMES = 16
const MAX_NAMES = 4096

/** Which values of what was seen are in these arguments. */
export function traceValues(args: JsonValue, seen: Seen, declared: ReadonlySet<string>): FlowSearch {
  const found = new Found(seen)
  const parts: Part[] = []
  for (const text of textsIn(args, 'sent')) {
    const sent = found.afford(text.text)
    // What is beyond the bound is not read at all: who asks is told that there was more.
    if (sent === '') break
    const readings = readingsOf(sent)
    parts.push({
      found: sent === text.text ? text : { text: sent, where: text.where },
      plain: readings[0]?.text ?? '',
      isEscaped: readings[0]?.isEscaped ?? false,
    })
    for (const reading of readings) found.look(reading, sent, text.where)
    const items = withoutLineNumbers(readings[0]?.text ?? '')
    if (items !== undefined) {
      found.look(
        { text: items, via: [], start: 0, end: sent.length, isAsSent: false, isEscaped: false },
        sent,
        text.where,
      )
    }
  }
  if (parts.length > 1) lookAtCuts(parts, found)
  const names = namesIn(args, declared, MAX_NAMES)
  if (names.length >= MAX_NAMES) found.isPartial = true
  const said = names.join(' ')
  if (said.length >= MIN_NAMES) {
    const sent = found.afford(said)
    for (const reading of readingsOf(sent)) found.look(reading, sent, () => '')
  }
  return found.search()
}
