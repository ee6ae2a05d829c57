import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { ServerSession } from './session.ts'
import { StartGate } from './starts.ts'
import { ask, makeRuntime, type RuntimeFixture } from './testing/runtimeFixture.ts'

const fixtures: RuntimeFixture[] = []
afterEach(async () => {
  await Promise.all(fixtures.splice(0).map((fixture) => fixture.end()))
})

function make(...options: Parameters<typeof makeRuntime>): RuntimeFixture {
  const fixture = makeRuntime(...options)
  fixtures.push(fixture)
  return fixture
}

const failure = (session: ServerSession): Promise<string> =>
  Promise.resolve()
    .then(() => session.link())
    .then(
      () => 'started',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
const timed = async <T>(work: Promise<T>): Promise<{ readonly ms: number; readonly value: T }> => {
  const began = performance.now()
  const value = await work
  return { ms: performance.now() - began, value }
}
const CRASH = `if (m.method === 'crash') process.exit(5)`

describe('a session in a loop of failures', () => {
  it('is refused at once, with the time of the next try, while another one starts as ever', async () => {
    const fixture = make({ script: CRASH })
    const bad = fixture.session()
    for (let at = 0; at < 9; at++) {
      const link = await bad.link()
      expect(await ask(link, 'crash')).toContain('exit code 5')
      // Just after the pause, so that this does not take as long as it says.
      if (at < 8) fixture.pass(30_000)
    }
    const refused = await timed(failure(bad))
    expect(refused.value).toMatch(/failed 9 times in a row.*tried again in .* \(at 20/)
    expect(refused.ms).toBeLessThan(10_000)
    expect(await failure(fixture.session())).toBe('started')
    fixture.pass(30_000)
    expect(await failure(bad)).toBe('started')
  })

  it('is alone with a handshake that its server refuses', async () => {
    const fixture = make({})
    const refusing = fixture.session({ handshake: () => Promise.reject(new Error('not with this client')) })
    for (let at = 0; at < 9; at++) {
      expect(await failure(refusing)).toBe('not with this client')
      if (at < 8) fixture.pass(30_000)
    }
    expect(await failure(refusing)).toContain('failed 9 times in a row')
    expect(await failure(fixture.session())).toBe('started')
    expect(fixture.runtime.status()).toMatchObject({ state: 'running', connections: 1, crashes: 0 })
  })

  it('speaks for all where the server cannot start at all', async () => {
    const fixture = make({ entry: { command: ['/no/such/program'] } })
    for (let at = 0; at < 9; at++) {
      expect(await failure(fixture.session())).toContain('did not start')
      if (at < 8) fixture.pass(30_000)
    }
    const refused = await timed(failure(fixture.session()))
    expect(refused.value).toContain('failed 9 times in a row')
    expect(refused.ms).toBeLessThan(10_000)
  })

  it('does not speak for all once the server was seen to start, and a good start clears what was held against it', async () => {
    const fixture = make({
      script: `if (process.getBuiltinModule('node:fs').existsSync(process.argv[1] + '.bad')) process.exit(1)`,
    })
    const flag = join(fixture.dir, 'server.cjs.bad')
    expect(await failure(fixture.session())).toBe('started')
    writeFileSync(flag, '')
    for (let at = 0; at < 9; at++) expect(await failure(fixture.session())).toMatch(/refused|exit code 1/)
    expect(fixture.runtime.status()).toMatchObject({ connections: 1, state: 'running' })
  })
})

describe('a session that is closed', () => {
  const MUTE = `return m.method === 'initialize'`

  it('does not wait for a handshake, and leaves no process', async () => {
    const fixture = make({ script: MUTE, entry: { startDeadline: '60s' } })
    const session = fixture.session()
    const started = failure(session)
    while (!fixture.said().includes('upstream.started'))
      await new Promise((resolve) => setTimeout(resolve, 10))
    const pid = Number(/"upstream.started".*?"pid":(\d+)/.exec(fixture.said())?.[1])
    const closed = await timed(session.close())
    expect(closed.ms).toBeLessThan(15_000)
    expect(await started).toContain('is being stopped')
    expect(existsSync(`/proc/${pid}`)).toBe(false)
    expect(await failure(session)).toContain('is being stopped')
    // It was ended, it did not fail: nothing is held against the server.
    expect(fixture.runtime.status()).toMatchObject({ crashes: 0, state: 'idle', connections: 0 })
    expect(fixture.runtime.unused).toBe(true)
  })

  it('does not start when its turn comes', async () => {
    const starts = new StartGate(1)
    const leave = await starts.enter()
    const fixture = make({ starts })
    const session = fixture.session()
    const started = failure(session)
    expect((await timed(session.close())).ms).toBeLessThan(10_000)
    expect(await started).toContain('is being stopped')
    leave()
    expect([starts.inside, starts.waiting]).toEqual([0, 0])
    expect(fixture.said()).not.toContain('upstream.started')
  })

  it('does not start when it was closed before its secrets were there', async () => {
    const fixture = make({})
    const session = fixture.session()
    const started = failure(session)
    await session.close()
    expect(await started).toContain('is being stopped')
    expect(fixture.runtime.unused).toBe(true)
  })

  it('answers as ever before', async () => {
    const fixture = make({})
    const link = await fixture.session().link()
    expect(await ask(link, 'tools/list')).toBe('result')
  })
})

describe('a server whose configuration changed', () => {
  const SLOW = `if (m.method === 'slow') { setTimeout(() => send({ id: m.id, result: {} }), 700); return true }
    return m.method === 'hang' || m.method === 'subscriptions/listen'`
  const gone = async (fixture: RuntimeFixture) => {
    while (!fixture.runtime.unused) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  it('takes no new call, and the one under way ends as it began', async () => {
    const fixture = make({ script: SLOW })
    const told: string[] = []
    const session = fixture.session({ lost: (explain) => told.push(explain) })
    const link = await session.link()
    const subscription = ask(link, 'subscriptions/listen')
    const call = ask(link, 'slow')
    fixture.runtime.retire()
    expect(await failure(session)).toContain('has changed')
    expect(await call).toBe('result')
    expect(await subscription).toContain('stopped by the gateway')
    await gone(fixture)
    expect(told).toEqual(['its configuration changed'])
  })

  it('ends at its deadline when a call does not', async () => {
    const fixture = make({ script: SLOW, entry: { deadline: '1s' } })
    const link = await fixture.session().link()
    const call = timed(ask(link, 'hang', 60_000))
    fixture.runtime.retire()
    const { ms, value } = await call
    expect(value).toContain('stopped by the gateway')
    expect(ms).toBeLessThan(20_000)
    await gone(fixture)
  })

  it('ends a start under way once who waited for it has been served', async () => {
    const fixture = make({ script: SLOW })
    const started = fixture.session().link()
    fixture.runtime.retire()
    expect(await ask(await started, 'slow')).toBe('result')
    await gone(fixture)
  })
})

describe("a server's own secrets", () => {
  const SECRET = 'correct-horse-battery'
  const LEAK = `const t = process.env.SETTING
    if (m.method === 'noise') send('noise ' + t)
    if (m.method === 'twice') { send('{"jsonrpc":"2.0","id":' + m.id + ',"' + t + '":1,"' + t + '":2}'); return true }
    if (m.method === 'die') { process.stderr.write('error: bad token ' + t.slice(0, 7) + '\\x1b[1m' + t.slice(7) + ' / ' + Buffer.from('u:' + t).toString('base64') + '\\n'); setTimeout(() => process.exit(3), 50); return true }`
  const env = { T: SECRET }

  it.each([
    ['a reference', { env: { SETTING: `\${env:T}` } }],
    ['a reference within a text', { env: { SETTING: `Bearer \${env:T}` } }],
  ])('reach neither log, record nor caller: %s', async (_kind, entry) => {
    const fixture = make({ script: LEAK, entry, env })
    const session = fixture.session()
    const link = await session.link()
    await ask(link, 'noise')
    const said = [await ask(link, 'twice', 1_000), await ask(link, 'die')]
    const text = said.join('\n') + fixture.said() + JSON.stringify(fixture.runtime.status())
    expect(text).toContain('[redacted:secret/configured]')
    expect(text).toContain('bad token')
    expect(text).not.toContain(SECRET)
    expect(text).not.toContain(Buffer.from(`u:${SECRET}`).toString('base64').slice(4, 20))
  })

  it('are what is configured as a secret: a plain setting is shown as it is', async () => {
    const fixture = make({ script: LEAK, entry: { env: { SETTING: 'plain-setting' } } })
    expect(await ask(await fixture.session().link(), 'die')).toContain('bad token plain-setting')
  })
})
