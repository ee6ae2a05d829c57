/** The share of a profile's time that was spent in some files or in anything they called. */
import type { CpuProfile } from '../measure/selfTimes.ts'

/** A profile with the tree its samples stand in, as V8 writes it. */
export interface CpuTree extends CpuProfile {
  readonly nodes: readonly (CpuProfile['nodes'][number] & { readonly children?: readonly number[] })[]
}

/** Idle is not work; collecting garbage is everyone's, by their share of the rest. */
const NOBODYS = new Set(['(idle)', '(garbage collector)'])

/**
 * 0..1 of the main thread's work. `within` says of a script's address whether it counts.
 *
 * @example inclusiveShare(profile, (url) => url.includes('/src/audit/')) // 0.14
 */
export function inclusiveShare(profile: CpuTree, within: (url: string) => boolean): number {
  const byId = new Map(profile.nodes.map((node) => [node.id, node]))
  const counted = new Set<number>()
  const count = (id: number, inside: boolean) => {
    const node = byId.get(id)
    if (node === undefined) return
    const now = inside || within(node.callFrame.url)
    if (now) counted.add(id)
    for (const child of node.children ?? []) count(child, now)
  }
  const children = new Set(profile.nodes.flatMap((node) => node.children ?? []))
  for (const { id } of profile.nodes) if (!children.has(id)) count(id, false)

  let all = 0
  let own = 0
  profile.samples.forEach((id, at) => {
    const name = byId.get(id)?.callFrame.functionName
    if (name === undefined || NOBODYS.has(name)) return
    const us = profile.timeDeltas[at] ?? 0
    all += us
    if (counted.has(id)) own += us
  })
  return all === 0 ? Number.NaN : own / all
}
