/**
 * What `always` adds to the configuration: prepared and shown as a diff before it is chosen, written when it was.
 */
import { readFileSync } from 'node:fs'
import { addAllowed } from '../config/addAllowed.ts'
import type { AllowedConfig, Config } from '../config/config.ts'
import type { ConfigWorld } from '../config/load.ts'
import { replaceConfig } from './replaceConfig.ts'
import { type AskedReason, canBeForGood } from './ticket.ts'

/** A change of the configuration that a person is shown before it is made. */
export interface RuleToAdd {
  readonly path: string
  readonly diff: readonly string[]
  readonly entries: readonly AllowedConfig[]
}

/**
 * The change that would answer these questions for good; `undefined` where there is none: not the local user's file
 * (invariant 8), or a question of another kind.
 *
 * @throws Error when the file cannot be read
 */
export function ruleToAdd(
  config: Config,
  call: { readonly server: string; readonly name: string },
  reasons: readonly AskedReason[],
  world: ConfigWorld,
): RuleToAdd | undefined {
  const { source } = config
  if (source.kind !== 'file' || source.within !== undefined) return undefined
  const entries = entriesFor(call, reasons)
  if (entries === undefined) return undefined
  const added = addAllowed(readFileSync(source.path, 'utf8'), source.path, entries, world)
  return added.ok ? { path: source.path, diff: added.diff, entries } : undefined
}

/**
 * Why there is no such change, and what a person can write instead; `undefined` where nothing that is written would answer it.
 *
 * @throws Error when the file cannot be read
 */
export function ruleByHand(
  config: Config,
  call: { readonly server: string; readonly name: string },
  reasons: readonly AskedReason[],
  world: ConfigWorld,
): string | undefined {
  const { source } = config
  const entries = entriesFor(call, reasons)
  if (entries === undefined || source.kind !== 'file') return undefined
  const added = addAllowed(readFileSync(source.path, 'utf8'), source.path, entries, world)
  return added.ok ? undefined : added.explain
}

function entriesFor(
  { server, name }: { readonly server: string; readonly name: string },
  reasons: readonly AskedReason[],
): readonly AllowedConfig[] | undefined {
  if (!canBeForGood(name, reasons)) return undefined
  return reasons.map(({ rule, subject }) => ({
    server,
    tool: name,
    rule,
    ...(subject === undefined ? {} : { subject }),
  }))
}

/**
 * Writes it, whole or not at all. What stands in the file now counts: another change since it was shown is kept.
 *
 * @throws Error when it cannot be added or written
 */
export async function addRule({ path, entries }: RuleToAdd, world: ConfigWorld): Promise<void> {
  const added = addAllowed(readFileSync(path, 'utf8'), path, entries, world)
  if (!added.ok) throw new Error(added.explain)
  await replaceConfig(path, added.text)
}
