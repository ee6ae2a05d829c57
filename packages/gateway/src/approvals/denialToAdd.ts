/**
 * What `deny TICKET --always` adds to the configuration: shown as a diff before it is chosen, written when it was. A no to one
 * call becomes a no to its tool: whatever asked about the call, a flow, a list or a rule, no call of the tool passes a list
 * that denies it, and nothing opens it again (`decideByLists`).
 */
import { readFileSync } from 'node:fs'
import { addDenied, type DeniedTool } from '../config/addDenied.ts'
import type { Config } from '../config/config.ts'
import type { ConfigWorld } from '../config/load.ts'
import { writtenText } from '../config/writtenText.ts'
import { replaceConfig } from './replaceConfig.ts'
import type { AskedReason } from './ticket.ts'

export type DenialToAdd =
  | {
      readonly kind: 'add'
      readonly path: string
      readonly denied: DeniedTool
      /** The diff, and what it comes to. */
      readonly lines: readonly string[]
    }
  /** Every call of it is denied already. */
  | { readonly kind: 'there'; readonly lines: readonly string[] }
  /** Nothing is written; says why, and what a person can write where there is something. */
  | { readonly kind: 'by-hand'; readonly explain: string }

export interface DeniedCall {
  readonly server: string
  /** The name, or the URI, at its server. */
  readonly name: string
  readonly method: string
  readonly reasons: readonly AskedReason[]
}

/**
 * The change that would refuse this call, and every other of its tool, from now on.
 *
 * @throws Error when the file cannot be read
 */
export function denialToAdd(config: Config, call: DeniedCall, world: ConfigWorld): DenialToAdd {
  const { server, name, method, reasons } = call
  const { source } = config
  if (method !== 'tools/call') return { kind: 'by-hand', explain: otherKind(call) }
  if (source.kind !== 'file' || source.within !== undefined)
    return { kind: 'by-hand', explain: 'there is no configuration file here that it could be written to' }
  const found = addDenied(readFileSync(source.path, 'utf8'), source.path, { server, tool: name }, world)
  if (found.kind === 'by-hand') return found
  const observed = found.enforced
    ? []
    : [`The profile is "${config.profile}": such calls are recorded, and refused only under another one.`]
  if (found.kind === 'there') return { kind: 'there', lines: [`${found.by} denies it already.`, ...observed] }
  const asked = [...new Set(reasons.map(({ rule }) => rule))].join(', ')
  const lines = [
    ...found.diff,
    `It refuses every call of this tool, whoever makes it and whatever its arguments: this one too, about which ${asked} asked.`,
    ...found.allowedBy.map(
      (list) => `${list} names the tool as well: what is denied is refused all the same.`,
    ),
    ...observed,
  ]
  return { kind: 'add', path: source.path, denied: { server, tool: name }, lines }
}

/** Of what is no tool only what to write is said: the name of a resource is a pattern over all readings of its URI. */
function otherKind({ server, name, method }: DeniedCall): string {
  const kind =
    method === 'prompts/get'
      ? 'prompts'
      : method === 'resources/read' || method === 'resources/subscribe'
        ? 'resources'
        : undefined
  return kind === undefined
    ? `no list is about ${method}`
    : `only tools are written: write servers.${server}.${kind}.deny: [${writtenText(name)}]`
}

/**
 * Writes it, whole or not at all. What stands in the file now counts: another change since it was shown is kept, and where the
 * tool was denied meanwhile there is nothing to write.
 *
 * @throws Error when it cannot be added or written
 */
export async function addDenial(
  { path, denied }: Extract<DenialToAdd, { readonly kind: 'add' }>,
  world: ConfigWorld,
): Promise<void> {
  const found = addDenied(readFileSync(path, 'utf8'), path, denied, world)
  if (found.kind === 'there') return
  if (found.kind === 'by-hand') throw new Error(found.explain)
  await replaceConfig(path, found.text)
}
