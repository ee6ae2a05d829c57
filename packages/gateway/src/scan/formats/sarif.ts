/**
 * The findings as SARIF 2.1.0 (OASIS Standard), for code scanning services: stable rule ids with help, where each finding is
 * in a file and in a server, and fingerprints that survive edits around it.
 */
import { createHash } from 'node:crypto'
import { isAbsolute, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Severity } from '@sallyport/controls/detection'
import type { ScanFinding } from '../finding.ts'
import { type ScannedServer, type ScanReport, uncheckedOf } from '../report.ts'
import { SCAN_RULES, type ScanRule } from '../rules.ts'

export const SARIF_SCHEMA =
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
}
/** What GitHub sorts by: CVSS-like, as text. */
const SCORES: Readonly<Record<Severity, string>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '3.0',
  info: '0.0',
}

export interface SarifOptions {
  /** Paths below it are written relative to it. */
  readonly cwd: string
  /** What the rules of other parts mean, by id: one sentence each. */
  readonly means: Readonly<Record<string, string>>
}

export function sarifReport(report: ScanReport, options: SarifOptions): string {
  const ids = [...new Set(report.findings.map(({ rule }) => rule))].sort()
  const servers = new Map(report.servers.map((server) => [server.id, server]))
  const problems = uncheckedOf(report).map(({ who, why }) => `${who}: ${why}`)
  return JSON.stringify({
    $schema: SARIF_SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Sallyport',
            semanticVersion: report.version,
            version: report.version,
            rules: ids.map((id) => ruleOf(id, report, options)),
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { SRCROOT: { uri: `${pathToFileURL(options.cwd).href.replace(/\/$/, '')}/` } },
        invocations: [
          {
            executionSuccessful: problems.length === 0,
            endTimeUtc: report.scannedAt,
            toolExecutionNotifications: problems.map((text) => ({ level: 'warning', message: { text } })),
          },
        ],
        results: report.findings.map((finding) =>
          resultOf(finding, ids.indexOf(finding.rule), servers.get(finding.server ?? ''), report, options),
        ),
      },
    ],
  })
}

function ruleOf(id: string, report: ScanReport, { means }: SarifOptions): object {
  const known: ScanRule | undefined = Object.hasOwn(SCAN_RULES, id)
    ? SCAN_RULES[id as keyof typeof SCAN_RULES]
    : undefined
  const first = report.findings.find(({ rule }) => rule === id)
  const severity = known?.severity ?? first?.severity ?? 'medium'
  const short = known?.means ?? means[id] ?? first?.explain ?? id
  const explain = known?.explain ?? first?.explain ?? short
  const advice = known?.advice ?? first?.advice ?? ''
  const tags = ['security', ...(known?.cwe === undefined ? [] : [`external/cwe/cwe-${known.cwe}`])]
  return {
    id,
    name: pascalCase(id),
    shortDescription: { text: short },
    fullDescription: { text: explain },
    help: {
      text: `${short} ${explain} ${advice}`.trim(),
      markdown: `${short}\n\n**Why:** ${explain}\n\n**What to do:** ${advice}`,
    },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { tags, 'security-severity': SCORES[severity], precision: 'high' },
  }
}

function pascalCase(id: string): string {
  return id
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}

function resultOf(
  finding: ScanFinding,
  ruleIndex: number,
  server: ScannedServer | undefined,
  report: ScanReport,
  options: SarifOptions,
): object {
  const { rule, severity, evidence, explain, advice } = finding
  const quoted = evidence === '' ? '' : ` Found: ${evidence}`
  return {
    ruleId: rule,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: `${explain} ${advice}${quoted}` },
    locations: [locationOf(finding, server, report, options)],
    partialFingerprints: { 'sallyport/v1': fingerprint(finding, server) },
    properties: { severity },
  }
}

function locationOf(
  { where, server: id }: ScanFinding,
  server: ScannedServer | undefined,
  report: ScanReport,
  { cwd }: SarifOptions,
): object {
  const file = where.kind === 'file' ? where : server?.where
  const target = server === undefined ? undefined : report.targets[server.target]
  const artifact = file?.file ?? target?.file ?? (target?.kind === 'url' ? target.label : undefined)
  const logical =
    where.kind === 'surface'
      ? {
          fullyQualifiedName: [id, where.item].filter(Boolean).join('/') + where.pointer,
          kind: kindOf(where.item),
        }
      : id === undefined
        ? undefined
        : { fullyQualifiedName: id, kind: 'module' }
  return {
    ...(artifact === undefined
      ? {}
      : {
          physicalLocation: {
            artifactLocation: artifactOf(artifact, cwd),
            ...(file === undefined ? {} : { region: { startLine: file.line, startColumn: file.column } }),
          },
        }),
    ...(logical === undefined ? {} : { logicalLocations: [logical] }),
  }
}

function kindOf(item: string): string {
  return item.startsWith('tool/') || item.startsWith('prompt/') ? 'function' : 'resource'
}

/** What lies inside a bundle is shown as the bundle: there is no file of its own to open. */
function artifactOf(path: string, cwd: string): object {
  // What stood in the query is not shown, since it may be a key.
  if (/^https?:/i.test(path)) return { uri: encodeURI(path.replace(/\?…$/, '')) }
  const file = path.split('!')[0] ?? path
  const inside = relative(cwd, file)
  if (inside !== '' && !inside.startsWith('..') && !isAbsolute(inside))
    return { uri: inside.split(sep).map(encodeURIComponent).join('/'), uriBaseId: 'SRCROOT' }
  return { uri: pathToFileURL(file).href }
}

/** The same finding tomorrow, though lines moved; a surface's changes with the item, as its pin does. */
function fingerprint(
  { rule, where, evidence, server: id }: ScanFinding,
  server: ScannedServer | undefined,
): string {
  const what =
    where.kind === 'file'
      ? [rule, server?.name ?? '', where.pointer, evidence]
      : [rule, id ?? '', where.item, where.pointer, where.digest ?? evidence]
  return createHash('sha256').update(JSON.stringify(what)).digest('hex')
}
