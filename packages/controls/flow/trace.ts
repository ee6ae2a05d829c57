import type { JsonValue } from '../json/index.ts'
import { lookAtCuts, type Part } from './cuts.ts'
import { type FlowSearch, Found, type Seen } from './found.ts'
import { readingsOf } from './readings.ts'
import { textsIn } from './textsIn.ts'

/** Which values of what was seen are in these arguments. */
export function traceValues(args: JsonValue, seen: Seen): FlowSearch {
  const found = new Found(seen)
  const parts: Part[] = []
  for (const text of textsIn(args, 1)) {
    const readings = readingsOf(text.text)
    parts.push({ found: text, plain: readings[0]?.text ?? '' })
    for (const reading of readings) found.look(reading, text.text, text.where)
  }
  if (parts.length > 1) lookAtCuts(parts, found)
  return found.search()
}
