/**
 * Adds entries to `approvals.allow` of a configuration file as text: what a person wrote, comments and all, stays as it is.
 * Pure; the result is read again as a configuration, and is refused unless it is the old one with these entries and nothing
 * else.
 */
import { isDeepStrictEqual } from 'node:util'
import { isMap, isSeq, LineCounter, parseDocument } from 'yaml'
import type { AllowedConfig } from './config.ts'
import { type ConfigWorld, parseConfig } from './load.ts'

export type Addition =
  | {
      readonly ok: true
      readonly text: string
      /** The lines that are added, as a diff shows them. */
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
  const lines = place(text, entries)
  if (lines === undefined)
    return {
      ok: false,
      explain: `"approvals" of ${path} is not written as a block of lines: add the entry by hand`,
    }
  const { at, added } = lines
  const changed = text.slice(0, at) + added + text.slice(at)
  const after = parseConfig(Buffer.from(changed), path, world)
  if (!after.ok || !isOnly(before.config, after.config, entries))
    return {
      ok: false,
      explain: `the entry cannot be added to ${path} without changing more: add it by hand`,
    }
  const diff = added.split('\n').filter((line) => line !== '')
  return { ok: true, text: changed, diff: [`--- ${path}`, ...diff.map((line) => `+ ${line}`)] }
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

/** Where in the text new lines go, and how they are written there. */
function place(
  text: string,
  entries: readonly AllowedConfig[],
): { readonly at: number; readonly added: string } | undefined {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter })
  const root = document.contents
  const written = (indent: string) => entries.map((entry) => `${indent}- ${flow(entry)}\n`).join('')
  if (root === null || !isMap(root) || root.flow) return undefined
  const approvals = root.get('approvals', true)
  if (approvals === undefined) {
    const gap = text === '' || text.endsWith('\n') ? '' : '\n'
    return { at: text.length, added: `${gap}approvals:\n  allow:\n${written('    ')}` }
  }
  if (!isMap(approvals) || approvals.flow || approvals.range == null) return undefined
  const columnOf = (offset: number) => counter.linePos(offset).col - 1
  const allow = approvals.get('allow', true)
  if (allow === undefined) {
    const indent = ' '.repeat(columnOf(approvals.range[0]))
    return inside(text, approvals.range[1], `${indent}allow:\n${written(`${indent}  `)}`)
  }
  if (!isSeq(allow) || allow.flow || allow.range == null) return undefined
  return inside(text, allow.range[1], written(' '.repeat(columnOf(allow.range[0]))))
}

/** At the end of the line that holds the last thing of a block. */
function inside(text: string, end: number, added: string): { readonly at: number; readonly added: string } {
  // A block's range may end after its last line break.
  const last = text[end - 1] === '\n' ? end - 1 : end
  const line = text.indexOf('\n', last)
  return line < 0 ? { at: text.length, added: `\n${added}` } : { at: line + 1, added }
}

function flow({ server, tool, rule, subject }: AllowedConfig): string {
  const members = { server, tool, rule, ...(subject === undefined ? {} : { subject }) }
  const pairs = Object.entries(members).map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
  return `{ ${pairs.join(', ')} }`
}
