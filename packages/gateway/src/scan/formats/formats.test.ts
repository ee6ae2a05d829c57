import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { visible } from '@sallyport/controls/text'
import { Ajv, type ValidateFunction } from 'ajv'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ScanFinding } from '../finding.ts'
import type { ScannedServer, ScanReport } from '../report.ts'
import { SCAN_RULES } from '../rules.ts'
import { cyclonedxReport } from './cyclonedx.ts'
import { jsonReport } from './json.ts'
import { sarifReport } from './sarif.ts'
import { tableReport } from './table.ts'

const load = createRequire(import.meta.url)
const readSchema = (name: string) => JSON.parse(readFileSync(name, 'utf8'))

/** The schemas have names of formats that ajv does not know, and patterns from before Unicode's. */
const LENIENT = { strict: false, validateFormats: false, allErrors: true, unicodeRegExp: false } as const

/** The schema of OASIS, draft 04; of what draft 04 says otherwise it uses its own name only. */
function sarifSchema(): ValidateFunction {
  const {
    $schema: _draft,
    id: _id,
    ...schema
  } = readSchema(
    join(dirname(load.resolve('@microsoft/jest-sarif/package.json')), 'lib/schemas/sarif-2.1.0-rtm.5.json'),
  )
  return new Ajv(LENIENT).compile(schema)
}

function cyclonedxSchema(): ValidateFunction {
  const folder = join(dirname(load.resolve('@cyclonedx/cyclonedx-library/package.json')), 'res/schema')
  const ajv = new Ajv(LENIENT)
  // Named by their files, as the one below refers to them.
  for (const name of ['spdx', 'jsf-0.82', 'cryptography-defs']) {
    const { $id: _id, ...schema } = readSchema(join(folder, `${name}.SNAPSHOT.schema.json`))
    ajv.addSchema(schema, `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`)
  }
  return ajv.compile(readSchema(join(folder, 'bom-1.6.SNAPSHOT.schema.json')))
}

let sarif: ValidateFunction
let cyclonedx: ValidateFunction
beforeAll(() => {
  sarif = sarifSchema()
  cyclonedx = cyclonedxSchema()
})

const file = {
  kind: 'file',
  file: '/home/ada/my project/.mcp.json',
  line: 4,
  column: 9,
  pointer: '/mcpServers/a',
} as const

const servers: readonly ScannedServer[] = [
  {
    id: 'a',
    name: 'a',
    target: 0,
    where: file,
    enabled: true,
    transport: 'stdio',
    runs: 'npx -y @scope/server@1.2.3',
    package: {
      registry: 'npm',
      name: '@scope/server',
      version: '1.2.3',
      pinned: true,
      integrity: `sha512-${'A'.repeat(86)}==`,
    },
    surface: {
      state: 'read',
      era: 'legacy',
      items: [
        { kind: 'server', name: '', digest: 'sha256-00' },
        { kind: 'tool', name: 'read', digest: 'sha256-01' },
      ],
      malformed: 1,
      serverInfo: { name: 'server', version: '9' },
    },
  },
  {
    id: 'far',
    name: 'far',
    target: 0,
    where: { ...file, line: 9 },
    enabled: true,
    transport: 'http',
    runs: 'https://far.example/mcp?…',
    surface: { state: 'failed', why: 'it did not answer' },
  },
  {
    id: 'img',
    name: 'img',
    target: 0,
    enabled: false,
    transport: 'stdio',
    runs: 'docker run img',
    package: { registry: 'oci', name: 'ghcr.io/x/Img', version: '1.0', pinned: false },
    surface: { state: 'none', why: 'it is switched off' },
  },
  {
    id: 'py',
    name: 'py',
    target: 2,
    enabled: true,
    transport: 'stdio',
    runs: 'uvx My_Server',
    package: { registry: 'pypi', name: 'My_Server', pinned: false },
    surface: { state: 'not-started', why: 'not started' },
  },
]

const findings: readonly ScanFinding[] = [
  ...Object.entries(SCAN_RULES).map(
    ([rule, { severity, explain, advice }]): ScanFinding => ({
      rule,
      severity,
      server: 'a',
      where: file,
      evidence: 'npx -y x',
      explain,
      advice,
    }),
  ),
  {
    rule: 'poison/secrecy',
    severity: 'high',
    server: 'a',
    where: { kind: 'surface', item: 'tool/read', pointer: '/description', digest: 'sha256-01' },
    evidence: 'do not tell the user',
    explain: 'It asks for secrecy.',
    advice: 'Read it.',
  },
  {
    rule: 'bundle/size',
    severity: 'high',
    where: { ...file, file: '/elsewhere/b.mcpb!manifest.json' },
    evidence: '',
    explain: 'x.',
    advice: 'y.',
  },
  {
    rule: 'poison/secrecy',
    severity: 'low',
    server: 'py',
    where: { kind: 'surface', item: 'instructions', pointer: '' },
    evidence: 'e',
    explain: 'z.',
    advice: 'w.',
  },
]

