import { pointer } from '../../config/document.ts'
import type { Approval } from '../../hosts/readServers.ts'
import type { Notice } from './notice.ts'

/** Words in a tool's name that say it changes, sends or runs something. */
const ACTS = new Set(
  (
    'add append apply archive assign book buy call cancel clear click close commit copy create delete deploy destroy ' +
    'disable drop edit email erase exec execute fill forward grant insert install invite kill launch mail merge modify ' +
    'move navigate order overwrite patch pay post publish purchase purge push put remove rename replace reply reset ' +
    'restart restore revert revoke rm run send set share shell shutdown sign spawn start stop submit sudo terminal ' +
    'terminate transfer trigger truncate uninstall unlink update upload upsert wipe withdraw write'
  ).split(' '),
)

/** Tools that are called without asking: all of them, or some that act. Reading ones are what such lists are for. */
export function checkApprovals(approvals: readonly Approval[]): Notice[] {
  return approvals.flatMap(({ tool, place, path }): Notice[] => {
    const at = { place, pointer: pointer(path), evidence: tool }
    if (tool.includes('*')) return [{ ...at, rule: 'config/approve-all', evidence: allowed(tool, path) }]
    return acts(tool) ? [{ ...at, rule: 'config/approve-write' }] : []
  })
}

/** `trust: true` has no name to show: the key is what a person finds. */
function allowed(tool: string, path: Approval['path']): string {
  const key = path.findLast((part) => typeof part === 'string') ?? ''
  return `${key}: ${tool}`
}

/** @example acts('deleteRepo') // true; likewise 'fs_write', 'Run-Query' */
export function acts(tool: string): boolean {
  return tool
    .slice(0, 256)
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .some((word) => ACTS.has(word))
}
