/** The daemon that all hosts of a user share, and what becomes of them when it, a relay or a host is killed. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SALLYPORT } from '../program.ts'
import { daemonLog, daemonsOf, endDaemons, runtimeFiles, send } from './daemons.ts'
import { eventually, faultOnPipe, type Home, makeHome, PipeClient, processesWith } from './harness.ts'

const LONG_MS = 40_000
const RUNTIME = '.local/state/sallyport/run'

let home: Home
const clients: PipeClient[] = []
beforeEach(() => {
  home = makeHome()
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.child.kill('SIGKILL')
  await endDaemons(home)
  home.remove()
})

const old = (more: object = {}) => ({ old: { ...faultOnPipe(home, 'old', 'legacy'), ...more } })
const now = () => ({ now: faultOnPipe(home, 'now', 'modern') })

function relay(file: string, env: Record<string, string> = {}, ...more: string[]): PipeClient {
  const place = { ...home, env: { ...home.env, ...env } }
  const client = new PipeClient(place, ['stdio', '--config', file, ...more])
  client.exited.catch(() => undefined)
  client.child.stdin?.on('error', () => undefined)
  clients.push(client)
  return client
}

const wait = (what: string, holds: () => boolean) => eventually(what, holds, LONG_MS)
const textOf = async (answer: ReturnType<PipeClient['call']>) => (await answer).result?.content?.[0]?.text
const errorOf = async (answer: ReturnType<PipeClient['call']>) => (await answer).error
const serversOf = (home: Home) =>
  processesWith('faultServer').filter((pid) => processesWith(home.dir).includes(pid))

describe('hosts that start at once', () => {
  it('share one daemon, and each gets the answers to its own questions', async () => {
    const file = home.configure({ servers: { ...old(), ...now() } })
    const ten = Array.from({ length: 10 }, () => relay(file))
    await Promise.all(ten.map((one) => one.initialize()))
    const said = await Promise.all(
      ten.map((one, at) => textOf(one.call(7, at % 2 ? 'old__echo' : 'now__echo', { mine: `mark-${at}` }))),
    )
    said.forEach((text, at) => {
      expect(text).toContain(`mark-${at}"`)
    })
    expect(daemonsOf(home)).toHaveLength(1)
    const pids = await Promise.all([ten[1], ten[3]].map((one) => one && textOf(one.call(8, 'old__pid'))))
    expect(new Set(pids).size).toBe(2)
    for (const one of ten) expect(await one.close()).toBe(0)
    expect(daemonsOf(home)).toHaveLength(1)
  })

  it('are shown by status', async () => {
    const file = home.configure({ servers: old() })
    const [one, two] = [relay(file), relay(file)]
    await Promise.all([one.initialize(), two.initialize()])
    const { stdout } = await promisify(execFile)(process.execPath, [SALLYPORT, 'status'], { env: home.env })
    expect(stdout).toContain(`daemon (pid ${daemonsOf(home)[0]}`)
    expect(stdout).toContain('2 hosts connected')
  })
})

it('a daemon that is killed leaves its code compiled for the next one', async () => {
  // The relay, which still runs, has left nothing: a program writes what it compiled when it ends, unless it does so itself.
  const compiled = () =>
    readdirSync(home.path('.cache/sallyport/compiled'), { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile(),
    )
  const one = relay(home.configure({ servers: old() }))
  await one.initialize()
  const [daemon = 0] = daemonsOf(home)
  send(daemon, 'SIGKILL')
  await wait('its end', () => !daemonsOf(home).includes(daemon))
  const bytes = compiled().map(({ parentPath, name }) => statSync(join(parentPath, name)).size)
  // Not only what it loads to take its place, but the gateway.
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(200_000)
})

describe('a message of any size', () => {
  it('passes the relay whole, in both directions', async () => {
    const file = home.configure({ servers: old({ maxResult: '16MiB' }) })
    const one = relay(file)
    await one.initialize()
    const long = 'ü'.repeat(1_000_000)
    expect(await textOf(one.call(1, 'old__echo', { long }))).toContain(long)
    expect(await textOf(one.call(2, 'old__big', { bytes: 8_000_000 }))).toHaveLength(8_000_000)
  })
})

describe('killed with -9', () => {
  it('the daemon leaves no call without an answer and no server behind, and a new start works at once', async () => {
    const file = home.configure({ servers: { ...old(), ...now() } })
    const one = relay(file)
    await one.initialize()
    const hanging = ['old__hang', 'now__hang', 'old__hang'].map((name, at) => one.call(`q${at}`, name))
    expect(await textOf(one.call(99, 'old__echo'))).toBeDefined()
    await wait('the calls', () =>
      ['old.log', 'now.log'].every((log) => home.witness(log).some(({ name }) => name === 'hang')),
    )
    const servers = serversOf(home)
    expect(servers.length).toBeGreaterThanOrEqual(2)
    for (const pid of daemonsOf(home)) send(pid, 'SIGKILL')
    for (const answer of hanging) expect((await errorOf(answer))?.data?.rule).toBe('daemon/lost')
    expect(await one.exited).toBe(3)
    expect(one.lines.some((line) => line.includes('"id":99,"error"'))).toBe(false)
    const two = relay(file)
    await two.initialize()
    expect(await textOf(two.call(1, 'old__echo', { again: true }))).toContain('again')
    expect(daemonsOf(home)).toHaveLength(1)
    await wait('the end of the servers', () => servers.every((pid) => !serversOf(home).includes(pid)))
  })

  it('a relay takes its servers along, and nobody else’s', async () => {
    const file = home.configure({ servers: old() })
    const [one, two] = [relay(file), relay(file)]
    await Promise.all([one.initialize(), two.initialize()])
    const [gone, stays] = await Promise.all([one, two].map((it) => textOf(it.call(1, 'old__pid'))))
    const hanging = one.call(2, 'old__hang').catch(() => undefined)
    const other = two.call(3, 'old__slow', { ms: 100, steps: 5, tag: 'through' })
    await wait('the call', () => home.witness('old.log').some(({ name }) => name === 'hang'))
    one.child.kill('SIGKILL')
    await wait('the end of its server', () => !serversOf(home).includes(Number(gone)))
    expect(await textOf(other)).toContain('through')
    expect(serversOf(home)).toContain(Number(stays))
    await hanging
  })

  it('a host takes its servers along too: the relay sees the end of its input', async () => {
    const file = home.configure({ servers: old() })
    const one = relay(file)
    await one.initialize()
    const server = Number(await textOf(one.call(1, 'old__pid')))
    expect(await one.close()).toBe(0)
    await wait('the end of its server', () => !serversOf(home).includes(server))
  })
})

describe('a daemon that is told to stop', () => {
  it('lets calls under way end, then its relays, and is gone', async () => {
    const file = home.configure({ servers: old() })
    const one = relay(file)
    await one.initialize()
    const slow = one.call(1, 'old__slow', { ms: 100, steps: 6, tag: 'ended' })
    await wait('the call', () => home.witness('old.log').some(({ name }) => name === 'slow'))
    for (const pid of daemonsOf(home)) send(pid, 'SIGTERM')
    expect(await textOf(slow)).toContain('ended')
    expect(await one.exited).toBe(3)
    await wait('the end of the daemon', () => daemonsOf(home).length === 0)
    expect(serversOf(home)).toEqual([])
    expect(runtimeFiles(home).filter((name) => /daemon|token|sock/.test(name))).toEqual([])
  })

  it('leaves by itself when nobody was connected for a while', async () => {
    const file = home.configure({ servers: old(), daemon: { idle: '1s' } })
    const one = relay(file)
    await one.initialize()
    expect(await one.close()).toBe(0)
    await wait('the end of the daemon', () => daemonsOf(home).length === 0)
    expect(runtimeFiles(home).filter((name) => /daemon|token|sock/.test(name))).toEqual([])
    expect(daemonLog(home)).toContain('nobody needs it')
  })

  it('leaves when what relays find it by was removed, and another takes its place', async () => {
    const file = home.configure({ servers: old() })
    const one = relay(file)
    await one.initialize()
    const [first] = daemonsOf(home)
    for (const name of runtimeFiles(home)) if (/daemon$/.test(name)) rmSync(home.path(`${RUNTIME}/${name}`))
    const two = relay(file)
    await two.initialize()
    expect(daemonsOf(home)).toHaveLength(2)
    expect(await textOf(one.call(1, 'old__echo', { still: 'served' }))).toContain('served')
    expect(await one.close()).toBe(0)
    await wait('the end of the first', () => !daemonsOf(home).includes(first ?? 0))
    expect(await textOf(two.call(1, 'old__echo', { also: 'served' }))).toContain('served')
  })
})

describe('a configuration with a mistake', () => {
  it('reaches the client that asks first, and standard error, with its place; put right, it works at once', async () => {
    const file = home.path('sallyport.yaml')
    writeFileSync(file, 'version: 1\nservers:\n  a:\n    commnd: x\n')
    const one = relay(file)
    const answer = await one.initialize()
    expect(answer.error?.data?.rule).toBe('daemon/unavailable')
    expect(answer.error?.message).toContain('sallyport.yaml:4:5')
    expect(await one.exited).toBe(2)
    expect(one.stderr).toContain('sallyport.yaml:4:5')
    const [command] = [old().old.command]
    writeFileSync(file, `version: 1\nservers:\n  a:\n    command: ${JSON.stringify(command)}\n`)
    expect((await relay(file).initialize()).result).toBeDefined()
  })

  it('made while the daemon runs changes nothing, and whoever connects then is told', async () => {
    const file = home.configure({ servers: old() })
    const one = relay(file)
    await one.initialize()
    writeFileSync(file, '{ "version": 1, "servrs": {} }')
    await wait('the refusal', () => daemonLog(home).includes('config.refused'))
    const two = relay(file)
    await two.initialize()
    expect(two.stderr).toContain('servrs')
    expect(await textOf(two.call(1, 'old__echo', { x: 'fine' }))).toContain('fine')
  })

  it('a valid change is in force for whoever connects next', async () => {
    const file = home.configure({ servers: old() })
    await relay(file).initialize()
    home.configure({ servers: { ...old(), ...now() } })
    await wait('the reload', () => daemonLog(home).includes('config.reloaded'))
    const two = relay(file)
    await two.initialize()
    expect(await textOf(two.call(1, 'now__echo', { x: 'new' }))).toContain('new')
    expect(daemonsOf(home)).toHaveLength(1)
  })

  it('and a server there is not are told apart from a daemon that does not come', async () => {
    const file = home.configure({ servers: old() })
    const one = relay(file, {}, '--server', 'nope')
    expect((await one.initialize()).error?.message).toContain('no server "nope"')
    expect(await one.exited).toBe(2)
    const two = relay(file, {}, '--server', 'old')
    await two.initialize()
    expect(await textOf(two.call(1, 'echo', { own: 'name' }))).toContain('own')
  })
})

describe('hosts with different environments', () => {
  it('never see each other’s values, in one daemon, whoever started it', async () => {
    const file = home.configure({ servers: old({ env: { WHO: '${env:WHO_AM_I}' } }) })
    const ada = relay(file, { WHO_AM_I: 'ada-of-one' })
    await ada.initialize()
    const bob = relay(file, { WHO_AM_I: 'bob-of-two' })
    const nobody = relay(file)
    await Promise.all([bob.initialize(), nobody.initialize()])
    const who = (one: PipeClient) => one.call(1, 'old__env', { name: 'WHO' })
    expect(await textOf(who(ada))).toBe('ada-of-one')
    expect(await textOf(who(bob))).toBe('bob-of-two')
    expect((await who(nobody)).result?.isError).toBe(true)
    expect(daemonLog(home)).toContain('WHO_AM_I}: the variable is not set')
    expect(daemonsOf(home)).toHaveLength(1)
  })

  it('start servers with their own PATH, and the daemon holds nothing of what it was not asked for', async () => {
    const file = home.configure({ servers: old({ env: { WHO: 'x' } }) })
    const one = relay(file, { PATH: `${home.env.PATH}:/opt/one`, SECRET_OF_THE_HOST: 'hunter2' })
    const two = relay(file, { PATH: `${home.env.PATH}:/opt/two` })
    await Promise.all([one.initialize(), two.initialize()])
    expect(await textOf(one.call(1, 'old__env', { name: 'PATH' }))).toContain('/opt/one')
    expect(await textOf(two.call(1, 'old__env', { name: 'PATH' }))).toContain('/opt/two')
    const [daemon] = daemonsOf(home)
    const environ = process.getBuiltinModule('node:fs').readFileSync(`/proc/${daemon}/environ`, 'utf8')
    expect(environ).not.toContain('hunter2')
  })
})

describe('the place where the daemon is found', () => {
  const daemonSocket = () =>
    home.path(`${RUNTIME}/${runtimeFiles(home).find((name) => name.endsWith('.daemon'))}`)

  it.each([
    ['open to others', (path: string) => chmodSync(path, 0o755), 'chmod 700'],
    [
      'a link',
      (path: string) => {
        rmSync(path, { recursive: true })
        mkdirSync(home.path('elsewhere'), { mode: 0o700 })
        symlinkSync(home.path('elsewhere'), path)
      },
      'symbolic link',
    ],
  ])('is refused when the folder is %s', async (_what, spoil, said) => {
    mkdirSync(home.path(RUNTIME), { recursive: true, mode: 0o700 })
    spoil(home.path(RUNTIME))
    const one = relay(home.configure({ servers: old() }))
    expect((await one.initialize()).error?.message).toContain(said)
    expect(await one.exited).toBe(3)
    expect(daemonsOf(home)).toEqual([])
  })

  it('gives nothing away to who cannot prove anything, and goes on serving', async () => {
    const file = home.configure({ servers: old() })
    const one = relay(file)
    await one.initialize()
    const heard: string[] = []
    const closed = ['', 'GET / HTTP/1.1\r\n\r\n', '{"nonce":1}\n', '\0\n', 'x'.repeat(100_000), '[]\n'].map(
      (text) =>
        new Promise<void>((resolve) => {
          const socket = connect(daemonSocket(), () => (text === '' ? undefined : socket.write(text)))
          socket.on('data', (chunk) => heard.push(chunk.toString()))
          socket.on('error', () => undefined)
          socket.on('close', () => resolve())
        }),
    )
    // The first says nothing at all: it is cut off too.
    await Promise.all(closed)
    expect(heard).toEqual([])
    expect(await textOf(one.call(1, 'old__echo', { still: 'there' }))).toContain('there')
  })

  it('is not believed when something else listens there', async () => {
    const file = home.configure({ servers: old() })
    const one = relay(file)
    await one.initialize()
    const path = daemonSocket()
    for (const pid of daemonsOf(home)) send(pid, 'SIGKILL')
    await one.exited
    rmSync(path)
    const learnt: string[] = []
    const planted = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.on('data', (chunk) => {
        learnt.push(chunk.toString())
        socket.write(`{"nonce":"${'0'.repeat(64)}","proof":"${'0'.repeat(64)}"}\n`)
      })
    })
    await new Promise<void>((resolve) => planted.listen(path, resolve))
    const two = relay(file, { SECRET: 'hunter2' })
    const answer = two.initialize()
    await wait('a few tries', () => learnt.length > 2)
    expect(learnt.every((text) => /^\{"nonce":"[0-9a-f]{64}"\}\n$/.test(text))).toBe(true)
    // Gone, the real one comes: nothing was broken by it.
    await new Promise((resolve) => planted.close(resolve))
    expect((await answer).result).toBeDefined()
  })
})
