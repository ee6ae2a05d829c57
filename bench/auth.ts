/**
 * What it costs a call to say who is calling: without a credential, with a token that is known, with an API key.
 *
 * `npm run bench:auth [-- --rounds N]` runs three gateways in interleaved rounds and prints the CPU of a call with the ratio
 * to one without a credential; the aim is 1.1. The last line is one JSON object with the same figures. What the check of a
 * key costs by itself is `bench/keys.ts`.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startTestIssuer } from '../packages/gateway/src/identity/testing/testIssuer.ts'
import { GATEWAY } from './gateway.ts'
import { startSallyport } from './http/sallyport.ts'
import { startUpstream } from './http/suite.ts'
import { TOOL } from './mcp/messages.ts'
import { startLoad } from './measure/load.ts'
import { runRounds, type Subject } from './measure/rounds.ts'
import { table } from './report.ts'
import { HTTP_WORKLOADS, REQUEST_BYTES, WARM_UP } from './workloads.ts'

const IDS = ['1 KB x 1', '1 KB x 16']
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '9' } } })
const publicUrl = 'http://127.0.0.1:7337'

await using stack = new AsyncDisposableStack()
const home = mkdtempSync(join(tmpdir(), 'sallyport-bench-auth-'))
stack.defer(() => rmSync(home, { recursive: true, force: true }))
const env = { PATH: process.env.PATH, HOME: home }
const issuer = await startTestIssuer({ audience: `${publicUrl}/mcp` })
stack.defer(() => issuer.close())
const key = execFileSync(process.execPath, [GATEWAY, 'keys', 'create', 'bench'], {
  env,
  encoding: 'utf8',
}).trim()
const token = issuer.token({
  aud: `${publicUrl}/mcp`,
  scope: 'mcp',
  exp: Math.floor(Date.now() / 1000) + 3600,
})

const upstream = await startUpstream()
stack.defer(upstream.stop)
const load = startLoad(new URL('http/load.ts', import.meta.url))
stack.defer(load.close)
const subjects = [
  await subject('none', undefined, {}),
  await subject('token', token, { auth: { publicUrl, issuers: [{ issuer: issuer.url }] } }),
  await subject('key', key, { auth: { publicUrl, keys: {} } }),
]

const workloads = HTTP_WORKLOADS.filter(({ id }) => IDS.includes(id))
const samples = await runRounds({
  subjects,
  workloads,
  rounds: Number(values.rounds),
  warmUp: () => WARM_UP.small,
  others: () => [load.pid, upstream.pid],
  random: Math.random,
  progress: () => {},
})

const figures: Record<string, Record<string, number>> = {}
const rows = workloads.map(({ id }) => {
  const cpu = (name: string) =>
    samples.spread(id, name, ({ cpuUsPerCall }) => cpuUsPerCall)?.median ?? Number.NaN
  const ratio = (name: string) => cpu(name) / cpu('none')
  figures[id] = { token: ratio('token'), key: ratio('key') }
  return [
    id,
    ...subjects.map(({ name }) => cpu(name).toFixed(1)),
    ratio('token').toFixed(3),
    ratio('key').toFixed(3),
  ]
})
const head = ['workload', ...subjects.map(({ name }) => `CPU us ${name}`), 'token / none', 'key / none']
process.stdout.write(`${table([head, ...rows])}\n${JSON.stringify({ cpuVsOpen: figures })}\n`)

async function subject(name: string, credential: string | undefined, more: object): Promise<Subject> {
  const { url, pids, stop } = await startSallyport(new URL(upstream.url), [], { env, more })
  stack.defer(stop)
  return {
    name,
    pids,
    call: ({ parallel, resultBytes }, calls, keep) =>
      load.calls({
        kind: 'http',
        url,
        connections: parallel,
        calls,
        keep,
        tool: TOOL,
        requestBytes: REQUEST_BYTES,
        resultBytes,
        ...(credential === undefined ? {} : { credential }),
      }),
  }
}
