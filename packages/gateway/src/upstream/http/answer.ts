/**
 * Whether a message is the answer to a request, told without reading it a second time.
 *
 * The transport needs it to know that a stream has done its work; what the message means is the link's business. A
 * wrong guess here decides nothing: the link matches ids itself, strictly.
 */
const JSONRPC = '\\s*"jsonrpc"\\s*:\\s*"2\\.0"\\s*'
/** `{"jsonrpc":"2.0","id":1,"result"` and its variants, as most servers write. */
const ID_FIRST = new RegExp(
  `^\\s*\\{(?:${JSONRPC},)?\\s*"id"\\s*:\\s*(\\d{1,16})\\s*,(?:${JSONRPC},)?\\s*"(\\w{1,8})"\\s*:`,
)
/** `{"jsonrpc":"2.0","method"`: a request or notification. */
const METHOD_FIRST = new RegExp(`^\\s*\\{(?:${JSONRPC},)?\\s*"method"\\s*:`)
const BODY_FIRST = new RegExp(`^\\s*\\{(?:${JSONRPC},)?\\s*"(?:result|error)"\\s*:`)
/**
 * `,"id":1}` at the very end, as SDK servers write. The last brace closes the message, so the member is its own; a
 * quote inside a text would be escaped and cannot stand after a bare comma.
 */
const ID_LAST = new RegExp(`,\\s*"id"\\s*:\\s*(\\d{1,16})\\s*(?:,${JSONRPC})?\\}\\s*$`)
const WINDOW = 96

/**
 * True when the message is a result or error with this id. Constant time for the layouts that serialisers use.
 *
 * @example
 * isAnswerTo(Buffer.from('{"result":{},"jsonrpc":"2.0","id":7}'), 7) // true
 */
export function isAnswerTo(bytes: Buffer, id: number): boolean {
  const head = bytes.toString('latin1', 0, WINDOW)
  const first = ID_FIRST.exec(head)
  if (first !== null && (first[2] === 'result' || first[2] === 'error')) return first[1] === String(id)
  if (METHOD_FIRST.test(head)) return false
  if (BODY_FIRST.test(head)) {
    const last = ID_LAST.exec(bytes.toString('latin1', Math.max(0, bytes.length - WINDOW)))
    if (last !== null) return last[1] === String(id)
  }
  const message = parsed(bytes)
  return message !== undefined && message.id === id && ('result' in message || 'error' in message)
}

/** True when a body is a JSON-RPC message rather than some other JSON (a framework's error page, an OAuth error). */
export function isRpcMessage(bytes: Buffer): boolean {
  return parsed(bytes)?.jsonrpc === '2.0'
}

function parsed(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return isMembers(value) ? value : undefined
  } catch (error) {
    // Not JSON is an answer to our question; the link gets the bytes all the same and says what is wrong with them.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function isMembers(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
