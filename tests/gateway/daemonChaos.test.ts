/**
 * Relays, daemon and servers killed at random under load, across both eras: every call ends, with its own answer or with
 * an error, nothing is left behind, and the record is whole. `CHAOS_KILLS` sets how many; the seed is printed.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { daemonsOf, endDaemons, send } from './daemons.ts'
import {
  type Answer,
  ENVELOPE,
  eventually,
  faultOnPipe,
  type Home,
  makeHome,
  PipeClient,
  processesWith,
} from './harness.ts'

const KILLS = Number(process.env.CHAOS_KILLS ?? 25)
const SEED = Number(process.env.FUZZ_SEED ?? 1)
const HOSTS = 4
/** No call is answered later than this, on a machine that does other things too. */
const DEADLINE_MS = 45_000

let home: Home
beforeEach(() => {
  home = makeHome()
})
afterEach(async () => {
  for (const pid of ours('main.ts')) send(pid, 'SIGKILL')
  await endDaemons(home)
  home.remove()
})

const ours = (text: string) => {
  const here = new Set(processesWith(home.dir))
  return processesWith(text).filter((pid) => here.has(pid))
}

/** A fixed row of numbers below 1 for each seed (mulberry32): a failure can be looked at again. */
function numbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Tally {
  answered: number
  failed: number
  wrong: string[]
}

/** A host that calls without end, and starts its relay again whenever it ended, until it is told to stop. */
class Host {
  readonly #name: string
  readonly #file: string
  readonly #tally: Tally
  #stopped = false
  client: PipeClient | undefined
  readonly done: Promise<void>

  constructor(name: string, file: string, tally: Tally) {
    this.#name = name
    this.#file = file
    this.#tally = tally
    this.done = this.#live()
  }

  stop(): void {
    this.#stopped = true
  }

  async #live(): Promise<void> {
    for (let life = 0; !this.#stopped; life++) {
      const client = new PipeClient(home, ['stdio', '--config', this.#file])
      this.client = client
      client.exited.catch(() => undefined)
      // It writes to a relay that was just killed.
      client.child.stdin?.on('error', () => undefined)
      let over = false
      client.exited.then(() => {
        over = true
      })
      await this.#ends(
        client.initialize().then(
          () => undefined,
          () => undefined,
        ),
        'initialize',
      )
      for (let id = 0; !over && !this.#stopped; id++) await this.#turn(client, `${this.#name}-${life}-${id}`)
      client.child.stdin?.end()
      await this.#ends(client.exited, 'the end of the relay')
    }
  }

  /** Two calls of a legacy client and one of a modern one at a time. */
  async #turn(client: PipeClient, mark: string): Promise<void> {
    const call = (era: string, params: object) =>
      this.#ends(
        client.request(`${mark}-${era}`, 'tools/call', params).then(
          (answer) => this.#judge(answer, `${mark}-${era}`),
          () => {
            this.#tally.failed += 1
          },
        ),
        mark,
      )
    await Promise.all([
      call('a', { name: 'old__echo', arguments: { mark: `${mark}-a.` } }),
      call('b', { name: 'now__slow', arguments: { ms: 5, steps: 2, tag: `${mark}-b.` } }),
      call('c', { name: 'now__echo', arguments: { mark: `${mark}-c.` }, _meta: ENVELOPE }),
    ])
  }

  #judge(answer: Answer, mark: string): void {
    const text = answer.result?.content?.[0]?.text ?? ''
    if (answer.error !== undefined || answer.result?.isError === true) this.#tally.failed += 1
    else if (text.includes(`${mark}.`)) this.#tally.answered += 1
    else this.#tally.wrong.push(`${mark}: ${text.slice(0, 300)}`)
  }

  async #ends(work: Promise<unknown>, what: string): Promise<void> {
    const { promise, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new Error(`no end of ${what}`)), DEADLINE_MS)
    try {
      await Promise.race([work, promise])
    } finally {
      clearTimeout(timer)
    }
  }
}

it(
  `${KILLS} kills leave no call without an end, no answer for others, no orphan, and a record that verifies (seed ${SEED})`,
  async () => {
    const random = numbers(SEED)
    const file = home.configure({
      servers: { old: faultOnPipe(home, 'old', 'legacy'), now: faultOnPipe(home, 'now', 'modern') },
    })
    const tally: Tally = { answered: 0, failed: 0, wrong: [] }
    const hosts = Array.from({ length: HOSTS }, (_, at) => new Host(`host${at}`, file, tally))
    const all = Promise.all(hosts.map(({ done }) => done))
    const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)]
    const targets = [
      () => pick(daemonsOf(home)),
      () => pick(hosts)?.client?.child.pid,
      () => pick(ours('faultServer')),
    ]
    for (let kill = 0; kill < KILLS; kill++) {
      // What is between two kills is work, however slow the machine is: each host gets something answered.
      const before = tally.answered
      const enough = before + Math.floor(random() * 2 * HOSTS)
      await Promise.race([
        all,
        eventually('calls that are answered', () => tally.answered > enough, DEADLINE_MS),
      ])
      const victim = pick(targets)?.()
      if (victim !== undefined) send(victim, 'SIGKILL')
    }
    for (const host of hosts) host.stop()
    await all
    expect(tally.wrong).toEqual([])
    expect(tally.answered).toBeGreaterThan(KILLS)
    for (const pid of daemonsOf(home)) send(pid, 'SIGTERM')
    await eventually('the end of all daemons', () => daemonsOf(home).length === 0, DEADLINE_MS)
    await eventually('the end of all servers', () => ours('faultServer').length === 0, DEADLINE_MS)
    const main = fileURLToPath(new URL('../../packages/gateway/src/cli/main.ts', import.meta.url))
    const verify = await promisify(execFile)(process.execPath, [main, 'audit', 'verify', '--config', file], {
      env: home.env,
    })
    expect(verify.stdout).toContain('intact')
  },
  60_000 + KILLS * 10_000,
)
