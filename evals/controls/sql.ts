/**
 * How well `checkSql` does, measured by what queries do to a live SQLite, on vectors for the three servers, and on honest
 * questions. See docs/sql.md.
 */
import { checkSql, type SqlPolicy } from '../../packages/controls/sql/index.ts'
import { ATTACKS } from './sql/attacks.ts'
import { COMMON, MYSQL, POSTGRESQL, SQLITE } from './sql/benign.ts'
import { fuzzedQueries } from './sql/fuzzed.ts'
import { OWN_VALUES, publishedValues, TEMPLATES } from './sql/injections.ts'
import { openLiveSqlite } from './sql/liveSqlite.ts'

export interface SqlFigures {
  /** Attacks and honest queries together. */
  readonly cases: number
  /** Attacks that were let through. */
  readonly missed: number
  /** Honest queries that were refused. */
  readonly falseAlarms: number
  readonly missedCases: string[]
  readonly falseAlarmCases: string[]
  /** What the cases are: vectors, texts that did harm to a live SQLite, honest queries. */
  readonly vectors: number
  readonly live: number
  readonly honest: number
}

const POLICY = { mode: 'read', tables: { deny: ['secrets'] } } as const

/** Runs everything. Some seconds. */
export async function measureSql(): Promise<SqlFigures> {
  const missedCases = [...missedVectors()]
  const live = measureLive()
  missedCases.push(...live.missed)
  const honest = [...honestQueries()]
  const falseAlarmCases = honest
    .filter(({ text, dialect }) => !checkSql(text, { ...POLICY, dialect }).ok)
    .map(({ text, dialect }) => `${dialect}: ${text}`)
  return {
    cases: ATTACKS.length + live.harmful + honest.length,
    missed: missedCases.length,
    falseAlarms: falseAlarmCases.length,
    missedCases,
    falseAlarmCases,
    vectors: ATTACKS.length,
    live: live.harmful,
    honest: honest.length,
  }
}

function* missedVectors(): Generator<string> {
  for (const { text, dialect, mode, tables, way } of ATTACKS) {
    const policy = { dialect, mode: mode ?? POLICY.mode, tables: tables ?? POLICY.tables }
    if (checkSql(text, policy).ok) yield `${dialect}, ${way}: ${text}`
  }
}

function* honestQueries(): Generator<{ text: string; dialect: SqlPolicy['dialect'] }> {
  const of = { postgresql: POSTGRESQL, mysql: MYSQL, sqlite: SQLITE }
  for (const dialect of ['postgresql', 'mysql', 'sqlite'] as const)
    for (const text of [...COMMON, ...of[dialect]]) yield { text, dialect }
  for (const text of COMMON) yield { text, dialect: 'any' }
}

const FUZZED = 20_000

/** Everything is run; what SQLite did is the truth. */
function measureLive(): { harmful: number; missed: string[] } {
  const live = openLiveSqlite()
  const missed: string[] = []
  let harmful = 0
  try {
    for (const text of liveTexts()) {
      const { ran, statements, changed, tables } = live.run(text)
      if (!ran || !(changed || statements > 1 || tables.has('secrets'))) continue
      harmful++
      for (const dialect of ['sqlite', 'any'] as const)
        if (checkSql(text, { ...POLICY, dialect }).ok) missed.push(`${dialect}, live: ${text}`)
    }
  } finally {
    live.close()
  }
  return { harmful, missed }
}

function* liveTexts(): Generator<string> {
  for (const value of [...OWN_VALUES, ...publishedValues()])
    for (const template of TEMPLATES) yield template(value)
  for (const { text, dialect } of ATTACKS) if (dialect === 'sqlite' || dialect === 'any') yield text
  yield* fuzzedQueries(20_261_128, FUZZED)
}
