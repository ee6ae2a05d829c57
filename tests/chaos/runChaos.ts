/**
 * Kills whatever there is, at random, under load, and looks whether the promises hold: every call ends, with its own answer or
 * with an error; nothing stays behind; every answer is on record, and the record proves itself.
 */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { daemonsOf, send } from '../gateway/daemons.ts'
import { faultOnPipe, type Home, makeHome, processesWith } from '../gateway/harness.ts'
import { SALLYPORT } from '../program.ts'
import { freePort } from '../programs/freePort.ts'
import { type Dice, makeDice } from './dice.ts'
import { GatewayUnderFire } from './gatewayUnderFire.ts'
import { ChaosHttpClient } from './httpClient.ts'
import { Ledger, type Tally } from './ledger.ts'
import { type ChaosClient, ChaosPipeClient } from './pipeClient.ts'

export type Target = 'relay' | 'daemon' | 'server' | 'client' | 'gateway'

export interface ChaosReport extends Tally {
  readonly seed: number
  readonly kills: Readonly<Record<Target, number>>
  /** Empty when every promise was kept. */
  readonly violations: readonly string[]
}

/** How often each is chosen. */
const TARGETS: readonly [Target, ...Target[]] = [
  ...([
    'server',
    'server',
    'server',
    'relay',
    'relay',
    'daemon',
    'daemon',
    'gateway',
    'client',
    'client',
  ] as const),
] as [Target, ...Target[]]
const TOOLS: readonly [string, ...string[]] = ['old__slow', 'now__slow', 'web__slow']
/** Between two kills, at most. */
const PAUSE_MS = 300
/** For what was killed to be there again, and for the rest to be gone, on a loaded machine. */
const PATIENCE_MS = 60_000

/**
 * @example
 * const report = await runChaos({ kills: 25, seed: 1, progress: () => {} })
 * report.violations // []
 */
export async function runChaos(options: {
  readonly kills: number
  readonly seed: number
  progress(line: string): void
}): Promise<ChaosReport> {
  const { seed } = options
  const home = makeHome()
  const ledger = new Ledger(seed.toString(36))
  const kills: Record<Target, number> = { relay: 0, daemon: 0, server: 0, client: 0, gateway: 0 }
  const hangs = setInterval(() => ledger.noteHangs(), 1_000)
  try {
    const [port, remotePort] = [await freePort(), await freePort()]
    const web = await GatewayUnderFire.remote(home, 'web', remotePort)
    // Thousands of calls a minute, and servers that are killed all the time: circuits open and close throughout.
    const under = { deadline: '5s', rate: 'unlimited', circuit: { pause: '100ms' } }
    const file = home.configure({
      servers: {
        old: { ...faultOnPipe(home, 'old', 'legacy'), ...under },
        now: { ...faultOnPipe(home, 'now', 'modern'), ...under },
        web: { url: web.url, era: 'modern', ...under },
      },
      listen: { http: `127.0.0.1:${port}` },
    })
    const gateway = await GatewayUnderFire.serve(home, file, port)
    const common = { home, file, gateway, tools: TOOLS, ledger }
    const clients = (['legacy', 'modern'] as const).flatMap((era, at) => [
      new ChaosPipeClient({ ...common, era, name: `host of ${era}`, dice: makeDice(seed + 10 + at) }),
      new ChaosPipeClient({ ...common, era, name: `second host of ${era}`, dice: makeDice(seed + 20 + at) }),
      new ChaosHttpClient({
        ...common,
        era,
        name: `remote client of ${era}`,
        dice: makeDice(seed + 30 + at),
      }),
    ])
    const field: Field = { home, ledger, gateway, web, clients, dice: makeDice(seed) }
    for (let at = 1; at <= options.kills; at++) {
      const target = field.dice.pick(TARGETS)
      await new Promise((resolve) => setTimeout(resolve, field.dice.roll(PAUSE_MS)))
      await kill(field, target)
      kills[target]++
      if (at % 25 === 0 || at === options.kills)
        options.progress(`${at} kills, ${ledger.tally.calls} calls, ${ledger.violations.length} violations`)
    }
    await settle(field)
    await checkAudit(home, file, ledger)
  } finally {
    clearInterval(hangs)
    for (const pid of leftOf(home)) send(pid, 'SIGKILL')
    home.remove()
  }
  return { seed, kills, ...ledger.tally, violations: ledger.violations }
}

