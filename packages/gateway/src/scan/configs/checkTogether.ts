import { pointer } from '../../config/document.ts'
import type { HostServer } from '../../hosts/readServers.ts'
import type { Notice } from './notice.ts'

/** An entry with what it starts, and where it is from. */
export interface Placed {
  readonly server: HostServer
  /** The same for entries that start the same. */
  readonly signature: string
  /** As people would name the place. */
  readonly from: string
  readonly scope: 'user' | 'project' | 'managed' | 'given'
}

/**
 * Servers of one name that are not one server. A project's that takes the name of a user's own is worse than two hosts
 * that differ: whoever wrote the project chose the name.
 *
 * @returns what was noticed, by index of the entry it belongs to
 */
export function checkTogether(entries: readonly Placed[]): Map<number, Notice> {
  const byName = new Map<string, number[]>()
  for (const [index, { server }] of entries.entries()) {
    if (!server.enabled) continue
    const name = server.name.normalize('NFKC').toLowerCase()
    const same = byName.get(name)
    if (same === undefined) byName.set(name, [index])
    else same.push(index)
  }
  const notices = new Map<number, Notice>()
  for (const same of byName.values()) {
    const first = entries[same[0] ?? -1]
    if (first === undefined) continue
    for (const index of same.slice(1)) {
      const other = entries[index]
      if (other === undefined || other.signature === first.signature) continue
      const mixed = (other.scope === 'project') !== (first.scope === 'project')
      notices.set(index, {
        rule: 'config/name-conflict',
        ...(mixed ? { severity: 'medium' } : {}),
        place: other.server.place,
        pointer: pointer(other.server.path),
        evidence: `${other.server.name} is another server in ${first.from}`,
        ...(mixed
          ? {
              explain:
                'A project has a server under the name of one of the user’s own: what was approved for that one may be taken for this one.',
            }
          : {}),
      })
    }
  }
  return notices
}
