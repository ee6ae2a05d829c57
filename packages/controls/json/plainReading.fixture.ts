/**
 * For tests: what a JSON text means, read without `JSON.parse`, whose keys depend on what it read before (see distinctKeys.ts).
 *
 * The plainest reader there can be: it believes that the text is valid, keeps the last of two equal keys, and numbers are doubles.
 *
 * @example plainReading('{"\\"":[1e2]}') // { '"': [100] }
 */
export function plainReading(text: string): unknown {
  const tokens = text.match(TOKEN) ?? []
  let at = 0
  const value = (): unknown => {
    const token = tokens[at++] ?? ''
    if (token.startsWith('"')) return unescaped(token)
    if (token === '[') {
      const items: unknown[] = []
      while (tokens[at] !== ']') {
        items.push(value())
        if (tokens[at] === ',') at++
      }
      at++
      return items
    }
    if (token === '{') {
      const members: [string, unknown][] = []
      while (tokens[at] !== '}') {
        const key = unescaped(tokens[at] ?? '')
        at += 2
        members.push([key, value()])
        if (tokens[at] === ',') at++
      }
      at++
      return Object.fromEntries(members)
    }
    return WORDS.has(token) ? WORDS.get(token) : Number(token)
  }
  return value()
}

const TOKEN = /"(?:[^"\\]|\\[\s\S])*"|[[\]{},:]|[^\s[\]{},:"]+/g

const WORDS = new Map<string, unknown>([
  ['null', null],
  ['true', true],
  ['false', false],
])

const SHORT: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

function unescaped(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replace(/\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g, (_, hex: string | undefined, plain: string) =>
      hex === undefined ? (SHORT[plain] ?? plain) : String.fromCharCode(Number.parseInt(hex, 16)),
    )
}