const report: ScanReport = {
  version: '0.1.0',
  scannedAt: '2026-11-28T00:00:00.000Z',
  targets: [
    {
      kind: 'host-config',
      label: '/home/ada/my project/.mcp.json',
      file: '/home/ada/my project/.mcp.json',
      hosts: ['Claude Code', 'Cursor'],
      scope: 'project',
      problems: [],
    },
    {
      kind: 'unknown',
      label: 'missing.json',
      hosts: [],
      scope: 'given',
      problems: ['there is no such file'],
    },
    { kind: 'command', label: 'uvx My_Server', hosts: [], scope: 'given', problems: [] },
  ],
  servers,
  findings,
}
const empty: ScanReport = { ...report, targets: [], servers: [], findings: [] }
const options = { cwd: '/home/ada/my project', means: { 'poison/secrecy': 'It asks for secrecy.' } }

describe('SARIF', () => {
  it.each([
    ['of everything', report],
    ['of nothing', empty],
  ] as const)('%s is valid against the schema of OASIS', (_what, one) => {
    const log = JSON.parse(sarifReport(one, options))
    expect(sarif(log), JSON.stringify(sarif.errors)).toBe(true)
  })

  it('would not be, were it wrong', () => {
    const log = JSON.parse(sarifReport(report, options))
    log.runs[0].results[0].level = 'fatal'
    expect(sarif(log)).toBe(false)
  })

  it('says where each finding is, in files and in servers', () => {
    const [run] = JSON.parse(sarifReport(report, options)).runs
    const locationsOf = (rule: string) =>
      run.results
        .filter((one: { ruleId: string }) => one.ruleId === rule)
        .map((one: { locations: unknown[] }) => one.locations[0])
    expect(locationsOf('config/shell')).toEqual([
      {
        physicalLocation: {
          artifactLocation: { uri: '.mcp.json', uriBaseId: 'SRCROOT' },
          region: { startLine: 4, startColumn: 9 },
        },
        logicalLocations: [{ fullyQualifiedName: 'a', kind: 'module' }],
      },
    ])
    expect(locationsOf('poison/secrecy')).toMatchObject([
      {
        physicalLocation: { region: { startLine: 4 } },
        logicalLocations: [{ fullyQualifiedName: 'a/tool/read/description', kind: 'function' }],
      },
      { logicalLocations: [{ fullyQualifiedName: 'py/instructions' }] },
    ])
    expect(locationsOf('bundle/size')[1]).toMatchObject({
      physicalLocation: { artifactLocation: { uri: 'file:///elsewhere/b.mcpb' } },
    })
    expect(run.originalUriBaseIds.SRCROOT.uri).toBe('file:///home/ada/my%20project/')
  })

  it('names places by addresses that are ones, without what stood in a query', () => {
    const url: ScanReport = {
      ...report,
      targets: [
        { kind: 'url', label: 'https://far.example/mcp?…', hosts: [], scope: 'given', problems: [] },
        { kind: 'dump', label: 'x', file: '/tmp/a b\\u{1b}ü%.json', hosts: [], scope: 'given', problems: [] },
      ],
      servers: [0, 1].map((target) => ({ ...(servers[3] as ScannedServer), id: `s${target}`, target })),
      findings: [0, 1].map((target) => ({ ...(findings.at(-1) as ScanFinding), server: `s${target}` })),
    }
    const log = JSON.parse(sarifReport(url, options))
    expect(sarif(log)).toBe(true)
    const uris = [...JSON.stringify(log).matchAll(/"uri":"([^"]*)"/g)].map(([, uri]) => uri)
    expect(uris).toEqual([
      'file:///home/ada/my%20project/',
      'https://far.example/mcp',
      'file:///tmp/a%20b%5Cu%7B1b%7D%C3%BC%25.json',
    ])
  })

  it('every rule has help, and every result its rule', () => {
    const [run] = JSON.parse(sarifReport(report, options)).runs
    for (const rule of run.tool.driver.rules) {
      expect(rule.help.text.length).toBeGreaterThan(10)
      expect(rule.shortDescription.text).not.toBe(rule.id)
    }
    for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex].id).toBe(ruleId)
    expect(run.invocations[0]).toMatchObject({ executionSuccessful: false })
    expect(run.invocations[0].toolExecutionNotifications).toHaveLength(3)
  })

  it('keeps its fingerprints when lines move, and gives another one to another finding', () => {
    const printsOf = (one: ScanReport): string[] =>
      JSON.parse(sarifReport(one, options)).runs[0].results.map(
        (result: { partialFingerprints: Record<string, string> }) =>
          result.partialFingerprints['sallyport/v1'],
      )
    const moved = findings.map((finding) =>
      finding.where.kind === 'file' ? { ...finding, where: { ...finding.where, line: 40 } } : finding,
    )
    expect(printsOf({ ...report, findings: moved })).toEqual(printsOf(report))
    expect(new Set(printsOf(report)).size).toBe(findings.length)
  })
})

