/**
 * What a server's answer says it is (RFC 9110 8.3 and 8.4).
 */

/** `encoded`: compressed although we never offer to accept that. `other`: a type MCP does not know, or no valid one. */
export type AnswerType = 'json' | 'events' | 'none' | 'encoded' | 'other'

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const MEDIA_TYPE = new RegExp(`^[ \\t]*(${TOKEN}/${TOKEN})[ \\t]*((?:;.*)?)$`)
const PARAMETER = new RegExp(`;[ \\t]*(?:(${TOKEN})=(?:(${TOKEN})|"([^"\\\\]*)"))?[ \\t]*`, 'y')

/**
 * Reads the type of an answer: the media type, compared without case and with its parameters parsed, never a prefix
 * or a substring. A charset other than UTF-8 makes it another type: two readers would see two texts.
 *
 * @example
 * answerType({ 'content-type': 'Application/JSON; charset="UTF-8"' }) // 'json'
 */
export function answerType(headers: Headers): AnswerType {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') return 'encoded'
  const value = headers['content-type']
  if (value === 'application/json') return 'json'
  if (value === 'text/event-stream') return 'events'
  if (value === undefined) return 'none'
  // Two headers arrive as a list: which of them counts is anyone's guess.
  if (typeof value !== 'string') return 'other'
  const [, essence = '', parameters = ''] = MEDIA_TYPE.exec(value) ?? []
  const type = essence.toLowerCase()
  if (type !== 'application/json' && type !== 'text/event-stream') return 'other'
  if (!readsAsUtf8(parameters)) return 'other'
  return type === 'application/json' ? 'json' : 'events'
}

/** True when the parameters are well formed and name no charset but UTF-8. */
function readsAsUtf8(parameters: string): boolean {
  PARAMETER.lastIndex = 0
  while (PARAMETER.lastIndex < parameters.length) {
    const match = PARAMETER.exec(parameters)
    if (match === null) return false
    const [, name, token, quoted] = match
    if (name?.toLowerCase() !== 'charset') continue
    const charset = (token ?? quoted ?? '').toLowerCase()
    if (charset !== 'utf-8' && charset !== 'utf8') return false
  }
  return true
}
