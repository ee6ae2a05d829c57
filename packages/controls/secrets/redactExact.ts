import { redactedMark } from './redact.ts'

/** Shorter values are words of everyday text: hiding them would garble every line and protect nothing. */
export const MIN_EXACT_CHARS = 6

const MARK = redactedMark('secret/configured')

/**
 * Makes a function that takes exactly these values out of a text, in whatever form programs print them: as they are,
 * without the white space around them, line by line where a value has several, and in Base64 (also in the middle of
 * something longer), Base64url, hex, percent-encoding and JSON escapes. Each becomes
 * `[redacted:secret/configured]`; the very same text comes back when there is none.
 *
 * The beginning of a value at the very end of a text goes too: the text may have been cut there. Values under 6
 * characters are left alone. Idempotent. Cannot know: a value split over two texts, reversed, or encrypted.
 *
 * @example
 * redactExact(['correct-horse'])('token is correct-horse\n') // 'token is [redacted:secret/configured]\n'
 */
export function redactExact(values: Iterable<string>): (text: string) => string {
  const forms = new Set<string>()
  for (const value of values) for (const form of formsOf(value)) forms.add(form)
  if (forms.size === 0) return (text) => text
  const all = [...forms]
  // What is between earlier marks: a value that is a word of the mark would otherwise nest it for ever.
  return (text) =>
    text
      .split(MARK)
      .map((part) => hide(part, all))
      .join(MARK)
}

function hide(text: string, forms: readonly string[]): string {
  const spans = forms.flatMap((form) => spansOf(text, form))
  if (spans.length === 0) return text
  spans.sort((a, b) => a[0] - b[0])
  let out = ''
  let from = 0
  let at = 0
  while (at < spans.length) {
    const [start, firstEnd] = spans[at] ?? [text.length, text.length]
    let end = firstEnd
    // Values that overlap or touch are one hole: nothing between two halves may stay.
    for (at++; at < spans.length && (spans[at]?.[0] ?? text.length) <= end; at++) {
      end = Math.max(end, spans[at]?.[1] ?? end)
    }
    out += text.slice(from, start) + MARK
    from = end
  }
  return out + text.slice(from)
}

/** Where a form stands in a text, whole or cut off by the text's end. */
function spansOf(text: string, form: string): [number, number][] {
  const spans: [number, number][] = []
  for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) {
    spans.push([at, at + form.length])
  }
  const head = form.slice(0, MIN_EXACT_CHARS)
  const tail = Math.max(0, text.length - form.length + 1)
  for (let at = text.indexOf(head, tail); at >= 0; at = text.indexOf(head, at + 1)) {
    if (form.startsWith(text.slice(at))) spans.push([at, text.length])
  }
  return spans
}

/** How programs print a value: each line of it, in every encoding. */
export function formsOf(value: string): string[] {
  const texts = [value, value.trim(), ...value.split(/\r\n|\r|\n/).map((line) => line.trim())]
  return texts.flatMap((text) => (text.length < MIN_EXACT_CHARS ? [] : encodings(text.toWellFormed())))
}

function encodings(text: string): string[] {
  const bytes = Buffer.from(text)
  const json = JSON.stringify(text).slice(1, -1)
  // Python and PHP write everything outside ASCII as \u escapes.
  const ascii = json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const percent = encodeURIComponent(text)
  const strict = percent.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  const base64 = [0, 1, 2].map((offset) => base64Within(bytes, offset))
  return [
    text,
    json,
    ascii,
    JSON.stringify(json).slice(1, -1),
    percent,
    percent.replace(/%../g, (code) => code.toLowerCase()),
    strict,
    strict.replaceAll('%20', '+'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
  ].filter((form) => form.length >= MIN_EXACT_CHARS)
}

/** The Base64 characters that these bytes alone decide when so many bytes (modulo 3) stand before them. */
function base64Within(bytes: Buffer, offset: number): string {
  const whole = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
  return whole.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
}
