/**
 * The peers and Sallyport on the same work in the same run: a legacy client over HTTP with a local server behind, the same with a
 * remote one, and a legacy host's pipe with a remote server. Over HTTP a relay that does nothing else goes with them, as the floor.
 * Whoever cannot be installed or started, or answers its first call wrong, is named with the reason, and the others go on.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../tests/programs/freePort.ts'
import { GATEWAY, SERVER, writeConfig } from '../gateway.ts'
import { startSallyport } from '../http/sallyport.ts'
import { startBareProxy, startUpstream } from '../http/suite.ts'
import type { HttpTarget } from '../http/target.ts'
import { TOOL } from '../mcp/messages.ts'
import { startChild } from '../measure/child.ts'
import { descendantsOf } from '../measure/cpu.ts'
import { type Load, startLoad } from '../measure/load.ts'
import { runRounds, type Samples, type Subject } from '../measure/rounds.ts'
import { REQUEST_BYTES, type Workload } from '../workloads.ts'
import { type HttpPeer, PEERS, type Place, type Setup, type StdioPeer } from './catalogue.ts'
import { installPeer } from './install.ts'

export interface PeersSuite {
  readonly workloads: readonly Workload[]
  readonly rounds: number
  warmUp(workload: Workload): number
  progress(text: string): void
}

/** Subjects `direct`, `sallyport`, the floor over HTTP, and the peers that can stand there. */
export interface PeerResults {
  /** Clients over HTTP, a local server. */
  readonly local: Samples
  /** Clients over HTTP, a remote server. */
  readonly remote: Samples
  /** A host's pipe, a remote server. */
  readonly pipe: Samples
  /** Peers that could not be measured, with the way if it is one of several, and why. */
  readonly missing: ReadonlyMap<string, string>
}

/** Before a local server a relay that reads ids and nothing else (`bareRelay.ts`), before a remote one the bare proxy, which reads nothing. */
export const FLOOR = 'bare relay'
const OURS = 'sallyport'
const DIRECT = 'direct'
/** What a peer says that listens already and has nothing to answer with yet, or does not listen yet. */
const STARTING = /ECONNREFUSED|closed the (connection|stream)|HTTP [45]/
const START_MS = 30_000
const localServer = [process.execPath, fileURLToPath(new URL('../stdio/server.ts', import.meta.url))] as const

type Installed<Peer> = readonly { readonly peer: Peer; readonly folder: string }[]

/** Installs, starts, measures, stops. Rejects only when Sallyport itself cannot be measured. */
export async function runPeersSuite(suite: PeersSuite): Promise<PeerResults> {
  const missing = new Map<string, string>()
  const http: { readonly peer: HttpPeer; readonly folder: string }[] = []
  const stdio: { readonly peer: StdioPeer; readonly folder: string }[] = []
  for (const peer of PEERS) {
    suite.progress(`installing ${peer.name} ${peer.version}`)
    const result = await installPeer(peer)
    if (!result.ok) missing.set(peer.name, result.why)
    else if (peer.side === 'http') http.push({ peer, folder: result.folder })
    else stdio.push({ peer, folder: result.folder })
  }
  const local = await measureLocal(suite, http, missing)
  const remote = await measureRemote(suite, http, missing)
  const pipe = await measurePipe(suite, stdio, missing)
  return { local, remote, pipe, missing }
}

async function measureLocal(
  suite: PeersSuite,
  peers: Installed<HttpPeer>,
  missing: Map<string, string>,
): Promise<Samples> {
  await using stack = new AsyncDisposableStack()
  const load = startLoad(new URL('../http/load.ts', import.meta.url))
  stack.defer(load.close)
  const pipes = startLoad(new URL('../stdio/load.ts', import.meta.url))
  stack.defer(pipes.close)
  // What an answer takes without anybody in between: on the server's own pipe.
  const direct = await pipeSubject(pipes, DIRECT, TOOL, localServer)
  const floor = await startBareRelay()
  stack.defer(floor.stop)
  const gateway = await startSallyport(undefined, [], { server: { command: localServer, era: 'legacy' } })
  stack.defer(gateway.stop)
  const subjects = [
    { ...direct, pids: [] },
    httpSubject(load, FLOOR, floor.url, 'streamable', TOOL, floor.pids),
    httpSubject(load, OURS, gateway.url, 'streamable', TOOL, gateway.pids),
    ...(await httpPeers({ suite, stack, load, missing, peers, way: 'local server' }, (peer, place) =>
      peer.local(place, localServer),
    )),
  ]
  return await measure(suite, subjects, () => [load.pid, pipes.pid, ...descendantsOf(pipes.pid)])
}

async function measureRemote(
  suite: PeersSuite,
  peers: Installed<HttpPeer>,
  missing: Map<string, string>,
): Promise<Samples> {
  await using stack = new AsyncDisposableStack()
  const load = startLoad(new URL('../http/load.ts', import.meta.url))
  stack.defer(load.close)
  const upstream = await startUpstream()
  stack.defer(upstream.stop)
  const { url } = upstream
  const floor = await startBareProxy(new URL(url))
  stack.defer(floor.stop)
  const gateway = await startSallyport(undefined, [], { server: { url, era: 'legacy' } })
  stack.defer(gateway.stop)
  const subjects = [
    httpSubject(load, DIRECT, url, 'streamable', TOOL, []),
    httpSubject(load, FLOOR, floor.url, 'streamable', TOOL, floor.pids),
    httpSubject(load, OURS, gateway.url, 'streamable', TOOL, gateway.pids),
    ...(await httpPeers({ suite, stack, load, missing, peers, way: 'remote server' }, (peer, place) =>
      peer.remote?.(place, url),
    )),
  ]
  return await measure(suite, subjects, () => [load.pid, upstream.pid])
}

interface HttpWorld {
  readonly suite: PeersSuite
  /** Stops what is started. */
  readonly stack: AsyncDisposableStack
  readonly load: Load
  readonly missing: Map<string, string>
  readonly peers: Installed<HttpPeer>
  /** For whoever is missing. */
  readonly way: string
}

/** The peers that are called over HTTP and can stand where `setupOf` puts them. */
async function httpPeers(
  { suite, stack, load, missing, peers, way }: HttpWorld,
  setupOf: (peer: HttpPeer, place: Place) => Setup | undefined,
): Promise<Subject[]> {
  const subjects: Subject[] = []
  for (const { peer, folder } of peers) {
    const dir = await mkdtemp(join(tmpdir(), 'sallyport-bench-peer-'))
    stack.defer(() => rm(dir, { recursive: true, force: true }))
    const port = await freePort()
    const setup = setupOf(peer, { folder, port, dir })
    if (setup === undefined) continue
    suite.progress(`starting ${peer.name}`)
    for (const [name, text] of Object.entries(setup.files ?? {})) await writeFile(join(dir, name), text)
    const child = startChild([process.execPath, join(folder, peer.bin), ...setup.args], {
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
      const why = error instanceof Error ? error.message : String(error)
      missing.set(`${peer.name}, ${way}`, `cannot be measured: ${why}`)
    }
  }
  return subjects
}

/** The floor before a local server. */
async function startBareRelay(): Promise<HttpTarget> {
  const program = fileURLToPath(new URL('bareRelay.ts', import.meta.url))
  const child = startChild([process.execPath, program, ...localServer])
  return { name: FLOOR, url: `http://127.0.0.1:${await child.port}/mcp`, pids: [child.pid], stop: child.stop }
}

async function measurePipe(
  suite: PeersSuite,
  peers: Installed<StdioPeer>,
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
