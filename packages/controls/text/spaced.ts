import { type Mapped, Rewriting } from './mapped.ts'

/** Single letters, at least five, with up to three separators between each two. */
const SPELT = /(?<![A-Za-z0-9])[A-Za-z](?:[ ._*|-]{1,3}[A-Za-z](?![A-Za-z0-9])){4,}/g

/** The narrowest gap of a run parts its letters. */
const WIDTHS = [
  [1, /[A-Za-z][^A-Za-z][A-Za-z]/],
  [2, /[A-Za-z][^A-Za-z]{2}[A-Za-z]/],
] as const

/** The text with words that are spelt letter by letter as words; nothing when it has none. Wider gaps part the words. */
export function joined(text: string): Mapped | undefined {
  const out = new Rewriting(text)
  let from = 0
  for (const match of text.matchAll(SPELT)) {
    const [run] = match
    const narrow = WIDTHS.find(([, pattern]) => pattern.test(run))?.[0] ?? 3
    out.copy(from, match.index)
    from = match.index + run.length
    out.put(
      run.replace(/[^A-Za-z]+/g, (gap) => (gap.length > narrow ? ' ' : '')),
      match.index,
      from,
    )
  }
  if (from === 0) return undefined
  out.copy(from, text.length)
  return out.done()
}
