/**
 * The peers and Sallyport on the same work in the same run: a legacy client over HTTP with a local server behind, and a
 * legacy host's pipe with a remote server behind. Whoever cannot be installed, started or called right is named with
 * the reason, and the others go on.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../tests/programs/freePort.ts'
import { GATEWAY, SERVER, writeConfig } from '../gateway.ts'
import { startSallyport } from '../http/sallyport.ts'
import { startUpstream } from '../http/suite.ts'
import { TOOL } from '../mcp/messages.ts'
import { startChild } from '../measure/child.ts'
import { descendantsOf } from '../measure/cpu.ts'
import { type Load, startLoad } from '../measure/load.ts'
import { runRounds, type Samples, type Subject } from '../measure/rounds.ts'
import { REQUEST_BYTES, type Workload } from '../workloads.ts'
import { type HttpPeer, PEERS, type StdioPeer } from './catalogue.ts'
import { installPeer } from './install.ts'

export interface PeersSuite {
  readonly workloads: readonly Workload[]
  readonly rounds: number
  warmUp(workload: Workload): number
  progress(text: string): void
}

export interface PeerResults {
  /** Subjects `direct`, `sallyport` and the peers of that side. */
  readonly http: Samples
  readonly stdio: Samples
  /** Peers that are in neither, and why. */
  readonly missing: ReadonlyMap<string, string>
}

const OURS = 'sallyport'
const DIRECT = 'direct'
/** What a peer says that listens already and has nothing to answer with yet, or does not listen yet. */
const STARTING = /ECONNREFUSED|closed the (connection|stream)|HTTP [45]/
const START_MS = 30_000
const localServer = [process.execPath, fileURLToPath(new URL('../stdio/server.ts', import.meta.url))] as const

/** Installs, starts, measures, stops. Rejects only when Sallyport itself cannot be measured. */
export async function runPeersSuite(suite: PeersSuite): Promise<PeerResults> {
  const missing = new Map<string, string>()
  const installed: { readonly peer: HttpPeer | StdioPeer; readonly folder: string }[] = []
  for (const peer of PEERS) {
    suite.progress(`installing ${peer.name} ${peer.version}`)
    const result = await installPeer(peer)
    if (result.ok) installed.push({ peer, folder: result.folder })
    else missing.set(peer.name, result.why)
  }
  const on = <Side extends (HttpPeer | StdioPeer)['side']>(side: Side) =>
    installed.filter(
      (one): one is typeof one & { readonly peer: { readonly side: Side } } => one.peer.side === side,
    )
  const http = await measureHttp(suite, on('http') as { peer: HttpPeer; folder: string }[], missing)
  const stdio = await measureStdio(suite, on('stdio') as { peer: StdioPeer; folder: string }[], missing)
  return { http, stdio, missing }
}

