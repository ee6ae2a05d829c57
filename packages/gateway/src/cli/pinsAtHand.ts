/**
 * What the commands about pins start from: the configuration, its pins, and which servers there are.
 */

import { visible } from '@sallyport/controls/text'
import type { Config } from '../config/config.ts'
import { ConfigError } from '../config/fault.ts'
import type { Log } from '../log.ts'
import { pinOptions } from '../pins/openPins.ts'
import { PinStore } from '../pins/pinStore.ts'
import type { ReviewSources } from '../pins/review.ts'
import { findItem } from '../pins/target.ts'
import { type StatePaths, statePaths } from '../state/paths.ts'
import { type GlobalOptions, openLog, place, requireConfig } from './context.ts'
import { CommandError, EXIT } from './exit.ts'
import { shellWord } from './shellWord.ts'

export interface PinsAtHand {
  readonly config: Config
  readonly paths: StatePaths
  readonly log: Log
  readonly store: PinStore
  /** Of this moment. */
  readonly sources: ReviewSources
}

/** Reads the pins of the configuration; a lock file that cannot be believed ends with exit code 2 and every fault at its place. */
export async function readPins(options: GlobalOptions): Promise<PinsAtHand> {
  const config = await requireConfig(options)
  const paths = statePaths(place())
  const log = openLog(config, options)
  const store = await openStore(config, paths, log)
  const sources = {
    lock: store.lock,
    holds: store.holds,
    contents: (server: string) => store.contents(server),
    now: Date.now(),
  }
  return { config, paths, log, store, sources }
}

async function openStore(config: Config, paths: StatePaths, log: Log): Promise<PinStore> {
  try {
    return await PinStore.open(await pinOptions(paths, config, log))
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandError(EXIT.usage, error.message)
    throw error
  }
}

/** Ids of servers that are configured, or that something is pinned or held of (`sallyport run`, or gone since). */
export function knownServers({ config, sources }: PinsAtHand): readonly string[] {
  const ids = [...config.servers.map(({ id }) => id), ...sources.lock.servers.keys(), ...sources.holds.keys()]
  return [...new Set(ids)].sort()
}

/** Ends with exit code 2 for a server that nothing is known of. */
export function requireServer(pins: PinsAtHand, server: string): void {
  const known = knownServers(pins)
  if (known.includes(server)) return
  const there = known.length === 0 ? 'there is none' : `there is: ${known.join(', ')}`
  throw new CommandError(
    EXIT.usage,
    `no server "${visible(server)}" in ${visible(pins.store.lockPath)} or its configuration: ${there}`,
  )
}

/** The item that is meant, or exit code 2 with what there is. */
export function requireItem(pins: PinsAtHand, server: string, named: string): string {
  const { lock, holds } = pins.sources
  const held = [...(holds.get(server)?.keys() ?? [])]
  const approved = [...(lock.servers.get(server)?.items.keys() ?? [])]
  const found = findItem(named, [...new Set([...held, ...approved])])
  if (found.kind === 'found') return found.key
  const target = `"${visible(`${server}/${named}`)}"`
  if (found.kind === 'ambiguous')
    throw new CommandError(
      EXIT.usage,
      `${target} is how two items are shown: one has hidden characters in its name. Approve or deny the whole server`,
    )
  const near = found.near === undefined ? '' : ` Did you mean ${shellWord(`${server}/${found.near}`)}?`
  const there = [...listOf('held', held), ...listOf('approved', approved)]
  const all = there.length === 0 ? 'nothing of it is held or approved' : there.join('; ')
  throw new CommandError(EXIT.usage, `no item ${target}.${near} Of ${server}: ${all}`)
}

function listOf(what: string, keys: readonly string[]): string[] {
  if (keys.length === 0) return []
  const more = keys.length > MAX_LISTED ? ` and ${keys.length - MAX_LISTED} more` : ''
  return [`${what} are ${keys.slice(0, MAX_LISTED).map(visible).join(', ')}${more}`]
}

const MAX_LISTED = 20