describe('CycloneDX', () => {
  it.each([
    ['of everything', report],
    ['of nothing', empty],
  ] as const)('%s is valid against its schema', (_what, one) => {
    const bom = JSON.parse(cyclonedxReport(one))
    expect(cyclonedx(bom), JSON.stringify(cyclonedx.errors)).toBe(true)
  })

  it('would not be, were it wrong', () => {
    const bom = JSON.parse(cyclonedxReport(report))
    bom.components[0].type = 'server'
    expect(cyclonedx(bom)).toBe(false)
  })

  it('has a component for what runs here, a service for what does not, and the digests of all they say', () => {
    const bom = JSON.parse(cyclonedxReport(report))
    expect(
      bom.components.map(({ name, version, purl }: Record<string, string>) => [name, version, purl]),
    ).toEqual([
      ['@scope/server', '1.2.3', 'pkg:npm/%40scope/server@1.2.3'],
      ['ghcr.io/x/Img', undefined, 'pkg:oci/img?repository_url=ghcr.io%2Fx%2Fimg&tag=1.0'],
      ['My_Server', undefined, 'pkg:pypi/my-server'],
    ])
    expect(bom.components[0].hashes).toEqual([{ alg: 'SHA-512', content: '00'.repeat(64) }])
    expect(bom.components[0].properties).toContainEqual({
      name: 'sallyport:item:tool',
      value: 'read sha256-01',
    })
    expect(bom.services).toMatchObject([{ name: 'far', endpoints: ['https://far.example/mcp'] }])
    expect(cyclonedxReport(report)).toBe(cyclonedxReport(report))
  })
})

describe('JSON', () => {
  it('has everything, and counts it', () => {
    const read = JSON.parse(jsonReport(report))
    expect(read.summary).toMatchObject({ targets: 3, servers: 4, unchecked: 3 })
    expect(read.findings).toHaveLength(findings.length)
    expect(read.unchecked).toContainEqual({ who: 'missing.json', why: 'there is no such file' })
  })
})

describe('the table', () => {
  const style = { color: false, width: 80, cwd: '/home/ada/my project', homeDir: '/home/ada' }

  it('is never wider than the terminal, and says each explanation once', () => {
    const table = tableReport({ ...report, findings: [...findings, ...findings] }, style)
    for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    expect(table.match(/Name one exact version/g)).toHaveLength(1)
    expect(table).toContain('×2')
    expect(visible(table.replaceAll('\n', ' '))).toBe(table.replaceAll('\n', ' '))
  })

  it('shows where, what, why and what to do, and what was not checked', () => {
    const table = tableReport(
      { ...report, findings: findings.filter(({ rule }) => rule === 'poison/secrecy') },
      style,
    )
    expect(table).toMatch(/✗ a +npx -y @scope\/server@1\.2\.3 +1 tool, 1 malformed/)
    expect(table).toMatch(/\? far .* failed/)
    expect(table).toMatch(/- img .* switched off/)
    expect(table).toContain('a  tool/read /description  (.mcp.json:4)')
    expect(table).toContain('do not tell the user')
    expect(table).toContain('→ Read it.')
    expect(table).toMatch(/Not checked\n {2}missing\.json: there is no such file/)
    expect(table).toContain('4 servers · 1 high, 1 low · 3 not checked')
  })

  it('of nothing says so', () => {
    expect(tableReport(empty, style)).toBe(
      'There is no configuration of a known host here.\n\n0 servers · nothing found\n',
    )
  })

  it('has colours only when asked, and no other sequences', () => {
    const colored = tableReport(report, { ...style, color: true })
    expect(colored).toContain('\u001b[')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences are the subject
    expect(colored.replaceAll(/\u001b\[[\d;]*m/g, '')).toBe(tableReport(report, style))
  })

  it('of ten thousand servers fits on some screens', () => {
    const many = Array.from(
      { length: 10_000 },
      (_, index): ScannedServer => ({ ...(servers[0] as ScannedServer), id: `s${index}`, target: 0 }),
    )
    const each = many.flatMap(({ id }) => findings.slice(0, 3).map((finding) => ({ ...finding, server: id })))
    const table = tableReport({ ...report, servers: many, findings: each }, style)
    expect(table.split('\n').length).toBeLessThan(600)
    expect(table).toContain('10000 servers')
  })
})
