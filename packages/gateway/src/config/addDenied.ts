/**
 * Adds a tool to `servers.NAME.tools.deny` of a configuration file as text: what a person wrote, comments and all, stays as it
 * is. YAML in lines, YAML in braces, JSON and JSONC. Pure; the result is read again as a configuration, and is refused unless
 * it is the old one with this tool denied and nothing else.
 */
import { isDeepStrictEqual } from 'node:util'
import { matchesGlob } from '@sallyport/controls/patterns'
import type { AccessEntry, AccessListsConfig, Config } from './config.ts'
import { insertInList } from './insertInList.ts'
import { lineDiff } from './lineDiff.ts'
import { type ConfigWorld, parseConfig } from './load.ts'
import { enforcement } from './trust.ts'
import { writtenText } from './writtenText.ts'

export interface DeniedTool {
  readonly server: string
  /** Its own name, exactly. */
  readonly tool: string
}

export type Denial =
  | {
      readonly kind: 'added'
      readonly text: string
      /** The lines that change, as a diff shows them. */
      readonly diff: readonly string[]
      /** Allow-lists that name the tool as well: the denial wins over them. */
      readonly allowedBy: readonly string[]
      /** False where the profile only records what it would refuse. */
      readonly enforced: boolean
    }
  /** It is denied already, by this list of the file. */
  | { readonly kind: 'there'; readonly by: string; readonly enforced: boolean }
  /** Nothing can be added safely; says what a person can write. */
  | { readonly kind: 'by-hand'; readonly explain: string }

/**
 * @param path of the file; decides its syntax and is not opened
 * @example addDenied('version: 1\nservers:\n  mail: { command: x }\n', '/etc/sallyport.yaml', { server: 'mail', tool: 'send' }, world)
 */
export function addDenied(text: string, path: string, denied: DeniedTool, world: ConfigWorld): Denial {
  const { server, tool } = denied
  const read = parseConfig(Buffer.from(text), path, world)
  if (!read.ok) return { kind: 'by-hand', explain: 'the configuration cannot be read as it is now' }
  const { config } = read
  if (!config.servers.some(({ id }) => id === server))
    return { kind: 'by-hand', explain: `${path} has no server "${server}", so nothing calls its tools` }
  const key = `servers.${server}.tools.deny`
  const enforced = enforcement[config.profile] === 'enforce'
  const own = config.access.find(({ from }) => from === `servers.${server}`)?.tools
  if (own?.deny.some((glob) => matchesGlob(glob, tool))) return { kind: 'there', by: key, enforced }
  const byHand = (why: string): Denial => ({
    kind: 'by-hand',
    explain: `${why}: write in ${path}: ${key}: [${writtenText(tool)}]`,
  })
  // A pattern has no way to say that a star is a star.
  if (tool.includes('*'))
    return byHand('a star in a name stands for any run of characters, so more than this tool would be denied')
  const item = writtenText(tool)
  const changed = insertInList(
    text,
    path,
    ['servers', server, 'tools', 'deny'],
    [{ inLines: item, inBraces: item }],
  )
  if (changed === undefined)
    return byHand('what stands there is written in a way that nothing is added to safely')
  const after = parseConfig(Buffer.from(changed), path, world)
  if (!after.ok || !isOnly(config, after.config, denied))
    return byHand('the tool cannot be added without changing more')
  const diff = [`--- ${path}`, ...lineDiff(text, changed)]
  return { kind: 'added', text: changed, diff, allowedBy: allowedBy(config, denied), enforced }
}

function allowedBy({ access, servers }: Config, { server, tool }: DeniedTool): readonly string[] {
  const trust = servers.find(({ id }) => id === server)?.trust
  const isAbout = (entry: AccessEntry) =>
    (entry.servers?.some((glob) => matchesGlob(glob, server)) ?? true) &&
    (entry.trust === undefined || (trust !== undefined && entry.trust.includes(trust)))
  return access
    .filter((entry) => isAbout(entry) && entry.tools?.allow?.some((glob) => matchesGlob(glob, tool)) === true)
    .map(({ from }) => `${from}.tools.allow`)
}

function isOnly(before: Config, after: Config, { server, tool }: DeniedTool): boolean {
  const from = `servers.${server}`
  const bare = (config: Config) => ({ ...config, source: undefined, access: undefined })
  const others = ({ access }: Config) => access.filter((entry) => entry.from !== from)
  const own = ({ access }: Config) => access.filter((entry) => entry.from === from)
  const [entry = { from, servers: [server] }] = own(before)
  const lists: AccessListsConfig = entry.tools ?? { deny: [], hide: [], ask: [] }
  const expected: AccessEntry = { ...entry, tools: { ...lists, deny: [...lists.deny, tool] } }
  return (
    isDeepStrictEqual(bare(before), bare(after)) &&
    isDeepStrictEqual(others(before), others(after)) &&
    isDeepStrictEqual([expected], own(after))
  )
}
