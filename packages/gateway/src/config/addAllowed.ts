/**
 * Adds entries to `approvals.allow` of a configuration file as text: what a person wrote, comments and all, stays as it is.
 * YAML in lines, YAML in braces, JSON and JSONC. Pure; the result is read again as a configuration, and is refused unless it
 * is the old one with these entries and nothing else.
 */
import { extname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml'
import { blankComments } from './blankComments.ts'
import type { AllowedConfig } from './config.ts'
import { EXTENSIONS } from './find.ts'
import { lineDiff } from './lineDiff.ts'
import { type ConfigWorld, parseConfig } from './load.ts'

export type Addition =
  | {
      readonly ok: true
      readonly text: string
      /** The lines that change, as a diff shows them. */
      readonly diff: readonly string[]
    }
  | { readonly ok: false; readonly explain: string }

/**
 * @param path of the file; decides its syntax and is not opened
 * @example addAllowed('version: 1\n', '/etc/sallyport.yaml', [{ server: 'mail', tool: 'send', rule: 'approvals/write' }], world)
 */
export function addAllowed(
  text: string,
  path: string,
  entries: readonly AllowedConfig[],
  world: ConfigWorld,
): Addition {
  const before = parseConfig(Buffer.from(text), path, world)
  if (!before.ok) return { ok: false, explain: 'the configuration cannot be read as it is now' }
  const byHand = (why: string): Addition => ({
    ok: false,
    explain: `${why}: write under "approvals", "allow" of ${path}: ${entries.map(flow).join(', ')}`,
  })
  const plain = EXTENSIONS.get(extname(path)) === 'jsonc' ? blankComments(text) : text
  const found = place(plain, entries)
  if (found === undefined)
    return byHand('what stands there is written in a way that nothing is added to safely')
  const { at, added } = found
  const changed = text.slice(0, at) + added + text.slice(at)
  const after = parseConfig(Buffer.from(changed), path, world)
  if (!after.ok || !isOnly(before.config, after.config, entries))
    return byHand('the entry cannot be added without changing more')
  return { ok: true, text: changed, diff: [`--- ${path}`, ...lineDiff(text, changed)] }
}

function isOnly(
  before: { readonly approvals: { readonly allow: readonly AllowedConfig[] } },
  after: { readonly approvals: { readonly allow: readonly AllowedConfig[] } },
  entries: readonly AllowedConfig[],
): boolean {
  const bare = (config: object) => ({ ...config, source: undefined, approvals: undefined })
  const rest = (config: { readonly approvals: object }) => ({ ...config.approvals, allow: undefined })
  return (
    isDeepStrictEqual(bare(before), bare(after)) &&
    isDeepStrictEqual(rest(before), rest(after)) &&
    isDeepStrictEqual([...before.approvals.allow, ...entries], [...after.approvals.allow])
  )
}

/** Where in the text something new goes, and how it is written there. */
interface Place {
  readonly at: number
  readonly added: string
}

function place(text: string, entries: readonly AllowedConfig[]): Place | undefined {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter })
  const root = document.contents
  const written = (indent: string) => entries.map((entry) => `${indent}- ${flow(entry)}\n`).join('')
  if (root === null || !isMap(root)) return undefined
  const approvals = root.get('approvals', true)
  if (root.flow && approvals === undefined) return inBraces(text, root, '"approvals"', entries)
  if (approvals === undefined) {
    const gap = text === '' || text.endsWith('\n') ? '' : '\n'
    return { at: text.length, added: `${gap}approvals:\n  allow:\n${written('    ')}` }
  }
  if (!isMap(approvals) || approvals.range == null) return undefined
  const allow = approvals.get('allow', true)
  if (isSeq(allow) && allow.flow) return inBraces(text, allow, undefined, entries)
  if (approvals.flow) return allow === undefined ? inBraces(text, approvals, '"allow"', entries) : undefined
  const columnOf = (offset: number) => counter.linePos(offset).col - 1
  if (allow === undefined) {
    const indent = ' '.repeat(columnOf(approvals.range[0]))
    return inside(text, approvals.range[1], `${indent}allow:\n${written(`${indent}  `)}`)
  }
  if (!isSeq(allow) || allow.range == null) return undefined
  return inside(text, allow.range[1], written(' '.repeat(columnOf(allow.range[0]))))
}

