import { type Cut, withoutCuts } from './cuts.ts'
import { isDecisive } from './findHidden.ts'
import type { HiddenText } from './hidden.ts'
import { sightUnseen } from './unseen.ts'
import { visible } from './visible.ts'

/**
 * A text for review: what hides stands where it hid, between `⟦` and `⟧`, with what it says if that can be read. Holds
 * nothing but visible characters and line feeds.
 *
 * A text that has these brackets itself cannot pretend: its own are written as escapes.
 *
 * @example
 * marked('Adds.\u{e0068}\u{e0069}') // 'Adds.⟦tags: "hi"⟧'
 */
export function marked(text: string): string {
  const { hidden, cuts } = sightUnseen(text)
  const found = hidden.filter(isDecisive).sort((one, other) => one.start - other.start || other.end - one.end)
  cuts.sort((one, other) => one.from - other.from)
  let out = ''
  let from = 0
  let next = 0
  for (const each of found) {
    if (each.start < from) continue
    while ((cuts[next]?.from ?? Number.POSITIVE_INFINITY) < each.start) next++
    const inside: Cut[] = []
    for (; next < cuts.length && (cuts[next]?.from ?? 0) < each.end; next++) inside.push(cuts[next] as Cut)
    out += shown(text.slice(from, each.start)) + mark(text, each, inside)
    from = each.end
  }
  return out + shown(text.slice(from))
}

/** The mark, and what of its span can be seen. */
function mark(text: string, { rule, start, end, decoded }: HiddenText, inside: readonly Cut[]): string {
  const name = rule.slice(rule.indexOf('/') + 1)
  const rest = withoutCuts(
    text.slice(start, end),
    inside.map(({ from, to, by }) => ({ from: from - start, to: Math.min(to, end) - start, by })),
  )
  if (decoded !== undefined) return `⟦${name}: "${shown(cropped(decoded))}"⟧${shown(rest)}`
  const hiding = inside.map(({ from, to }) => text.slice(from, to)).join('')
  return `⟦${name}: ${shown(cropped(hiding, MAX_UNREAD))}⟧${shown(rest)}`
}

const MAX_UNREAD = 32
const MAX_READ = 2000

function cropped(text: string, most = MAX_READ): string {
  const points = [...text]
  return points.length > most ? `${points.slice(0, most).join('')}… (${points.length} in all)` : text
}

function shown(text: string): string {
  return text
    .split('\n')
    .map((line) => visible(line).replaceAll('⟦', '\\u{27e6}').replaceAll('⟧', '\\u{27e7}'))
    .join('\n')
}
