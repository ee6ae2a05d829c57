/** How the drafts differ, as far as it decides what is valid. MCP's default is 2020-12; older servers write draft-07. */
export interface Dialect {
  readonly name: '2020-12' | '2019-09' | 'draft-07' | 'draft-06' | 'draft-04'
  /** Beside `$ref` nothing counts. */
  readonly refAlone: boolean
  readonly id: '$id' | 'id'
}

const DIALECTS: readonly (Dialect & { readonly uri: string })[] = [
  { uri: 'json-schema.org/draft/2020-12/schema', name: '2020-12', refAlone: false, id: '$id' },
  { uri: 'json-schema.org/draft/2019-09/schema', name: '2019-09', refAlone: false, id: '$id' },
  { uri: 'json-schema.org/draft-07/schema', name: 'draft-07', refAlone: true, id: '$id' },
  { uri: 'json-schema.org/draft-06/schema', name: 'draft-06', refAlone: true, id: '$id' },
  { uri: 'json-schema.org/draft-04/schema', name: 'draft-04', refAlone: true, id: 'id' },
]

export const DEFAULT_DIALECT: Dialect = { name: '2020-12', refAlone: false, id: '$id' }

/** The dialect that `$schema` names; `undefined` for one that is not known. */
export function dialectOf($schema: unknown): Dialect | undefined {
  if ($schema === undefined) return DEFAULT_DIALECT
  if (typeof $schema !== 'string') return undefined
  const uri = $schema.replace(/^https?:\/\//, '').replace(/#$/, '')
  return DIALECTS.find((dialect) => dialect.uri === uri)
}
