/**
 * What a scan found: plain data, from which every format is made. Every text in it may be shown as it is.
 */
import type { ItemKind } from '@sallyport/controls/surface'
import type { FilePlace, ScanFinding } from './finding.ts'

export type TargetKind =
  | 'host-config'
  | 'sallyport-config'
  | 'dump'
  | 'url'
  | 'command'
  | 'npm'
  | 'server-json'
  | 'bundle'
  /** It could not be told what it is. */
  | 'unknown'

export interface ScannedTarget {
  readonly kind: TargetKind
  /** As it was given, or the file that was found. */
  readonly label: string
  /** Absolute; of targets that are files. */
  readonly file?: string
  /** Hosts that read the file, as people call them. */
  readonly hosts: readonly string[]
  readonly scope: 'user' | 'project' | 'managed' | 'given'
  /** Why it, or a part of it, could not be checked; one sentence each. */
  readonly problems: readonly string[]
}

export interface ScannedPackage {
  readonly registry: 'npm' | 'pypi' | 'oci' | 'nuget' | 'mcpb' | 'url'
  readonly name: string
  readonly version?: string
  /** Does the name and version always give the same? */
  readonly pinned: boolean
  /** Subresource integrity (`sha512-...`) of what was looked at. */
  readonly integrity?: string
}

export interface ScannedItem {
  readonly kind: ItemKind
  readonly name: string
  /** `itemDigest`: the pin it would get. */
  readonly digest: string
}

export type ScannedSurface =
  | {
      readonly state: 'read'
      readonly era?: 'legacy' | 'modern'
      readonly items: readonly ScannedItem[]
      /** Entries that are not what the protocol says. */
      readonly malformed: number
      /** What the server calls itself, with its version. */
      readonly serverInfo?: { readonly name: string; readonly version?: string }
    }
  /** `not-started`: nobody said yes. `failed`: it was tried. `none`: there is nothing to start, or it is switched off. */
  | { readonly state: 'not-started' | 'failed' | 'none'; readonly why: string }

export interface ScannedServer {
  /** Of this report: the name, with a number where there are several. */
  readonly id: string
  readonly name: string
  /** Index of its target. */
  readonly target: number
  readonly where?: FilePlace
  /** Claude Code's: the folder of the project it is for. */
  readonly project?: string
  readonly enabled: boolean
  readonly transport: 'stdio' | 'http' | 'none'
  /** Its command line or address. */
  readonly runs: string
  readonly package?: ScannedPackage
  readonly surface: ScannedSurface
}

export interface ScanReport {
  readonly version: string
  /** ISO 8601. */
  readonly scannedAt: string
  readonly targets: readonly ScannedTarget[]
  readonly servers: readonly ScannedServer[]
  readonly findings: readonly ScanFinding[]
}

/** Something that could not be checked: what is unknown is not clean. */
export interface Unchecked {
  /** A server's id, or the label of a target. */
  readonly who: string
  readonly why: string
}

/** Targets that could not be read, and servers that did not start or answer. */
export function uncheckedOf(report: ScanReport): Unchecked[] {
  const targets = report.targets.flatMap(({ label, problems }) =>
    problems.map((why) => ({ who: label, why })),
  )
  const servers = report.servers.flatMap(({ id, surface }) =>
    surface.state === 'not-started' || surface.state === 'failed' ? [{ who: id, why: surface.why }] : [],
  )
  return [...targets, ...servers]
}
