import { matchesGlob } from '@sallyport/controls/patterns'
import type { ServerConfig } from './config.ts'

/** A call may live this many times its deadline when progress or a person's answer keeps it alive, unless `deadlineCap` says otherwise. */
export const HARD_CAP = 10

/** How long a call may take, and the key of the file that says so. */
export interface CallDeadline {
  readonly deadlineMs: number
  /** Within `servers.ID`. */
  readonly key: string
}

/**
 * The deadline of a call: of its tool, where `deadlines` has one that fits, else of its server.
 *
 * @param tool the server's own name; absent: it is no call of a tool
 * @example callDeadline(server, 'build_all') // { deadlineMs: 600000, key: 'deadlines["build_*"]' }
 */
export function callDeadline(
  { deadlineMs, deadlines }: Pick<ServerConfig, 'deadlineMs' | 'deadlines'>,
  tool: string | undefined,
): CallDeadline {
  const own = tool === undefined ? undefined : deadlines?.find(([glob]) => matchesGlob(glob, tool))
  if (own === undefined) return { deadlineMs, key: 'deadline' }
  return { deadlineMs: own[1], key: `deadlines["${own[0]}"]` }
}
