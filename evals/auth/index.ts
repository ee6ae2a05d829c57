/**
 * Who may come in, and what becomes of credentials: every case of the table of attacks that has an executable check, run
 * over the wire against real gateways, issuers and servers. See docs/identity.md.
 *
 *   npm run eval:auth [-- PART...]       parts: names of the modules below, or beginnings of case ids
 *
 * Exit 1 when a check is wrong; cases without a check are listed, never counted.
 */
import { existsSync, readFileSync } from 'node:fs'
import type { AuthCheck } from './check.ts'
import * as connector from './connector.ts'
import * as door from './door.ts'
import * as keys from './keys.ts'
import * as resourceServer from './resourceServer.ts'
import * as server from './server.ts'

interface CheckModule {
  readonly checks: readonly AuthCheck[]
  /** Starts what the checks need. */
  open?(): Promise<void>
  close?(): Promise<void>
}

const MODULES: Readonly<Record<string, CheckModule>> = {
  door,
  resourceServer,
  keys,
  server,
  connector,
}

/** The table itself is not part of the repository; without it only our own knowledge of its ids is there. */
const CASES = new URL('../../../shared/reference/data/auth-cases.dev.jsonl', import.meta.url)

interface Wrong {
  readonly id: string
  readonly title: string
  readonly why: string
}

const wanted = process.argv.slice(2)
const ran = new Set<string>()
const wrong: Wrong[] = []
const rows: (readonly [name: string, checks: number, wrong: number, seconds: string])[] = []

for (const [name, module] of Object.entries(MODULES)) {
  const all = wanted.length === 0 || wanted.includes(name)
  const checks = module.checks.filter(({ id }) => all || wanted.some((part) => id.startsWith(part)))
  if (checks.length === 0) continue
  const begunAt = performance.now()
  const before = wrong.length
  await module.open?.()
  try {
    for (const check of checks) {
      ran.add(check.id)
      await check.run().catch((error: unknown) => {
        wrong.push({
          id: check.id,
          title: check.title,
          why: error instanceof Error ? error.message : String(error),
        })
      })
    }
  } finally {
    await module.close?.()
  }
  rows.push([name, checks.length, wrong.length - before, ((performance.now() - begunAt) / 1000).toFixed(1)])
}

process.stdout.write(`${'part'.padEnd(16)}${'checks'.padStart(8)}${'wrong'.padStart(8)}${'s'.padStart(8)}\n`)
for (const [name, checks, failed, seconds] of rows)
  process.stdout.write(
    `${name.padEnd(16)}${String(checks).padStart(8)}${String(failed).padStart(8)}${seconds.padStart(8)}\n`,
  )
for (const { id, title, why } of wrong)
  process.stdout.write(`WRONG ${id} (${title}): ${why.split('\n', 1)[0]}\n`)
if (wanted.length === 0) process.stdout.write(coverage())
process.stdout.write(`${JSON.stringify({ cases: ran.size, wrong: wrong.length })}\n`)
process.exitCode = wrong.length === 0 ? 0 : 1

/** Which cases of the table have a check, and which do not. */
function coverage(): string {
  if (!existsSync(CASES)) return 'the table of cases is not beside the repository: coverage is not known\n'
  const ids = readFileSync(CASES, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { readonly id: string }).id)
  const without = ids.filter((id) => !ran.has(id))
  return `${ids.length - without.length} of ${ids.length} cases of the table have a check; without: ${without.join(' ') || 'none'}\n`
}
