/**
 * The report for people: every server on a line under the place it is from, then the findings, the worst first, one
 * explanation for all that are alike, then what could not be checked.
 */
import { styleText } from 'node:util'
import type { Severity } from '@sallyport/controls/detection'
import type { ItemKind } from '@sallyport/controls/surface'
import type { ScanFinding } from '../finding.ts'
import { type ScannedServer, type ScanReport, uncheckedOf } from '../report.ts'
import { countBySeverity, WORST_FIRST } from './json.ts'

export interface TableStyle {
  readonly color: boolean
  /** Columns of the terminal. */
  readonly width: number
  readonly cwd: string
  readonly homeDir: string
}

type Color = Parameters<typeof styleText>[0]
type Paint = (color: Color, text: string) => string

const COLORS: Readonly<Record<Severity, Color>> = {
  critical: ['bold', 'magenta'],
  high: ['bold', 'red'],
  medium: 'yellow',
  low: 'cyan',
  info: 'dim',
}
const MIN_WIDTH = 60
const MAX_WIDTH = 120
/** Places that are listed for one rule, groups, and servers: beyond, another format has the rest. */
const MAX_PLACES = 20
const MAX_GROUPS = 200
const MAX_SERVERS = 200
const INDENT = ' '.repeat(10)

export function tableReport(report: ScanReport, style: TableStyle): string {
  const paint: Paint = (color, text) =>
    style.color ? styleText(color, text, { validateStream: false }) : text
  const width = Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, style.width))
  const parts = [
    servers(report, paint, width, style),
    findings(report, paint, width, style),
    unchecked(report, paint, width),
  ]
  return `${[...parts.filter((part) => part !== ''), summary(report, paint)].join('\n\n')}\n`
}

function servers(report: ScanReport, paint: Paint, width: number, style: TableStyle): string {
  if (report.targets.length === 0) return 'There is no configuration of a known host here.'
  const worst = worstByServer(report)
  const shown = report.servers.slice(0, MAX_SERVERS)
  const idWidth = Math.min(24, Math.max(4, ...shown.map(({ id }) => id.length)))
  const blocks = report.targets.flatMap((target, index) => {
    const own = shown.filter((server) => server.target === index)
    if (own.length === 0 && target.problems.length === 0 && report.targets.length > 8) return []
    const hosts = target.hosts.length === 0 ? '' : paint('dim', `  ${target.hosts.join(', ')}`)
    const title = `${paint('bold', shortPath(target.label, style))}${hosts}`
    const lines = own.map((server) => serverLine(server, worst.get(server.id), { paint, idWidth, width }))
    if (lines.length === 0) lines.push(paint('dim', '  no servers'))
    return [[title, ...lines].join('\n')]
  })
  const more = report.servers.length - shown.length
  if (more > 0) blocks.push(paint('dim', `… and ${more} more servers (--format json has them all)`))
  return blocks.join('\n\n')
}

function serverLine(
  server: ScannedServer,
  worst: Severity | undefined,
  { paint, idWidth, width }: { readonly paint: Paint; readonly idWidth: number; readonly width: number },
): string {
  const state = stateOf(server)
  const room = Math.max(16, width - idWidth - state.length - 8)
  const runs = cut(server.runs === '' ? '' : server.runs, room)
  return `  ${mark(server, worst, paint)} ${cut(server.id, idWidth).padEnd(idWidth)}  ${paint('dim', runs.padEnd(room))}  ${state}`.trimEnd()
}

function mark(server: ScannedServer, worst: Severity | undefined, paint: Paint): string {
  if (worst === 'critical' || worst === 'high') return paint('red', '✗')
  if (worst === 'medium') return paint('yellow', '!')
  const { state } = server.surface
  if (state === 'not-started' || state === 'failed') return paint('yellow', '?')
  return state === 'none' && !server.enabled ? paint('dim', '-') : paint('green', '✓')
}

const PLURALS: Readonly<Partial<Record<ItemKind, readonly [string, string]>>> = {
  tool: ['tool', 'tools'],
  prompt: ['prompt', 'prompts'],
  resource: ['resource', 'resources'],
  template: ['template', 'templates'],
  skill: ['skill', 'skills'],
}

