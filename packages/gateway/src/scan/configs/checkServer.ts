/**
 * What is wrong with one server's entry, as far as its own text tells. Pure: the machine's files are looked at by
 * `checkFiles.ts`, other entries by `checkTogether.ts`.
 *
 * Cannot know: what the program does with its arguments, and what a launcher it does not know fetches.
 */
import { pointer } from '../../config/document.ts'
import type { HostServer } from '../../hosts/readServers.ts'
import { checkAddresses } from './addresses.ts'
import { checkApprovals } from './approvals.ts'
import { checkContainer } from './containers.ts'
import { checkHidden } from './hidden.ts'
import { launchOf } from './launch.ts'
import type { Notice } from './notice.ts'
import { packageOf } from './packages.ts'
import { checkPaths } from './paths.ts'
import { checkPins } from './pins.ts'
import { findSecrets } from './secrets.ts'
import { checkShells } from './shells.ts'
import { checkVariables } from './variables.ts'

export interface ServerFacts {
  readonly homeDir: string
}

/**
 * @example
 * checkServer(server, { homeDir: '/home/ada' })
 * // [{ rule: 'config/unpinned', place: { line: 4, column: 26 }, evidence: 'npx -y some-server', ... }]
 */
export function checkServer(server: HostServer, facts: ServerFacts): Notice[] {
  const launch = launchOf(server.command)
  const variables = [...server.env, ...launch.variables]
  const launched = packageOf(launch.words)
  return [
    ...checkEntry(server),
    ...checkHidden(server),
    ...findSecrets(server).map((secret) => secret.notice),
    ...checkShells(launch),
    ...checkContainer(launch, facts),
    ...(launched === undefined ? [] : checkPins(launched)),
    ...checkPaths(launch.words, variables, facts),
    ...checkAddresses(server, launch),
    ...checkVariables(variables, launch),
    ...checkApprovals(server.approvals),
  ]
}

function checkEntry(server: HostServer): Notice[] {
  if (server.command.length > 0 || server.url !== undefined) return []
  return [{ rule: 'config/entry', place: server.place, pointer: pointer(server.path), evidence: server.name }]
}
