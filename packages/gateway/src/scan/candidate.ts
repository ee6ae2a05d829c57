/**
 * A server that a target names, before it was looked at: what is known of it, and how it can be listed.
 */
import type { ServerConfig } from '../config/config.ts'
import type { HostServer } from '../hosts/readServers.ts'
import type { FilePlace, ScanFinding } from './finding.ts'
import type { ScannedPackage, ScannedTarget } from './report.ts'
import type { SurfaceAnswers } from './surface/answers.ts'
import type { ScanWorld, StartRequest } from './world.ts'

export type Opened =
  | { readonly kind: 'server'; readonly config: ServerConfig; readonly learned?: ScannedPackage }
  /** There is more to be agreed to: what was fetched is to be started. */
  | { readonly kind: 'next'; readonly start: Start; readonly learned?: ScannedPackage }
  | { readonly kind: 'failed'; readonly explain: string }

/** A way to a server that somebody has to agree to. */
export interface Start {
  readonly request: StartRequest
  /** An address that was named to be called: naming it was the agreement. Nothing that runs code here has this. */
  readonly agreed?: true
  /** Called once it was agreed to. */
  open(world: ScanWorld): Promise<Opened>
}

export interface Candidate {
  readonly name: string
  readonly where?: FilePlace
  readonly project?: string
  readonly enabled: boolean
  readonly transport: 'stdio' | 'http' | 'none'
  readonly runs: string
  readonly package?: ScannedPackage
  /** What a file says that the server said. `partial`: a description, whose tools may lack what an answer must have. */
  readonly said?: { readonly surface: SurfaceAnswers; readonly partial: boolean }
  readonly start?: Start
  /** Why there is no `start`. */
  readonly unstartable?: string
  /** The entry it comes from, for checks across all targets, and what is the same for all that start the same. */
  readonly entry?: { readonly server: HostServer; readonly signature: string }
  readonly findings: readonly Omit<ScanFinding, 'server'>[]
}

/** A target once it was read. */
export interface OpenTarget extends ScannedTarget {
  readonly servers: readonly Candidate[]
  /** Of the whole target. */
  readonly findings: readonly Omit<ScanFinding, 'server'>[]
}