function stateOf({ surface, enabled }: ScannedServer): string {
  if (surface.state !== 'read') {
    if (!enabled) return 'switched off'
    return surface.state === 'failed' ? 'failed' : 'not started'
  }
  const counts = Object.entries(PLURALS).flatMap(([kind, [one, many]]) => {
    const count = surface.items.filter((item) => item.kind === kind).length
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`]
  })
  if (surface.malformed > 0) counts.push(`${surface.malformed} malformed`)
  return counts.length === 0 ? 'no tools' : counts.join(', ')
}

/** Findings that say the same, together. */
interface Group {
  readonly first: ScanFinding
  readonly all: ScanFinding[]
}

function findings(report: ScanReport, paint: Paint, width: number, style: TableStyle): string {
  const groups = new Map<string, Group>()
  for (const finding of report.findings) {
    const key = JSON.stringify([finding.severity, finding.rule, finding.explain, finding.advice])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { first: finding, all: [finding] })
    else group.all.push(finding)
  }
  const shown = [...groups.values()].slice(0, MAX_GROUPS)
  const blocks = shown.map((group) => findingBlock(group, report, paint, width, style))
  const more = groups.size - shown.length
  if (more > 0) blocks.push(paint('dim', `… and ${more} more kinds of finding (--format json has them all)`))
  return blocks.join('\n\n')
}

function findingBlock(
  { first, all }: Group,
  report: ScanReport,
  paint: Paint,
  width: number,
  style: TableStyle,
): string {
  const { severity, rule, explain, advice } = first
  const count = all.length === 1 ? '' : paint('dim', `  ×${all.length}`)
  const lines = [`${paint(COLORS[severity], severity.padEnd(8))}  ${paint('bold', rule)}${count}`]
  for (const finding of all.slice(0, MAX_PLACES)) {
    lines.push(cutPainted(placeOf(finding, report, style), width, paint))
    if (finding.evidence !== '')
      lines.push(...wrap(finding.evidence, width, `${INDENT}  `).map((line) => paint('dim', line)))
  }
  if (all.length > MAX_PLACES)
    lines.push(paint('dim', `${INDENT}… and ${all.length - MAX_PLACES} more places`))
  lines.push(...wrap(explain, width, INDENT))
  lines.push(...wrap(`→ ${advice}`, width, INDENT).map((line) => paint('green', line)))
  return lines.join('\n')
}

function placeOf({ where, server }: ScanFinding, report: ScanReport, style: TableStyle): string {
  const who = server === undefined ? '' : `${server}  `
  if (where.kind === 'file')
    return `${INDENT}${who}${shortPath(where.file, style)}:${where.line}:${where.column}`
  const at = where.pointer === '' ? '' : ` ${where.pointer}`
  const file = report.servers.find(({ id }) => id === server)?.where
  const from = file === undefined ? '' : `  (${shortPath(file.file, style)}:${file.line})`
  return `${INDENT}${who}${where.item}${at}${from}`
}

function cutPainted(line: string, width: number, paint: Paint): string {
  return paint('cyan', cut(line, width))
}

function unchecked(report: ScanReport, paint: Paint, width: number): string {
  const byReason = new Map<string, string[]>()
  for (const { who, why } of uncheckedOf(report)) {
    const same = byReason.get(why)
    if (same === undefined) byReason.set(why, [who])
    else same.push(who)
  }
  if (byReason.size === 0) return ''
  const lines = [...byReason].slice(0, MAX_PLACES).flatMap(([why, all]) => {
    const more = all.length > MAX_PLACES ? ` and ${all.length - MAX_PLACES} more` : ''
    return wrap(`${all.slice(0, MAX_PLACES).join(', ')}${more}: ${why}`, width, '  ')
  })
  if (byReason.size > MAX_PLACES) lines.push(`  … and ${byReason.size - MAX_PLACES} more reasons`)
  return [paint(['bold', 'yellow'], 'Not checked'), ...lines].join('\n')
}

function summary(report: ScanReport, paint: Paint): string {
  const counts = countBySeverity(report)
  const found = WORST_FIRST.filter((severity) => counts[severity] > 0).map((severity) =>
    paint(COLORS[severity], `${counts[severity]} ${severity}`),
  )
  const servers_ = `${report.servers.length} ${report.servers.length === 1 ? 'server' : 'servers'}`
  const missing = uncheckedOf(report).length
  return [
    servers_,
    found.length === 0 ? paint('green', 'nothing found') : found.join(', '),
    ...(missing === 0 ? [] : [paint('yellow', `${missing} not checked`)]),
  ].join(' · ')
}

function worstByServer(report: ScanReport): ReadonlyMap<string, Severity> {
  const worst = new Map<string, Severity>()
  // Findings come worst first.
  for (const { server, severity } of report.findings) {
    if (server !== undefined && !worst.has(server)) worst.set(server, severity)
  }
  return worst
}

/** A path as people write it. */
function shortPath(path: string, { cwd, homeDir }: TableStyle): string {
  if (cwd !== '/' && path.startsWith(`${cwd}/`)) return path.slice(cwd.length + 1)
  return homeDir !== '/' && path.startsWith(`${homeDir}/`) ? `~${path.slice(homeDir.length)}` : path
}

function cut(text: string, chars: number): string {
  return text.length > chars ? `${text.slice(0, chars - 1)}…` : text
}

/** Lines of at most `width`, broken between words; a word that is longer is broken where it must be. */
function wrap(text: string, width: number, indent: string): string[] {
  const room = width - indent.length
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    let rest = word
    if (line !== '' && line.length + 1 + rest.length > room) {
      lines.push(indent + line)
      line = ''
    }
    while (rest.length > room) {
      lines.push(indent + rest.slice(0, room))
      rest = rest.slice(room)
    }
    line = line === '' ? rest : `${line} ${rest}`
  }
  lines.push(indent + line)
  return lines
}
