/**
 * Mirrored headers of a modern HTTP request: `MCP-Protocol-Version`, `Mcp-Method`, `Mcp-Name`, and `Mcp-Param-*` for
 * arguments whose schema carries `x-mcp-header` (2026-07-28, "Standard headers", "Custom headers from tool parameters").
 *
 * Upstream they are always derived from the body we send, never copied from a client.
 */
import { isExactNumber, isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import { META } from './era.ts'
import { encodeSentinel } from './sentinel.ts'

export interface MirroredParam {
  /** Header name, lower case: `mcp-param-region`. */
  readonly header: string
  /** Where the argument stands, by property names. */
  readonly path: readonly string[]
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/
const MAX_DEPTH = 16
const MAX_PARAMS = 64

/** The mirrored arguments a tool's input schema declares: through `properties` chains only; broken declarations are left out. */
export function mirroredParams(schema: JsonValue | undefined): readonly MirroredParam[] {
  const found: MirroredParam[] = []
  collect(schema, [], found)
  return found
}

function collect(schema: JsonValue | undefined, path: readonly string[], found: MirroredParam[]): void {
  if (!isObject(schema) || path.length > MAX_DEPTH || !isObject(schema.properties)) return
  for (const [name, property] of Object.entries(schema.properties)) {
    if (!isObject(property) || found.length >= MAX_PARAMS) continue
    const header = property['x-mcp-header']
    if (typeof header === 'string' && TOKEN.test(header)) {
      found.push({ header: `mcp-param-${header.toLowerCase()}`, path: [...path, name] })
    }
    collect(property, [...path, name], found)
  }
}

/**
 * The headers for one request to a modern HTTP server.
 *
 * @example
 * mirrorHeaders('tools/call', { name: 'echo', _meta: {...} }, [])
 * // { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'echo' }
 */
export function mirrorHeaders(
  method: string,
  params: JsonObject,
  nameMember: string | undefined,
  mirrored: readonly MirroredParam[],
): Record<string, string> {
  const headers: Record<string, string> = { 'mcp-method': method }
  const revision = isObject(params._meta) ? params._meta[META.protocolVersion] : undefined
  if (typeof revision === 'string') headers['mcp-protocol-version'] = revision
  const name = nameMember === undefined ? undefined : params[nameMember]
  if (typeof name === 'string') headers['mcp-name'] = encodeSentinel(name)
  for (const { header, path } of mirrored) {
    const value = argumentAt(params.arguments, path)
    if (value !== undefined) headers[header] = encodeSentinel(value)
  }
  return headers
}

/** Text of a mirrored argument: strings, whole numbers and booleans only; anything else is not mirrored. */
function argumentAt(value: JsonValue | undefined, path: readonly string[]): string | undefined {
  let at: JsonValue | undefined = value
  for (const name of path) {
    if (!isObject(at) || !Object.hasOwn(at, name)) return undefined
    at = at[name]
  }
  if (typeof at === 'string') return at
  if (typeof at === 'boolean') return String(at)
  if (typeof at === 'number') return Number.isInteger(at) ? String(at) : undefined
  if (isExactNumber(at)) return /^-?\d+$/.test(at.rawJSON) ? at.rawJSON : undefined
  return undefined
}

/**
 * The first of the client's `mcp-param-*` headers that a tool's schema declares and that disagrees with the body.
 * Headers no schema declares say nothing about the body and are not ours to judge (A12).
 */
export function disagreeingParam(
  received: Readonly<Record<string, string>>,
  params: JsonObject,
  mirrored: readonly MirroredParam[],
  decode: (value: string) => string | undefined,
): string | undefined {
  for (const { header, path } of mirrored) {
    const expected = argumentAt(params.arguments, path)
    const given = received[header]
    if (given === undefined && expected === undefined) continue
    const decoded = given === undefined ? undefined : decode(given)
    if (decoded === undefined || expected === undefined) return header
    if (decoded !== expected && !sameInteger(decoded, expected)) return header
  }
  return undefined
}

function sameInteger(a: string, b: string): boolean {
  const whole = /^-?\d{1,400}(\.0+)?$/
  return whole.test(a) && whole.test(b) && BigInt(a.replace(/\.0+$/, '')) === BigInt(b.replace(/\.0+$/, ''))
}
