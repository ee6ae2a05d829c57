/**
 * Finds a text in another, for questions that only go forward: all of them together cost one walk through the text,
 * however many begin something that never ends.
 */
export function searchAhead(text: string, needle: string): (from: number) => number {
  let next = -2
  return (from) => {
    if (next !== -1 && next < from) next = text.indexOf(needle, from)
    return next
  }
}
