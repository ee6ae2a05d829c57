/**
 * What servers say of themselves, taken apart and inspected: each item by the detection's rules, all servers against one
 * another, and what is not what the protocol says. What is malformed is inspected all the same: a host may show it.
 */
import { hash } from 'node:crypto'
import {
  type Inspection,
  type Inventory,
  inspectItem,
  inspectServer,
  makeInventory,
  type TextFinding,
} from '@sallyport/controls/detection'
import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import {
  findShadowing,
  type ItemKind,
  isSurfaceList,
  itemDigest,
  itemKey,
  itemsOf,
  type MalformedItem,
  SURFACE_LISTS,
  type SurfaceItem,
  type SurfaceMethod,
} from '@sallyport/controls/surface'
import { type ScanFinding, safeText } from '../finding.ts'
import type { ScannedSurface } from '../report.ts'
import { SCAN_RULES } from '../rules.ts'
import type { SurfaceAnswers } from './answers.ts'

export interface ReadSurface {
  /** Of the server in the report. */
  readonly id: string
  readonly surface: SurfaceAnswers
  /** A description, whose tools may lack their schemas. */
  readonly partial: boolean
}

export interface InspectedSurface {
  readonly facts: Extract<ScannedSurface, { state: 'read' }>
  readonly findings: readonly ScanFinding[]
}

/** More findings of one server than these say nothing new. */
const MAX_FINDINGS = 2_000

/** All surfaces of a scan, in order; what is found between servers stands with the one that came later. */
export function inspectSurfaces(surfaces: readonly ReadSurface[]): InspectedSurface[] {
  const taken = surfaces.map((one) => ({ ...one, ...takeApart(one) }))
  const names = new Map(
    taken.map(({ id, items }) => [id, items.filter(({ kind }) => kind === 'tool').map(({ name }) => name)]),
  )
  const inventory = makeInventory(names)
  const shadows = findShadows(taken)
  return taken.map((one) => {
    const { facts, findings } = inspectOne(one, inventory)
    return { facts, findings: [...findings, ...(shadows.get(one.id) ?? [])] }
  })
}

