/** What is made of the parameters of a server's tools, and why: for `sallyport policy explain`. */
import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import { meaningOf, toolTraits } from '@sallyport/controls/parameters'
import type { SurfaceItem } from '@sallyport/controls/surface'
import type { IntegerFormat, ParameterCheck } from '../config/argumentChecks.ts'
import type { ServerConfig } from '../config/config.ts'
import { declaredFor } from './toolChecks.ts'

export interface ExplainedParameter {
  /** The server's own name of the tool, or a glob over it where no tool is known yet. */
  readonly tool: string
  /** As it is declared: `files.*.path`. */
  readonly place: string
  /** In a few words: `path within /srv/data`, `URL, public hosts only`. */
  readonly taken: string
  readonly from: 'configuration' | 'format' | 'media type' | 'name' | 'description'
}

/** Deeper places are checked all the same; a table of them would be read by nobody. */
const MAX_DEPTH = 4

/**
 * @example
 * explainParameters(server, [{ kind: 'tool', name: 'read', value: { inputSchema: { properties: { path: {} } } } }])
 * // [{ tool: 'read', place: 'path', taken: 'path, any folder', from: 'name' }]
 */
export function explainParameters(
  server: ServerConfig,
  items: Iterable<SurfaceItem>,
): readonly ExplainedParameter[] {
  const rows: ExplainedParameter[] = []
  for (const { tool, parameters } of server.checks?.tools ?? [])
    for (const { place, check } of parameters)
      rows.push({ tool, place, taken: declaredWords(check), from: 'configuration' })
  for (const { kind, name, value } of items) {
    if (kind !== 'tool' || !isObject(value)) continue
    const declared = new Set(declaredFor(server, name).map(({ segments }) => segments.join('.')))
    const words = inferredWords(server, name, value)
    walk(value.inputSchema, '', '', 0, (place, own, schema) => {
      const meant = declared.has(place) ? undefined : meaningOf(own, schema, value.description)
      if (meant === undefined) return
      rows.push({ tool: name, place, taken: words[meant.meaning], from: meant.from })
    })
  }
  return rows
}

function walk(
  schema: JsonValue | undefined,
  place: string,
  own: string,
  depth: number,
  see: (place: string, own: string, schema: JsonObject) => void,
): void {
  if (schema === undefined || !isObject(schema) || depth > MAX_DEPTH) return
  const { properties, items } = schema
  if (isObject(properties)) {
    for (const [name, inner] of Object.entries(properties))
      walk(inner, place === '' ? name : `${place}.${name}`, name, depth + 1, see)
  } else if (items !== undefined && isObject(items)) walk(items, `${place}.*`, own, depth + 1, see)
  else if (place !== '') see(place, own, schema)
}

function declaredWords(check: ParameterCheck): string {
  const { path, url, sql, command, format, integer, text, maxLength, infer } = check
  const said = [
    path && (path.roots.length > 0 ? `path within ${path.roots.join(', ')}` : 'path'),
    url && `URL${url.allowHosts ? ` of ${url.allowHosts.join(', ')}` : ''}`,
    sql && `SQL, ${sql.mode}, ${sql.dialect}`,
    command && (command.kind === 'value' ? 'value in a command' : `command: ${command.allow.join(', ')}`),
    format?.kind,
    integer && `whole number${range(integer)}`,
    text && 'plain text',
    maxLength !== undefined && `at most ${maxLength} characters`,
  ].filter((words) => typeof words === 'string')
  if (said.length > 0) return said.join('; ')
  return infer ? 'anything' : 'anything, nothing inferred'
}

/** @example range({ min: 1 }) // ', 1 or more' */
function range({ min, max }: IntegerFormat): string {
  if (min !== undefined && max !== undefined) return `, ${min} to ${max}`
  if (min !== undefined) return `, ${min} or more`
  return max === undefined ? '' : `, ${max} or less`
}

function inferredWords(server: ServerConfig, name: string, definition: JsonObject) {
  const distrusted = server.trust !== 'trusted'
  const { fetches, reads } = toolTraits(name, definition, !distrusted)
  return {
    path: 'path, no folder demanded',
    url: fetches && distrusted ? 'URL that is fetched: public hosts only' : 'URL: no metadata services',
    sql: reads ? 'SQL that reads: one statement, no writes' : 'SQL: one statement',
    command: 'command: nothing demanded',
  } as const
}
