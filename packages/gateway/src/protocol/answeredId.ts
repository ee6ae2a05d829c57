/**
 * Whose answer a message is that is too long to be read: the `id` among its first members, when they are those of an answer.
 *
 * Looks at the first `LOOKED_AT` bytes, once each, and believes only what has one reading: a whole number, one `id`, no
 * `method`, no escapes in names. It decides who is told that there is no answer, never what anybody is shown.
 *
 * @example answeredId(Buffer.from('{"jsonrpc":"2.0","id":7,"result":{"text":"xxxx')) // 7
 */
export function answeredId(head: Buffer): number | undefined {
  const text = head.toString('latin1', 0, LOOKED_AT)
  let at = skipSpace(text, 0)
  if (text[at] !== '{') return undefined
  at = skipSpace(text, at + 1)
  let id: number | undefined
  let isAnswer = false
  while (at < text.length) {
    const name = stringAt(text, at)
    if (name === undefined) break
    at = skipSpace(text, name.end)
    if (text[at] !== ':' || name.text.includes('\\') || name.text === 'method') return undefined
    at = skipSpace(text, at + 1)
    if (name.text === 'id') {
      const found = numberAt(text, at)
      if (found === undefined || id !== undefined) return undefined
      id = found
    }
    // The name alone: what it holds is what is too long.
    if (name.text === 'result' || name.text === 'error') isAnswer = true
    const end = skipValue(text, at)
    if (end === undefined) break
    at = skipSpace(text, end)
    if (text[at] !== ',') break
    at = skipSpace(text, at + 1)
  }
  return isAnswer ? id : undefined
}

const LOOKED_AT = 4_096

const SPACE = /[ \t\r\n]/u

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && SPACE.test(text[at] ?? '')) at++
  return at
}

/** A string from its opening quote; `undefined` when there is none, or its end is not in sight. */
function stringAt(text: string, at: number): { readonly text: string; readonly end: number } | undefined {
  if (text[at] !== '"') return undefined
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === '\\') end++
    else if (text[end] === '"') return { text: text.slice(at + 1, end), end: end + 1 }
  }
  return undefined
}

/** A whole number that ends in sight. */
function numberAt(text: string, at: number): number | undefined {
  const found = /^[1-9][0-9]{0,14}(?=[ \t\r\n,}])/u.exec(text.slice(at, at + 17))
  return found === null ? undefined : Number(found[0])
}

/** Where a value ends; `undefined` when that is not in sight. */
function skipValue(text: string, from: number): number | undefined {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const char = text[at]
    if (char === '"') {
      const string = stringAt(text, at)
      if (string === undefined) return undefined
      if (depth === 0) return string.end
      at = string.end - 1
    } else if (char === '{' || char === '[') depth++
    else if (char === '}' || char === ']') {
      if (depth === 0) return at
      depth--
      if (depth === 0) return at + 1
    } else if (char === ',' && depth === 0) return at
  }
  return undefined
}
