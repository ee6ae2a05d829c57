/**
 * A rate as people write it: a count, a slash and a window. Nothing is assumed: `60` alone has no meaning.
 */

/** At most `count` in any stretch of `windowMs`. */
export interface Rate {
  readonly count: number
  readonly windowMs: number
}

/** What is wrong with a text that is no rate, and what to write instead. Never quotes the text. */
export interface RateFault {
  readonly explain: string
  readonly hint: string
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 }

/** Each counted call keeps its time, 8 bytes, until the window is over: this many are 800 KB for one counter. */
export const MOST_CALLS = 100_000
/** Counters live in memory: a window that outlasts the process would be a promise nobody keeps. */
export const LONGEST_WINDOW_MS = 86_400_000

/** Decides on the form alone; `checkRate` on the bounds. */
export const RATE_PATTERN = /^[1-9][0-9]{0,8}\/(?:[1-9][0-9]{0,5})?(?:s|min|h|d)$/u

/** `undefined` for what does not have the form. @example parseRate('100/10s') // { count: 100, windowMs: 10000 } */
export function parseRate(text: string): Rate | undefined {
  if (!RATE_PATTERN.test(text)) return undefined
  const slash = text.indexOf('/')
  const digits = text.slice(slash + 1).replace(/[a-z]+$/u, '')
  const unit = UNITS[text.slice(slash + 1 + digits.length)] ?? Number.NaN
  return { count: Number(text.slice(0, slash)), windowMs: (digits === '' ? 1 : Number(digits)) * unit }
}

/** What makes a rate of the right form impossible. @example checkRate({ count: 1, windowMs: 86_400_000 * 2 }) */
export function checkRate({ count, windowMs }: Rate): RateFault | undefined {
  if (count > MOST_CALLS)
    return {
      explain: `counts more than ${MOST_CALLS} calls, each of which has to be remembered`,
      hint: 'use a shorter window, such as 1000/s in place of 60000/min',
    }
  if (windowMs > LONGEST_WINDOW_MS)
    return {
      explain: 'has a window of more than a day, and counters do not outlast the gateway',
      hint: 'use a window of at most 1d',
    }
  return undefined
}

/** A better sentence than "is no rate" for what people write instead. */
export function adviseRate(text: string): RateFault | undefined {
  if (/^0+(?:\/|$)/u.test(text))
    return { explain: 'lets nothing through', hint: 'to switch a server off use "enabled: false"' }
  if (/^[0-9]{1,9}$/u.test(text)) return { explain: 'names no window', hint: `write it as "${text}/min"` }
  const found = /^([1-9][0-9]{0,8}) ?(?:\/|per) ?(?:1 ?)?(s|m|h|d)[a-z]{0,6}$/u.exec(text)
  const [, count, letter] = found ?? []
  if (count !== undefined && letter !== undefined)
    return {
      explain: 'is no rate as it stands',
      hint: `write it as "${count}/${letter === 'm' ? 'min' : letter}"`,
    }
  return undefined
}

/** The shortest exact way to write it. @example showRate({ count: 60, windowMs: 60000 }) // '60/min' */
export function showRate({ count, windowMs }: Rate): string {
  for (const unit of ['d', 'h', 'min', 's']) {
    const times = windowMs / (UNITS[unit] ?? 1)
    if (Number.isInteger(times)) return `${count}/${times === 1 ? '' : times}${unit}`
  }
  return `${count}/${windowMs}ms`
}
