/**
 * Media types of requests: what a body is said to be, and what answers are accepted (RFC 9110, 8.3 and 12.5.1).
 *
 * Parsed whole and compared without case: a type that another reader takes for JSON must never be "not MCP, let through"
 * (Tyk #8539), and a type a page may send without asking (`text/plain`) must never pass.
 */
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const MEDIA_TYPE = new RegExp(
  `^(${TOKEN}/${TOKEN})((?:[ \\t]*;[ \\t]*(?:${TOKEN}=(?:${TOKEN}|"[^"\\\\\\r\\n]*"))?)*)[ \\t]*$`,
)
const PARAMETER = new RegExp(`;[ \\t]*(${TOKEN})=(${TOKEN}|"[^"]*")`, 'g')

/**
 * True when a `Content-Type` says JSON in UTF-8 and nothing else.
 *
 * @example
 * isJsonContent('Application/JSON; charset="UTF-8"') // true
 * isJsonContent('application/json; charset=utf-16') // false
 */
export function isJsonContent(value: string | undefined): boolean {
  if (value === 'application/json') return true
  if (value === undefined || value.length > 200) return false
  const match = MEDIA_TYPE.exec(value)
  if (match === null || match[1]?.toLowerCase() !== 'application/json') return false
  for (const [, name, raw] of (match[2] ?? '').matchAll(PARAMETER)) {
    if (name?.toLowerCase() !== 'charset') continue
    const charset = (raw ?? '').replaceAll('"', '').toLowerCase()
    if (charset !== 'utf-8' && charset !== 'utf8') return false
  }
  return true
}

/**
 * True when an `Accept` header allows each of the `wanted` types: by name, by `type/*` or by the wildcard, the most
 * specific one deciding; `q=0` forbids.
 *
 * @example acceptsAll('application/json, text/*;q=0.5', ['application/json', 'text/event-stream']) // true
 */
export function acceptsAll(accept: string, wanted: readonly string[]): boolean {
  if (accept.length > 2000) return false
  const weights = new Map<string, number>()
  for (const part of accept.split(',')) {
    const [range = '', ...parameters] = part.split(';')
    let weight = 1
    for (const parameter of parameters) {
      const q = /^\s*q=(.*?)\s*$/i.exec(parameter)
      if (q?.[1] !== undefined) weight = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(q[1]) ? Number(q[1]) : 0
    }
    const key = range.trim().toLowerCase()
    weights.set(key, Math.max(weights.get(key) ?? 0, weight))
  }
  return wanted.every((type) => {
    const weight =
      weights.get(type) ?? weights.get(`${type.slice(0, type.indexOf('/'))}/*`) ?? weights.get('*/*')
    return weight !== undefined && weight > 0
  })
}

const ANSWERS = ['application/json', 'text/event-stream']
const STREAM = ['text/event-stream']

/** True when a POST may be answered with JSON and with a stream, as MCP asks of every client. */
export function acceptsAnswers(accept: string): boolean {
  // What the SDKs send, compared first: this is on the way of every request.
  return accept === 'application/json, text/event-stream' || acceptsAll(accept, ANSWERS)
}

/** True when a GET may be answered with a stream. */
export function acceptsStream(accept: string): boolean {
  return accept === 'text/event-stream' || acceptsAll(accept, STREAM)
}

/**
 * True when a client names the stream before JSON: it takes both, and this one first.
 *
 * @example prefersStream('text/event-stream, application/json') // true
 */
export function prefersStream(accept: string | undefined): boolean {
  return accept !== undefined && /^\s*text\/event-stream\s*,/i.test(accept)
}
