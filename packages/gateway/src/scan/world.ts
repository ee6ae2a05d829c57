/**
 * What a scan needs from around it. Nothing is started, called or fetched but through `ask`.
 */
import type { Log } from '../log.ts'
import type { Guardian } from '../upstream/guardian.ts'
import type { HttpPools } from '../upstream/http.ts'
import type { Scratch } from './scratch.ts'

/** Something that a person has to agree to. */
export interface StartRequest {
  readonly kind: 'start' | 'connect' | 'download'
  /** The command line or address, safe to show. */
  readonly say: string
  /** Which server it is for. */
  readonly server: string
}

/** One answer a request, in order; `undefined` when there is nobody to ask. */
export type Ask = (requests: readonly StartRequest[]) => Promise<readonly boolean[] | undefined>

export interface ScanWorld {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homeDir: string
  readonly cwd: string
  /** The gateway's own configuration, where `--config` names it. */
  readonly path?: string
  readonly ask: Ask
  /** False: configurations are checked, and nothing is started or asked for. */
  readonly mayStart: boolean
  /** For one server, from its start to its last list. */
  readonly deadlineMs: number
  /** What is going on, for people. */
  readonly progress: (text: string) => void
  /** Ends everything. */
  readonly signal: AbortSignal
  readonly guardian: Guardian
  readonly pools: HttpPools
  readonly log: Log
  readonly scratch: Scratch
  /** Monotonic, in milliseconds. */
  readonly now: () => number
  readonly wallClock: () => Date
}
