/**
 * `npm run conformance:auth`: the official suite where it is about authorization: its client scenarios with the gateway
 * signing in at servers, and its `authorization` command against the gateway's own authorization server.
 *
 *   node conformance/auth/run.ts [--client | --server] [SCENARIO]
 *
 * The last line of standard output is one JSON object. Exit 1 when a required scenario does not pass.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runAuthorizationServerSuite } from './authorizationServer.ts'
import { runAuthClient } from './client.ts'

const { values: options, positionals } = parseArgs({
  options: { client: { type: 'boolean', default: false }, server: { type: 'boolean', default: false } },
  allowPositionals: true,
})

const summary: Record<string, unknown> = {}
let alike = true
const row = (name: string, passed: number | string, failed: number | string) =>
  process.stdout.write(`${name.padEnd(28)}${String(passed).padStart(8)}${String(failed).padStart(8)}\n`)
row('', 'passed', 'failed')

if (!options.server) {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-conformance-auth-'))
  try {
    const { figures, failures } = await runAuthClient(folder, positionals[0])
    for (const [revision, { passed, failed }] of Object.entries(figures))
      row(`client ${revision}`, passed, failed)
    for (const failure of failures) process.stdout.write(`${failure}\n`)
    alike = failures.length === 0
    summary.client = figures
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
if (!options.client) {
  // Checks here, not scenarios: the suite has few of them, of many checks each.
  const run = [...(await runAuthorizationServerSuite())].flatMap(([scenario, checks]) =>
    checks.map(({ id, status }) => ({ name: `${scenario} ${id}`, status })),
  )
  const failed = run.filter(({ status }) => status === 'FAILURE')
  const passed = run.filter(({ status }) => status === 'SUCCESS').length
  row('authorization server', passed, failed.length)
  for (const { name } of failed) process.stdout.write(`failed: ${name}\n`)
  alike = alike && failed.length === 0 && passed > 0
  summary.authorization = { passed, failed: failed.length }
}
process.stdout.write(`${JSON.stringify(summary)}\n`)
process.exitCode = alike ? 0 : 1
