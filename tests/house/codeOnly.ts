/**
 * TypeScript source with its comments and the contents of its texts blanked out: same length, same line breaks, so that a
 * pattern can look for code and not find prose. Knows comments, texts, templates with code inside, and regular
 * expressions; needs no compiler.
 *
 * @example
 * codeOnly("a = 'b' // c") // "a = ' '     "
 */
export function codeOnly(source: string): string {
  const out = source.split('')
  const blank = (from: number, to: number) => {
    for (let at = from; at < to; at++) if (out[at] !== '\n') out[at] = ' '
  }
  /** For every template we are inside the code of: how many braces are open since its `${`. */
  const templates: number[] = []
  let at = 0
  while (at < source.length) {
    const two = source.slice(at, at + 2)
    const char = source.charAt(at)
    if (two === '//' || two === '/*') {
      const end = two === '//' ? source.indexOf('\n', at) : source.indexOf('*/', at + 2) + 2
      const to = end < 2 ? source.length : end
      blank(at, to)
      at = to
    } else if (char === "'" || char === '"') {
      const end = closing(source, at + 1, char)
      blank(at + 1, end)
      at = end + 1
    } else if (char === '`') {
      at = template(at + 1)
    } else if (char === '/' && startsRegExp(out, at)) {
      const end = regExpEnd(source, at + 1)
      blank(at + 1, end)
      at = end + 1
    } else if (char === '}' && templates.at(-1) === 0) {
      templates.pop()
      at = template(at + 1)
    } else {
      const depth = templates.length - 1
      if (char === '{' && depth >= 0) templates[depth] = (templates[depth] ?? 0) + 1
      if (char === '}' && depth >= 0) templates[depth] = (templates[depth] ?? 0) - 1
      at++
    }
  }
  return out.join('')

  /** Blanks a template's text from `from` on; returns where code goes on: after the closing backtick or after `${`. */
  function template(from: number): number {
    let to = from
    while (to < source.length) {
      if (source[to] === '`') break
      if (source[to] === '$' && source[to + 1] === '{') {
        blank(from, to)
        templates.push(0)
        return to + 2
      }
      to += source[to] === '\\' ? 2 : 1
    }
    blank(from, to)
    return to + 1
  }
}

function closing(source: string, from: number, quote: string): number {
  let at = from
  while (at < source.length && source[at] !== quote && source[at] !== '\n') at += source[at] === '\\' ? 2 : 1
  return at
}

function regExpEnd(source: string, from: number): number {
  let at = from
  let inClass = false
  while (at < source.length && source[at] !== '\n' && (inClass || source[at] !== '/')) {
    if (source[at] === '[') inClass = true
    if (source[at] === ']') inClass = false
    at += source[at] === '\\' ? 2 : 1
  }
  return at
}

/** A slash after a value divides; after an operator, an opening bracket or a keyword it begins a pattern. */
function startsRegExp(out: readonly string[], slash: number): boolean {
  let at = slash - 1
  while (at >= 0 && /\s/.test(out[at] ?? '')) at--
  const before = out[at] ?? ''
  if (before === '' || '(,=:[!&|?{};+-*%<>~^'.includes(before)) return true
  if (!/\w/.test(before)) return false
  let word = ''
  while (at >= 0 && /[\w$]/.test(out[at] ?? '')) word = `${out[at--]}${word}`
  return [
    'return',
    'typeof',
    'case',
    'in',
    'of',
    'do',
    'else',
    'void',
    'delete',
    'throw',
    'new',
    'await',
    'yield',
  ].includes(word)
}
