/**
 * Flow: how many copied values are found in arguments, how often honest arguments are taken for a copy, how well tools are judged by
 * their names, and what it costs. See docs/flow.md.
 *
 *   npm run eval:flow [-- CASES [SEED]]
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isObject, type JsonObject } from '@sallyport/controls/json'
import { type Agreement, measureAgreement } from './agreement.ts'
import { measureCosts } from './costs.ts'
import { type Document, type FalseAlarms, measureFalseAlarms } from './falseAlarms.ts'
import { measureRecall, type Share } from './recall.ts'

const CORPORA = fileURLToPath(new URL('../../../shared/reference/data/detection/', import.meta.url))

function rows(name: string): JsonObject[] {
  const path = `${CORPORA}${name}.jsonl`
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonObject)
}

const percent = (part: number, of: number): number => (of === 0 ? 0 : Math.round((10_000 * part) / of) / 100)
const round = (value: number): number => Math.round(value * 10) / 10
const printable = (text: string): string => JSON.stringify(text.slice(0, 120)).replace(/[^ -~]/g, '?')
const print = (line = ''): void => void process.stdout.write(`${line}\n`)

function printShares(title: string, shares: ReadonlyMap<string, Share>): void {
  print(title)
  for (const [name, { found, all }] of [...shares].sort(([one], [other]) => one.localeCompare(other))) {
    print(`  ${name.padEnd(12)}${String(all).padStart(8)}${`${percent(found, all)} %`.padStart(10)}`)
  }
}

const [cases = 10_000, seed = 1] = process.argv.slice(2).map(Number)
const documents: Document[] = rows('results_benign').map(({ source, text }) => ({
  source: String(source),
  text: String(text),
}))
const tools = rows('tools_benign').flatMap(({ server, tool }) =>
  isObject(tool) ? [{ server: String(server), definition: tool }] : [],
)
if (documents.length === 0) {
  print(
    'The corpora are not there (../shared/reference/data/detection beside the repository): no false alarms and no agreement are measured.',
  )
  print()
}

const recall = measureRecall(cases, seed)
print(`${cases} copied values, ${recall.all.found} found (${percent(recall.all.found, recall.all.all)} %)`)
printShares('by what was done to them', recall.byChange)
printShares('by kind', recall.byKind)
for (const { kind, changes, value } of recall.missed.slice(0, 8))
  print(`  missed: ${kind} ${changes.join(',')} ${printable(value)}`)
print()

let alarms: FalseAlarms | undefined
let agreement: Agreement | undefined
if (documents.length > 0) {
  alarms = measureFalseAlarms(documents)
  print(
    `${alarms.calls} honest calls after a million characters: ${alarms.callsFlagged} taken for a copy (${percent(alarms.callsFlagged, alarms.calls)} %)`,
  )
  print(
    `${alarms.passages} passages of other documents: ${alarms.passagesFlagged} (${percent(alarms.passagesFlagged, alarms.passages)} %)`,
  )
  for (const sample of alarms.samples.slice(0, 16)) print(`  ${printable(sample)}`)
  print()
  agreement = measureAgreement(tools)
  const same = agreement.tools - agreement.writersMissed - agreement.readersAsked
  print(
    `${agreement.tools} annotated tools: ${same} judged as their authors do (${percent(same, agreement.tools)} %)`,
  )
  print(
    `  writers taken for readers ${agreement.writersMissed} of ${agreement.writers}, readers taken for writers ${agreement.readersAsked} of ${agreement.readers}`,
  )
  for (const sample of agreement.samples.slice(0, 12)) print(`  ${printable(sample)}`)
  print()
}

const costs = measureCosts(documents.map(({ text }) => text))
print(
  `note ${round(costs.noteMicroseconds)} us a result of 2 KB; index ${round(costs.indexMicrosecondsPerKb)} us a KB, in pieces of at most ${round(costs.longestPieceMs)} ms`,
)
print(
  `kept after 1 MB ${round(costs.keptBytes / 1024 / 1024)} MiB; trace of 400 characters p50 ${round(costs.traceP50Microseconds)} us, p99 ${round(costs.traceP99Microseconds)} us`,
)

const shares = (of: ReadonlyMap<string, Share>) =>
  Object.fromEntries([...of].map(([name, { found, all }]) => [name, percent(found, all)]))
print(
  JSON.stringify({
    recall: { cases, percent: percent(recall.all.found, recall.all.all), byChange: shares(recall.byChange) },
    falseAlarms:
      alarms === undefined
        ? null
        : {
            callsPercent: percent(alarms.callsFlagged, alarms.calls),
            passagesPercent: percent(alarms.passagesFlagged, alarms.passages),
          },
    agreement:
      agreement === undefined
        ? null
        : {
            tools: agreement.tools,
            writersMissed: agreement.writersMissed,
            readersAsked: agreement.readersAsked,
          },
    costs: Object.fromEntries(Object.entries(costs).map(([name, value]) => [name, round(value)])),
  }),
)
