/**
 * Adds entries to `approvals.allow` of a configuration file as text: what a person wrote, comments and all, stays as it is.
 * YAML in lines, YAML in braces, JSON and JSONC. Pure; the result is read again as a configuration, and is refused unless it
 * is the old one with these entries and nothing else.
 */
import { isDeepStrictEqual } from 'node:util'
import type { AllowedConfig } from './config.ts'
import { insertInList } from './insertInList.ts'
import { lineDiff } from './lineDiff.ts'
import { type ConfigWorld, parseConfig } from './load.ts'
import { writtenText } from './writtenText.ts'

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
  const changed = insertInList(
    text,
    path,
    ['approvals', 'allow'],
    entries.map((entry) => ({ inLines: flow(entry), inBraces: quoted(entry) })),
  )
  if (changed === undefined)
    return byHand('what stands there is written in a way that nothing is added to safely')
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
    .map(([key, value]) => `${name(key)}: ${writtenText(value)}`)
    .join(', ')
}
