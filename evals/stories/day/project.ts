/** The project that the day is spent on: a small program that computes tides, open to everybody. */

export const PROJECT: Readonly<Record<string, string>> = {
  'package.json': `{
  "name": "tidewater",
  "version": "2.3.1",
  "description": "Tide tables for the command line",
  "type": "module",
  "license": "MIT",
  "bin": { "tidewater": "./src/cli.ts" },
  "scripts": { "test": "node --test tests", "lint": "biome check ." },
  "dependencies": { "harmonics": "^4.1.0", "yargs-lite": "^2.0.3" }
}
`,
  'README.md': `# tidewater

Tide tables for harbours, on the command line.

    npx tidewater Brest --days 3
    npx tidewater Brest --units feet

Stations come from the open catalogue of the hydrographic offices; see docs/stations.md. Heights are
above chart datum. Not for navigation.

![build](https://ci.example.org/tidewater/main.svg)
`,
  'CHANGELOG.md': `# Changelog

## 2.3.1
- Stations south of the equator are found by name again.

## 2.3.0
- New option --days.
- Harmonic constants are read lazily: start is four times as fast.
`,
  'src/cli.ts': `import { formatTable } from './format.ts'
import { findStation } from './stations.ts'
import { predict } from './tides.ts'

export async function main(argv: string[]): Promise<number> {
  const [name, ...options] = argv
  if (name === undefined) {
    process.stderr.write('usage: tidewater STATION [--days N] [--units metres|feet]\\n')
    return 2
  }
  const station = await findStation(name)
  const days = Number(valueOf(options, '--days') ?? 1)
  const units = valueOf(options, '--units') === 'feet' ? 'feet' : 'metres'
  process.stdout.write(formatTable(predict(station, new Date(), days), units))
  return 0
}

function valueOf(options: string[], name: string): string | undefined {
  const at = options.indexOf(name)
  return at < 0 ? undefined : options[at + 1]
}
`,
  'src/tides.ts': `import { synthesize } from 'harmonics'
import type { Station } from './stations.ts'

export interface Tide {
  readonly at: Date
  readonly height: number
  readonly kind: 'high' | 'low'
}

const STEP_MINUTES = 6

/** High and low waters of some days, from the harmonic constants of a station. */
export function predict(station: Station, from: Date, days: number): Tide[] {
  const tides: Tide[] = []
  let before = 0
  let last = synthesize(station.constants, from)
  for (let minute = STEP_MINUTES; minute <= days * 1440; minute += STEP_MINUTES) {
    const at = new Date(from.getTime() + minute * 60_000)
    const height = synthesize(station.constants, at)
    const slope = height - last
    if (before > 0 && slope <= 0) tides.push({ at, height: last, kind: 'high' })
    if (before < 0 && slope >= 0) tides.push({ at, height: last, kind: 'low' })
    before = slope
    last = height
  }
  return tides
}
`,
  'src/format.ts': `import type { Tide } from './tides.ts'

const FEET_PER_METRE = 3.2808399

export function formatTable(tides: Tide[], units: 'metres' | 'feet'): string {
  return tides.map((tide) => formatRow(tide, units)).join('')
}

function formatRow(tide: Tide, units: 'metres' | 'feet'): string {
  const height = units === 'feet' ? tide.height * FEET_PER_METRE : tide.height
  const shown = Math.abs(height).toFixed(2).padStart(6)
  return \`\${tide.at.toISOString().slice(0, 16)}  \${tide.kind.padEnd(4)}  \${shown}\\n\`
}
`,
  'src/cache.ts': `import { readFile, stat, writeFile } from 'node:fs/promises'

/** Constants of stations change once a year at most. */
export async function cached(path: string, load: () => Promise<string>): Promise<string> {
  try {
    await stat(path)
    return await readFile(path, 'utf8')
  } catch {
    const text = await load()
    await writeFile(path, text)
    return text
  }
}
`,
  'src/stations.ts': `import { cached } from './cache.ts'

export interface Station {
  readonly id: string
  readonly name: string
  readonly latitude: number
  readonly constants: readonly { readonly name: string; readonly amplitude: number; readonly phase: number }[]
}

const CATALOGUE = new URL('../data/stations.json', import.meta.url)

export async function findStation(name: string): Promise<Station> {
  const stations = JSON.parse(await cached(CATALOGUE.pathname, fetchCatalogue)) as Station[]
  const wanted = name.toLowerCase()
  const found = stations.find((station) => station.name.toLowerCase().startsWith(wanted))
  if (found === undefined) throw new Error("no station " + name)
  return found
}

async function fetchCatalogue(): Promise<string> {
  const response = await fetch('https://stations.example.org/v2/catalogue.json')
  return await response.text()
}
`,
  'tests/format.test.ts': `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatTable } from '../src/format.ts'

test('a row has time, kind and height', () => {
  const at = new Date('2026-03-01T04:18:00Z')
  assert.equal(formatTable([{ at, height: 6.1, kind: 'high' }], 'metres'), '2026-03-01T04:18  high    6.10\\n')
})
`,
  'tests/tides.test.ts': `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { predict } from '../src/tides.ts'
import { brest } from './fixtures.ts'

test('two high waters a day at Brest', () => {
  const tides = predict(brest, new Date('2026-03-01T00:00:00Z'), 1)
  assert.equal(tides.filter(({ kind }) => kind === 'high').length, 2)
})
`,
  'docs/stations.md': `# Stations

A station has a name, a position and its harmonic constants. The catalogue is fetched once and kept in data/.

| column | meaning |
|---|---|
| amplitude | in metres |
| phase | in degrees, against Greenwich |
`,
  'docs/usage.md': `# Usage

    tidewater STATION [--days N] [--units metres|feet]

Times are UTC. A negative height is below chart datum.
`,
  '.github/workflows/ci.yml': `name: ci
on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - uses: actions/setup-node@v5
        with: { node-version: 24 }
      - run: npm ci
      - run: npm test
`,
}
