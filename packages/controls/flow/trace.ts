import type { JsonValue } from '../json/index.ts'
import { lookAtCuts, type Part } from './cuts.ts'
import { type FlowSearch, Found, type Seen } from './found.ts'
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
    const readings = readingsOf(text.text)
    parts.push({ found: text, plain: readings[0]?.text ?? '' })
    for (const reading of readings) found.look(reading, text.text, text.where)
  }
  if (parts.length > 1) lookAtCuts(parts, found)
  const names = namesIn(args, declared, MAX_NAMES)
  const said = names.join(' ')
  if (said.length >= MIN_NAMES) for (const reading of readingsOf(said)) found.look(reading, said, () => '')
  return found.search()
}
