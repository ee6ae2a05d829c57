/**
 * What a parameter of a tool means, where nobody has declared it: told from its schema, its name, and what the tool says
 * of itself.
 *
 * A guess, and used like one: on it only what is wrong in every reading is refused. Evidence in this order: `format` and
 * `contentMediaType` of the schema; the last word of the name (`targetFilePath`, `image_url`); the first words of the
 * description. A tool counts as one that fetches, or that only reads, by its name; a server may say so to be taken for
 * less than it is, so annotations count only where the caller believes them. Linear. Cannot know: what a server does with
 * a value whose name says nothing.
 */
import { isObject, type JsonObject, type JsonValue } from '../json/index.ts'

export type Meaning = 'path' | 'url' | 'sql' | 'command'

export interface MeaningOf {
  readonly meaning: Meaning
  readonly from: 'format' | 'media type' | 'name' | 'description'
}

/**
 * @param about what the tool says of itself, for queries that are called no more than that
 * @example meaningOf('targetFilePath', { type: 'string' }) // { meaning: 'path', from: 'name' }
 */
export function meaningOf(
  name: string,
  schema: JsonObject | undefined,
  about: JsonValue | undefined = undefined,
): MeaningOf | undefined {
  const format = text(schema?.format)
  if (URL_FORMATS.has(format)) return { meaning: 'url', from: 'format' }
  if (format === 'path' || format === 'file-path' || format === 'directory-path')
    return { meaning: 'path', from: 'format' }
  if (format === 'sql') return { meaning: 'sql', from: 'format' }
  // A value that has another format is not what its name suggests.
  if (format !== '') return undefined
  const media = text(schema?.contentMediaType)
  if (media === 'application/sql' || media === 'text/x-sql') return { meaning: 'sql', from: 'media type' }
  if (media === 'text/x-shellscript' || media === 'application/x-sh')
    return { meaning: 'command', from: 'media type' }
  if (media !== '') return undefined
  const words = wordsOf(name)
  const last = words.at(-1) ?? ''
  const described = text(schema?.description).slice(0, 200)
  const byName = NAMES.get(last)
  if (byName === 'path' && NO_PATHS.has(words.at(-2) ?? '')) return undefined
  if (byName !== undefined) return { meaning: byName, from: 'name' }
  if (words.includes('sql')) return { meaning: 'sql', from: 'name' }
  if (QUERIES.has(last) && (SQL.test(described) || SQL.test(text(about).slice(0, 200))))
    return { meaning: 'sql', from: 'description' }
  if (
    /^(?:the |an? )?(?:absolute |relative |full )?(?:file ?path|path (?:to|of)|directory to)\b/i.test(
      described,
    )
  )
    return { meaning: 'path', from: 'description' }
  if (/^(?:the |an? )?(?:full |web )?URLs? (?:to|of|for)\b/i.test(described))
    return { meaning: 'url', from: 'description' }
  return undefined
}

const URL_FORMATS: ReadonlySet<string> = new Set(['uri', 'url', 'iri', 'uri-reference', 'iri-reference'])

const NAMES: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ...pairs(
    'path',
    'path paths file files filename filenames filepath filepaths dir dirs directory directories',
  ),
  ...pairs('path', 'folder folders cwd workdir pathname'),
  ...pairs('url', 'url urls uri uris href link links endpoint webhook website'),
  ...pairs('sql', 'sql sqls mysql postgresql'),
  ...pairs('command', 'command commands cmd cmdline commandline'),
])

const QUERIES: ReadonlySet<string> = new Set(['query', 'queries', 'statement', 'statements', 'q'])
const SQL = /\b(?:postgre|my)?SQL(?:ite)?\b/i

/** Words before `path` that make it no path of a file system. */
const NO_PATHS: ReadonlySet<string> = new Set([
  'json',
  'x',
  'xpath',
  'jsonpath',
  'url',
  'api',
  'route',
  'field',
])

function pairs(meaning: Meaning, words: string): readonly (readonly [string, Meaning])[] {
  return words.split(' ').map((word) => [word, meaning] as const)
}

/** What is known of a tool as a whole. */
export interface ToolTraits {
  /** It requests addresses that it is given. */
  readonly fetches: boolean
  /** By its name it only reads. */
  readonly reads: boolean
}

/**
 * `believed`: whether the annotations of the server count.
 *
 * @example toolTraits('fetch_page', { description: 'Gets a page' }, false) // { fetches: true, reads: false }
 */
export function toolTraits(name: string, definition: JsonObject, believed: boolean): ToolTraits {
  const words = wordsOf(name)
  const described = text(definition.description).slice(0, 200)
  const fetches = words.some((word) => FETCHING.has(word)) || FETCHES.test(described)
  const hints = definition.annotations
  const hinted = believed && isObject(hints) && hints.readOnlyHint === true
  const reads =
    hinted || (words.some((word) => READING.has(word)) && !words.some((word) => WRITING.has(word)))
  return { fetches, reads }
}

const FETCHING: ReadonlySet<string> = new Set(
  'fetch download crawl scrape curl wget http webhook scraper crawler'.split(' '),
)
const FETCHES =
  /^(?:fetch|download|crawl|scrape|retrieve)(?:es|s)? (?:an? |the |any |content of |contents of )?(?:url|web ?page|page|website|content from)/i
const READING: ReadonlySet<string> = new Set(
  'read query select get list search describe explain find show count fetch'.split(' '),
)
const WRITING: ReadonlySet<string> = new Set(
  'write update insert delete execute exec run drop create alter modify set upsert remove apply migrate'.split(
    ' ',
  ),
)

/** @example wordsOf('targetFilePath') // ['target', 'file', 'path'] */
export function wordsOf(name: string): readonly string[] {
  return name
    .slice(0, 128)
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase())
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}