interface Field {
  readonly home: Home
  readonly ledger: Ledger
  readonly gateway: GatewayUnderFire
  readonly web: GatewayUnderFire
  readonly clients: readonly ChaosClient[]
  readonly dice: Dice
}

/** Waits for one of the kind to be there, and kills it. Draws as often whatever it finds: the seed decides, not the machine. */
async function kill(field: Field, target: Target): Promise<void> {
  const { home, dice, clients } = field
  const draw = dice.roll(2 ** 20)
  switch (target) {
    case 'gateway':
      return await field.gateway.kill()
    case 'client':
      return clients[draw % clients.length]?.die()
    case 'relay': {
      const hosts = clients.filter((client) => client instanceof ChaosPipeClient)
      return hosts[draw % hosts.length]?.killRelay()
    }
    case 'daemon': {
      const pid = await oneOf(field, 'a daemon', () => daemonsOf(home), draw)
      return pid === undefined ? undefined : send(pid, 'SIGKILL')
    }
    case 'server': {
      if (draw % 4 === 0) return await field.web.kill()
      const local = () => ['old', 'now'].flatMap((name) => processesWith(home.path(`${name}.log`)))
      const pid = await oneOf(field, 'a server', local, draw)
      return pid === undefined ? undefined : send(pid, 'SIGKILL')
    }
  }
}

/** One that is there now, or as soon as there is one; that none comes is a violation. */
async function oneOf({ ledger }: Field, what: string, find: () => number[], draw: number) {
  const found = await become(() => find().length > 0)
  const pids = find()
  if (!found && pids.length === 0) ledger.violate(`${what} did not come back within ${PATIENCE_MS} ms`)
  return pids[draw % Math.max(1, pids.length)]
}

async function become(holds: () => boolean): Promise<boolean> {
  const until = performance.now() + PATIENCE_MS
  while (!holds()) {
    if (performance.now() > until) return false
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return true
}

/** The fire ends: everybody is served again, everything open ends, everything stops when told to, and nothing is left. */
async function settle({ home, ledger, gateway, web, clients }: Field): Promise<void> {
  ledger.countAnew()
  const unserved = () => ledger.unserved(clients.map(({ name }) => name))
  await become(() => unserved().length === 0)
  for (const client of unserved()) ledger.violate(`${client} is not served any more after the last kill`)
  const stopped = Promise.all(clients.map((client) => client.stop()))
  const waited = become(() => ledger.openCalls === 0)
  if (!(await waited)) ledger.violate(`${ledger.openCalls} calls did not end after the last kill`)
  const late = new Promise((resolve) => setTimeout(() => resolve('late'), PATIENCE_MS).unref())
  if ((await Promise.race([stopped, late])) === 'late') ledger.violate('a client does not end')
  await gateway.end('SIGTERM')
  for (const pid of daemonsOf(home)) send(pid, 'SIGTERM')
  await become(() => daemonsOf(home).length === 0)
  await web.end('SIGKILL')
  await become(() => leftOf(home).length === 0)
  for (const pid of leftOf(home))
    ledger.violate(`left behind: ${pid} ${read(pid, 'cmdline').replaceAll('\0', ' ')}`)
}

/** Processes that were started in this home: it is in their command line, or it is their HOME. */
function leftOf(home: Home): number[] {
  const homes = new RegExp(`(^|\\0)HOME=${home.dir}(\\0|$)`)
  return processesWith('').filter(
    (pid) => read(pid, 'cmdline').includes(home.dir) || homes.test(read(pid, 'environ')),
  )
}

function read(pid: number, name: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return ''
    throw error
  }
}

async function checkAudit(home: Home, file: string, ledger: Ledger): Promise<void> {
  const run = async (...args: string[]) =>
    await promisify(execFile)(process.execPath, [SALLYPORT, 'audit', ...args, '--config', file], {
      env: home.env,
      cwd: home.dir,
      maxBuffer: 2 ** 30,
    })
  try {
    await run('verify')
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    ledger.violate(`the audit does not verify (${code}): ${stdout.slice(0, 2_000)}${stderr.slice(0, 2_000)}`)
  }
  const { stdout } = await run('export')
  const recorded = new Set([...stdout.matchAll(/"requestId":"\\"(v\w+)\\""/g)].map(([, value]) => value))
  const missing = [...ledger.answeredValues].filter((value) => !recorded.has(value))
  if (missing.length > 0)
    ledger.violate(`${missing.length} answered calls are not on record: ${missing.slice(0, 5).join(' ')}`)
}
