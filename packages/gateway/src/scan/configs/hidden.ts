import { findHidden, isDecisive, type TextUse } from '@sallyport/controls/text'
import { pointer } from '../../config/document.ts'
import type { HostServer, Spot } from '../../hosts/readServers.ts'
import type { Notice } from './notice.ts'

/** What a person cannot see in what is shown as the entry. Arguments may hold any text, names may not. */
export function checkHidden(server: HostServer): Notice[] {
  const name: Spot = { value: server.name, place: server.place, path: server.path }
  const names = [...server.env, ...server.headers].map((one) => ({ ...one, value: one.name }))
  const [program, ...args] = server.command
  const texts = [...args, ...(server.url === undefined ? [] : [server.url])]
  return [
    ...[name, ...names, ...(program === undefined ? [] : [program])].flatMap((spot) =>
      hiddenIn(spot, 'name'),
    ),
    ...texts.flatMap((spot) => hiddenIn(spot, 'prose')),
  ]
}

function hiddenIn(spot: Spot, use: TextUse): Notice[] {
  const found = findHidden(spot.value, use).find(isDecisive)
  if (found === undefined) return []
  return [
    {
      rule: 'config/hidden-text',
      severity: found.severity,
      place: spot.place,
      pointer: pointer(spot.path),
      evidence: spot.value,
      explain: `${found.explain.replace(/\.$/, '')}; what a person reads in the file is not what the host runs.`,
    },
  ]
}