/** Behind the last thing between braces or brackets, on lines of its own where those before it are. */
function inBraces(
  text: string,
  container: YAMLMap | YAMLSeq,
  key: '"approvals"' | '"allow"' | undefined,
  entries: readonly AllowedConfig[],
): Place | undefined {
  if (container.range == null) return undefined
  const [start, end] = container.range
  const last: unknown = container.items.at(-1)
  const first: unknown = container.items[0]
  const lastPart = isPair(last) ? last.value : last
  const at = last === undefined ? start + 1 : endOf(lastPart)
  const from = first === undefined ? undefined : startOf(isPair(first) ? first.key : first)
  if (at === undefined || (first !== undefined && from === undefined)) return undefined
  const comma = last === undefined ? '' : ','
  const isInLines = text.slice(start, from ?? end).includes('\n')
  const line = text.lastIndexOf('\n', from ?? start) + 1
  const ofLine = /^[ \t]*/.exec(text.slice(line))?.[0] ?? ''
  const one = ofLine.startsWith('\t') ? '\t' : '  '
  const indent = from === undefined ? ofLine + one : ofLine
  const parts = writtenAs(key, entries, isInLines ? { indent, one } : undefined)
  const ends = text.includes('\r\n') ? '\r\n' : '\n'
  if (!isInLines) return { at, added: `${comma}${last === undefined ? '' : ' '}${parts.join(' ')}` }
  return { at, added: `${comma}${parts.map((part) => `${ends}${part}`).join('')}` }
}

/** Entries by themselves, or in what has to be there first. */
function writtenAs(
  key: '"approvals"' | '"allow"' | undefined,
  entries: readonly AllowedConfig[],
  lines: { readonly indent: string; readonly one: string } | undefined,
): readonly string[] {
  const { indent = '', one = '' } = lines ?? {}
  const isDeep = key === '"approvals"'
  const depth = key === undefined ? 0 : isDeep ? 2 : 1
  const all = entries.map(
    (entry, at) => `${indent}${one.repeat(depth)}${quoted(entry)}${at < entries.length - 1 ? ',' : ''}`,
  )
  if (key === undefined) return all
  const list = isDeep
    ? [`${indent}"approvals": {`, `${indent}${one}"allow": [`, ...all, `${indent}${one}]`, `${indent}}`]
    : [`${indent}"allow": [`, ...all, `${indent}]`]
  return list
}

function isPair(value: unknown): value is { readonly key: unknown; readonly value: unknown } {
  return typeof value === 'object' && value !== null && 'key' in value && 'value' in value
}

function startOf(node: unknown): number | undefined {
  return isMap(node) || isSeq(node) || isScalar(node) ? node.range?.[0] : undefined
}

/** Whatever else it is, such as an alias, is not known well enough to write behind it. */
function endOf(node: unknown): number | undefined {
  return isMap(node) || isSeq(node) || isScalar(node) ? node.range?.[1] : undefined
}

/** At the end of the line that holds the last thing of a block. */
function inside(text: string, end: number, added: string): Place {
  // A block's range may end after its last line break.
  const last = text[end - 1] === '\n' ? end - 1 : end
  const line = text.indexOf('\n', last)
  return line < 0 ? { at: text.length, added: `\n${added}` } : { at: line + 1, added }
}

function flow(entry: AllowedConfig): string {
  return `{ ${membersOf(entry, (key) => key)} }`
}

/** As JSON has it, which is YAML as well. */
function quoted(entry: AllowedConfig): string {
  return `{ ${membersOf(entry, JSON.stringify)} }`
}

function membersOf(entry: AllowedConfig, name: (key: string) => string): string {
  const { server, tool, rule, subject } = entry
  const members = { server, tool, rule, ...(subject === undefined ? {} : { subject }) }
  return Object.entries(members)
    .map(([key, value]) => `${name(key)}: ${JSON.stringify(value)}`)
    .join(', ')
}