/** Servers that could be taken for one another. One server that several hosts know is one server. */
function findShadows(taken: readonly Taken[]): ReadonlyMap<string, ScanFinding[]> {
  const seen = new Set<string>()
  const different = taken.filter(({ items }) => {
    const key = hash('sha256', items.map(itemDigest).sort().join(' '))
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
  const found = new Map<string, ScanFinding[]>()
  // Nothing is known of how far they are trusted: who was named first counts as the one that was there.
  const surfaces = different.map(({ id, items }) => ({ server: id, trust: 'untrusted' as const, items }))
  for (const { rule, severity, server, item, other, explain } of findShadowing(surfaces)) {
    const finding: ScanFinding = {
      rule,
      severity,
      server,
      where: { kind: 'surface', item: safeText(itemKey(item), 160), pointer: '', digest: itemDigest(item) },
      evidence: safeText(`${item.name} and ${other.item.name} of ${other.server}`),
      explain: safeText(explain, 400),
      advice: 'Connect only one of the two, or let the gateway show each under its server’s name.',
    }
    const own = found.get(server)
    if (own === undefined) found.set(server, [finding])
    else if (own.length < MAX_FINDINGS) own.push(finding)
  }
  return found
}

interface Taken extends ReadSurface {
  readonly items: readonly SurfaceItem[]
  readonly malformed: readonly MalformedItem[]
  /** Malformed entries, as items, to be inspected. */
  readonly strays: readonly SurfaceItem[]
}

function takeApart({ surface, partial }: ReadSurface): Pick<Taken, 'items' | 'malformed' | 'strays'> {
  const items: SurfaceItem[] = []
  const malformed: MalformedItem[] = []
  const strays: SurfaceItem[] = []
  for (const { method, result } of surface.answers) {
    const taken = itemsOf(method, result)
    for (const item of taken.items) items.push(item)
    for (const one of taken.malformed) {
      const stray = strayOf(one, method, result)
      if (stray !== undefined) strays.push(stray)
      if (!(partial && one.reason === 'missing')) malformed.push(one)
    }
  }
  return { items, malformed, strays }
}

function strayOf(one: MalformedItem, method: SurfaceMethod, result: JsonObject): SurfaceItem | undefined {
  const list = isSurfaceList(method) ? result[SURFACE_LISTS[method].member] : undefined
  const value: JsonValue | undefined = Array.isArray(list)
    ? list[one.index]
    : one.kind === 'instructions'
      ? result.instructions
      : result.serverInfo
  // Its size was the fault: it is said, and not read.
  if (value === undefined || one.reason === 'too-large' || one.reason === 'too-deep') return undefined
  return { kind: one.kind, name: one.name ?? String(one.index), value }
}

function inspectOne(taken: Taken, inventory: Inventory): InspectedSurface {
  const { id, items, malformed, strays, surface } = taken
  const inspections = inspectServer(items, { server: id, inventory })
  const findings: ScanFinding[] = []
  const add = (item: SurfaceItem, inspection: Inspection | undefined) => {
    for (const finding of inspection?.findings ?? []) {
      if (findings.length < MAX_FINDINGS) findings.push(surfaceFinding(id, item, finding))
    }
  }
  for (const item of items) add(item, inspections.get(itemKey(item)))
  for (const item of strays) add(item, inspectItem(item, { server: id, inventory }))
  for (const one of malformed) {
    if (findings.length < MAX_FINDINGS) findings.push(malformedFinding(id, one))
  }
  return {
    facts: {
      state: 'read',
      ...(surface.era === undefined ? {} : { era: surface.era }),
      items: items.map((item) => ({
        kind: item.kind,
        name: safeText(item.name, 120),
        digest: itemDigest(item),
      })),
      malformed: malformed.length,
      ...serverInfo(items),
    },
    findings,
  }
}

function surfaceFinding(server: string, item: SurfaceItem, finding: TextFinding): ScanFinding {
  return {
    rule: finding.rule,
    severity: finding.severity,
    server,
    where: {
      kind: 'surface',
      item: safeText(itemKey(item), 160),
      pointer: safeText(finding.where, 300),
      digest: itemDigest(item),
    },
    evidence: safeText(finding.evidence),
    explain: safeText(finding.explain, 400),
    advice: adviceFor(item.kind),
  }
}

function adviceFor(kind: ItemKind): string {
  const what: Readonly<Record<ItemKind, string>> = {
    server: 'what the server calls itself',
    identity: 'where the server is from',
    instructions: 'all of the instructions',
    tool: 'the whole tool',
    prompt: 'the whole prompt',
    resource: 'the whole resource',
    template: 'the whole template',
    skill: 'the whole skill',
  }
  return `Read ${what[kind]}; connect the server only once this is explained.`
}

function malformedFinding(server: string, one: MalformedItem): ScanFinding {
  const { severity, explain, advice } = SCAN_RULES['surface/malformed']
  return {
    rule: 'surface/malformed',
    severity: one.reason === 'missing' ? 'low' : severity,
    server,
    where: {
      kind: 'surface',
      item: safeText(itemKey({ kind: one.kind, name: one.name ?? String(one.index) }), 160),
      pointer: safeText(one.where, 300),
    },
    evidence: safeText(one.explain),
    explain,
    advice,
  }
}

function serverInfo(items: readonly SurfaceItem[]): {
  serverInfo?: { readonly name: string; readonly version?: string }
} {
  const value = items.find(({ kind }) => kind === 'server')?.value
  if (!isObject(value) || typeof value.name !== 'string') return {}
  const version = typeof value.version === 'string' ? { version: safeText(value.version, 80) } : {}
  return { serverInfo: { name: safeText(value.name, 80), ...version } }
}
