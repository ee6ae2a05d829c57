/**
 * The command that the suite runs as the client under test: the gateway in front of the suite's server, and a client behind it.
 *
 * `node conformance/client/drive.ts URL`, with MCP_CONFORMANCE_SCENARIO, _PROTOCOL_VERSION and _CONTEXT as the suite sets them.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type MeasuredRevision, REVISIONS } from '../cells.ts'
import { startGateway } from '../programs.ts'
import { openGateClient } from './gateClient.ts'
import { SCENARIOS } from './scenarios.ts'

const url = process.argv.at(-1) ?? ''
const name = process.env.MCP_CONFORMANCE_SCENARIO ?? ''
const revision = (process.env.MCP_CONFORMANCE_PROTOCOL_VERSION ?? '') as MeasuredRevision
const scenario = SCENARIOS[name]
if (scenario === undefined || !(revision in REVISIONS)) {
  process.stderr.write(`no client for scenario "${name}" at revision "${revision}"\n`)
  process.exit(2)
}

const folder = await mkdtemp(join(tmpdir(), 'sallyport-conformance-client-'))
try {
  // The era is configured: several of the suite's servers answer neither server/discover nor a probe.
  const gateway = await startGateway({ url }, REVISIONS[revision], folder)
  try {
    const client = await openGateClient(gateway.url, revision)
    try {
      await scenario(client, JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}'))
    } finally {
      await client.close()
    }
  } finally {
    await gateway.stop()
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