async function measureHttp(
  suite: PeersSuite,
  peers: readonly { readonly peer: HttpPeer; readonly folder: string }[],
  missing: Map<string, string>,
): Promise<Samples> {
  await using stack = new AsyncDisposableStack()
  const load = startLoad(new URL('../http/load.ts', import.meta.url))
  stack.defer(load.close)
  const pipes = startLoad(new URL('../stdio/load.ts', import.meta.url))
  stack.defer(pipes.close)
  // What an answer takes without anybody in between: on the server's own pipe.
  const direct = await pipeSubject(pipes, DIRECT, TOOL, localServer)
  const subjects: Subject[] = [{ ...direct, pids: [] }]
  const gateway = await startSallyport(undefined, [], { server: { command: localServer, era: 'legacy' } })
  stack.defer(gateway.stop)
  subjects.push(httpSubject(load, OURS, gateway.url, 'streamable', TOOL, gateway.pids))
  for (const { peer, folder } of peers) {
    suite.progress(`starting ${peer.name}`)
    const dir = await mkdtemp(join(tmpdir(), 'sallyport-bench-peer-'))
    stack.defer(() => rm(dir, { recursive: true, force: true }))
    const port = await freePort()
    const { args, files = {} } = peer.configure({ folder, port, dir }, localServer)
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
    const child = startChild([process.execPath, join(folder, peer.bin), ...args], {
      ...process.env,
      XDG_CONFIG_HOME: dir,
      XDG_STATE_HOME: dir,
      XDG_DATA_HOME: dir,
    })
    stack.defer(child.stop)
    const url = `http://127.0.0.1:${port}${peer.path}`
    const subject = httpSubject(load, peer.name, url, peer.session, peer.tool(TOOL), [child.pid])
    try {
      await child.until(() => answers(subject), START_MS)
      subjects.push(subject)
    } catch (error) {
      missing.set(peer.name, `cannot be measured: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return await measure(suite, subjects, () => [load.pid, pipes.pid, ...descendantsOf(pipes.pid)])
}

async function measureStdio(
  suite: PeersSuite,
  peers: readonly { readonly peer: StdioPeer; readonly folder: string }[],
  missing: Map<string, string>,
): Promise<Samples> {
  await using stack = new AsyncDisposableStack()
  const upstream = await startUpstream()
  stack.defer(upstream.stop)
  const setup = await writeConfig({ url: upstream.url, era: 'legacy' })
  stack.defer(setup.remove)
  const load = startLoad(new URL('../http/load.ts', import.meta.url))
  stack.defer(load.close)
  const pipes = startLoad(new URL('../stdio/load.ts', import.meta.url))
  stack.defer(pipes.close)
  const subjects: Subject[] = [httpSubject(load, DIRECT, upstream.url, 'streamable', TOOL, [])]
  const ours = [process.execPath, GATEWAY, 'stdio', '--standalone', '--config', setup.configPath] as const
  subjects.push(await pipeSubject(pipes, OURS, `${SERVER}__${TOOL}`, ours))
  for (const { peer, folder } of peers) {
    suite.progress(`starting ${peer.name}`)
    const { args } = peer.configure({ folder, port: 0, dir: setup.dir }, upstream.url)
    try {
      const command = [process.execPath, join(folder, peer.bin), ...args] as const
      const subject = await pipeSubject(pipes, peer.name, TOOL, command)
      if (!(await answers(subject))) throw new Error('its answers are wrong')
      subjects.push(subject)
    } catch (error) {
      missing.set(peer.name, `cannot be measured: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return await measure(suite, subjects, () => [load.pid, upstream.pid])
}

/** The rest of the machine's processes are whatever the subjects started. */
function measure(suite: PeersSuite, subjects: readonly Subject[], others: () => number[]): Promise<Samples> {
  const pids = subjects.flatMap((subject) => subject.pids)
  return runRounds({
    ...suite,
    subjects,
    others: () => [...others().filter((pid) => !pids.includes(pid)), ...pids.flatMap(descendantsOf)],
    random: Math.random,
  })
}

function httpSubject(
  load: Load,
  name: string,
  url: string,
  session: 'streamable' | 'sse',
  tool: string,
  pids: readonly number[],
): Subject {
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
        tool,
        requestBytes: REQUEST_BYTES,
        resultBytes,
        era: 'legacy',
        session,
      }),
  }
}

async function pipeSubject(
  pipes: Load,
  name: string,
  tool: string,
  command: readonly [string, ...string[]],
): Promise<Subject> {
  const pid = await pipes.start({ kind: 'start', target: name, command, era: 'legacy' })
  return {
    name,
    pids: [pid],
    call: ({ parallel, resultBytes }, calls) =>
      pipes.calls({
        kind: 'stdio',
        target: name,
        inFlight: parallel,
        calls,
        tool,
        requestBytes: REQUEST_BYTES,
        resultBytes,
        era: 'legacy',
      }),
  }
}

/** Does it answer a call, and rightly? A peer that is still starting refuses connections. */
async function answers(subject: Subject): Promise<boolean> {
  try {
    const report = await subject.call({ id: 'first', resultBytes: 2048, parallel: 1, calls: 1 }, 1, false)
    return report.wrong === 0
  } catch (error) {
    if (error instanceof Error && STARTING.test(error.message)) return false
    throw error
  }
}
