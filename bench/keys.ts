/**
 * What the check of an API key costs: of a good one, of one with a wrong secret, of one that nobody made.
 *
 * `node bench/keys.ts` prints a table and, as its last line, one JSON object with the same figures. CPU time of this process,
 * the median of interleaved rounds; the aim is 5 microseconds.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKey, type KeyDesk } from '../packages/gateway/src/identity/keys/decideKeys.ts'
import { KeyBook } from '../packages/gateway/src/identity/keys/keyBook.ts'
import { KeyStore } from '../packages/gateway/src/identity/keys/keyStore.ts'
import { newKey } from '../packages/gateway/src/identity/keys/keyText.ts'
import { makePepper } from '../packages/gateway/src/identity/keys/pepper.ts'

const KEYS = 10_000
const ROUNDS = 15
const CHECKS = 20_000

const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-keys-'))
const path = join(folder, 'keys.sqlite')
const peppers = makePepper(join(folder, 'keys.pepper'))
const store = new KeyStore(path)
const [pepper] = peppers
if (pepper === undefined) throw new Error('no pepper was made')
const desk: KeyDesk = {
  store,
  audit: { append: () => Promise.resolve() },
  pepper: () => pepper,
  now: () => Date.now(),
  person: 'bench',
}
const texts: string[] = []
for (let at = 0; at < KEYS; at++) {
  const grant = { name: `key ${at}`, scopes: ['mcp:tools'], networks: at % 2 === 0 ? [] : ['10.0.0.0/8'] }
  texts.push((await createKey(desk, grant)).text)
}
const book = new KeyBook({
  openStore: () => new KeyStore(path),
  peppers: () => peppers,
  now: () => Date.now(),
  monotonic: () => performance.now(),
  fault: (event, explain) => process.stderr.write(`${event}: ${explain}\n`),
})
const unknown = Array.from({ length: 1000 }, () => newKey(randomBytes).text)

const subjects: Readonly<Record<string, () => void>> = {
  good: () => run(texts.filter((_, at) => at % 2 === 0)),
  'good, from a network': () => run(texts.filter((_, at) => at % 2 === 1)),
  unknown: () => run(unknown),
  'no key': () => run(['eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln']),
}

function run(from: readonly string[]): void {
  for (let at = 0; at < CHECKS; at++) book.check(from[at % from.length] ?? '', '10.1.2.3')
}

const figures: Record<string, number[]> = {}
for (let round = 0; round <= ROUNDS; round++) {
  for (const [name, work] of Object.entries(subjects)) {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    // The first round warms up.
    if (round > 0) figures[name] = [...(figures[name] ?? []), (user + system) / CHECKS]
  }
}
const medians = Object.fromEntries(
  Object.entries(figures).map(([name, all]) => [name, all.sort((a, b) => a - b)[ROUNDS >> 1] ?? 0]),
)
for (const [name, us] of Object.entries(medians))
  process.stdout.write(`${name.padEnd(24)} ${us.toFixed(2)} us\n`)
process.stdout.write(`${JSON.stringify({ keyCheckUs: medians })}\n`)
book.close()
store.close()
rmSync(folder, { recursive: true, force: true })
