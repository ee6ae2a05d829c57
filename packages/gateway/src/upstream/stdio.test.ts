import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type LogFields, makeLog, silentLog } from '../log.ts'
import { serverEnvironment } from './environment.ts'
import { type Guardian, makeGuardian } from './guardian.ts'
import { openStdio, type StdioOptions } from './stdio.ts'
import { alive, withEntry } from './testing/processWitness.ts'
import { recordEvents } from './testing/recordEvents.ts'
import { TransportError, type UpstreamTransport } from './transport.ts'

const SCRIPT = fileURLToPath(new URL('testing/faultServer.ts', import.meta.url))
const MIB = 1024 * 1024

let guardian: Guardian
let guardEntry: string
const opened: UpstreamTransport[] = []

beforeAll(() => {
  guardian = makeGuardian({ log: silentLog })
  guardEntry = `SALLYPORT_GUARD=${guardian.environment.SALLYPORT_GUARD}`
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()))
})
afterAll(() => guardian.close())

function open(command: readonly [string, ...string[]], options: Partial<StdioOptions> = {}) {
  const record = recordEvents()
  const server = openStdio(
    {
      serverId: 'fault',
      command,
      env: serverEnvironment({ parent: process.env, inherit: [], declared: {} }),
      maxMessageBytes: MIB,
      log: silentLog,
      guardian,
      closeGraceMs: 300,
      ...options,
    },
    record.events,
  )
  opened.push(server)
  const request = (id: number, method = 'ping') =>
    server.send({ kind: 'request', id, method, text: `{"jsonrpc":"2.0","id":${id},"method":"${method}"}` })
  return { server, request, ...record, record }
}

async function start(mode: string, argument = '', options: Partial<StdioOptions> = {}) {
  const fault = open([process.execPath, SCRIPT, mode, argument], options)
  await fault.server.start()
  return fault
}

const printing = (text: string | Buffer) => start('print', Buffer.from(text).toString('base64'))

function recordLog() {
  const lines: { event: string; fields: LogFields }[] = []
  const log = makeLog({
    level: 'debug',
    format: 'json',
    now: () => new Date(),
    write: (line) => {
      const { event, time: _time, level: _level, ...fields } = JSON.parse(line)
      lines.push({ event, fields })
    },
  })
  return { log, lines, of: (event: string) => lines.filter((line) => line.event === event) }
}

describe('what a server prints', () => {
  test('lines that are no message are reported as noise, and the messages around them arrive', async () => {
    const { request, record } = await printing(
      'Server running on stdio\n{"jsonrpc":"2.0","method":"a"}\n\n[info] { port: 3000 }\n{ port: 3000 }\n[{"jsonrpc":"2.0"}]\n{"jsonrpc":"2.0","method":"b"}\n',
    )
    request(1)
    await record.next('message', 3)
    expect(record.messages.slice(0, 2)).toEqual([
      '{"jsonrpc":"2.0","method":"a"}',
      '{"jsonrpc":"2.0","method":"b"}',
    ])
    expect(record.messages[2]).toContain('"id":1')
    expect(record.all.flatMap((e) => (e.kind === 'noise' ? [[e.preview, e.bytes]] : []))).toEqual([
      ['Server running on stdio', 23],
      ['[info] { port: 3000 }', 21],
      ['{ port: 3000 }', 14],
      ['[{"jsonrpc":"2.0"}]', 19],
    ])
  })

  test('noise is shown without control characters and cut to 200 bytes', async () => {
    const { record } = await printing(`\u001b[2J\u202e${'x'.repeat(300)}\n`)
    const { preview, bytes } = await record.next('noise')
    expect(preview.startsWith('\\u{1b}[2J\\u{202e}xxx')).toBe(true)
    expect(preview).not.toContain('x'.repeat(200))
    expect(bytes).toBe(307)
  })

  test('a thousand lines of noise are all accounted for in few reports, and the answer still comes', async () => {
    const { log, of } = recordLog()
    const { request, record, server } = await start('stdout-flood', '', { log })
    request(1)
    await record.next('message')
    await server.close()
    const noise = record.all.flatMap((e) => (e.kind === 'noise' ? [e.bytes] : []))
    expect(noise.reduce((sum, bytes) => sum + bytes, 0)).toBe(1000 * 13)
    expect(noise.length).toBeLessThan(50)
    expect(of('upstream.noise').length).toBe(noise.length)
  })

  test.each([
    ['CRLF', '{"a":1}\r\n{"b":2}\r\n', ['{"a":1}', '{"b":2}']],
    ['spaces around', ' \t{"a":1} \n', [' \t{"a":1} ']],
    ['an empty object', '{}\n{ }\n', ['{}', '{ }']],
    [
      'invalid UTF-8, for the strict parser to refuse',
      Buffer.from('{"a":"\xff\xfe"}\n', 'latin1'),
      ['{"a":"\xff\xfe"}'],
    ],
  ])('lines reach the parser byte for byte: %s', async (_name, text, expected) => {
    const { record } = await printing(text)
    await record.next('message', expected.length)
    expect(record.messages).toEqual(expected)
  })

  test('a message that comes three bytes at a time is one message', async () => {
    const { request, record } = await start('drip')
    request(7)
    expect((await record.next('message')).text).toBe('{"jsonrpc":"2.0","id":7,"result":{"ok":true}}')
  })

  test('a result of 10 MiB arrives whole', async () => {
    const { request, record } = await start('big', String(10 * MIB), { maxMessageBytes: 11 * MIB })
    request(1, 'big')
    expect((await record.next('message')).bytes).toBe(
      10 * MIB + '{"jsonrpc":"2.0","id":1,"result":{"text":""}}'.length,
    )
  })

  test('a line over the limit fails the one open request, is reported, and the next message still arrives', async () => {
    const { log, of } = recordLog()
    const options = { maxMessageBytes: 10 * MIB, openRequests: () => [1], log }
    const { request, record } = await start('big', String(11 * MIB), options)
    request(1, 'big')
    const failed = await record.next('failed')
    expect(failed).toMatchObject({ id: 1, fault: { code: 'too-large' } })
    request(2)
    expect((await record.next('message')).text).toContain('"id":2')
    const noise = await record.next('noise')
    expect(noise.preview).toMatch(/^\{"jsonrpc":"2.0","id":1,"result":\{"text":"xxx/)
    expect(noise.bytes).toBeGreaterThan(11 * MIB)
    expect(of('upstream.line-too-long')).toHaveLength(1)
  })

  test('a line over the limit fails the one of several open requests that it names, at once', async () => {
    const { request, record } = await start('big', String(2 * MIB), { openRequests: () => [2, 1, 3] })
    request(1, 'big')
    expect(await record.next('failed')).toMatchObject({ id: 1, fault: { code: 'too-large' } })
    request(2)
    await record.next('message')
    expect(record.all.filter(({ kind }) => kind === 'failed')).toHaveLength(1)
  })

  test.each([
    ['names none in its first bytes: it could be the answer of either', [1, 2]],
    ['names one that is not open, and another is', [2]],
  ])('a line over the limit fails nobody when it %s', async (why, open) => {
    const { request, record } = await start('big', String(2 * MIB), { openRequests: () => open })
    if (why.startsWith('names none')) request(1, 'late')
    else request(1, 'big')
    request(2)
    await record.next('message')
    expect(record.all.map((event) => event.kind)).toEqual(['noise', 'message'])
  })

  test('a line that never ends does not fill the memory and ends the server', async () => {
    const { record } = await start('endless', '', { maxMessageBytes: 64 * 1024 })
    const { fault } = await record.next('closed')
    expect(fault.code).toBe('too-large')
    expect(fault.explain).toContain('without the end of a line')
  })
})

describe('what is sent', () => {
  /** Answers every piece it reads, with the number of lines in it. */
  const COUNTER = `process.stdin.on('data', (piece) => {
    const lines = String(piece).split('\\n').length - 1
    console.log(JSON.stringify({ jsonrpc: '2.0', method: 'read', params: { lines } }))
  })`

  test('in one turn leaves together, and is not lost when the connection is closed in the same turn', async () => {
    const { server, request, record } = open([process.execPath, '-e', COUNTER])
    await server.start()
    for (let id = 1; id <= 20; id++) request(id)
    await record.next('message')
    expect(record.messages).toEqual(['{"jsonrpc":"2.0","method":"read","params":{"lines":20}}'])
    request(21)
    await server.close()
    expect(record.messages[1]).toBe('{"jsonrpc":"2.0","method":"read","params":{"lines":1}}')
  })

  test('200 messages written at once arrive in order', async () => {
    const { request, record } = await start('echo')
    for (let id = 1; id <= 200; id++) request(id)
    await record.next('message', 200)
    expect(record.messages.map((text) => JSON.parse(text).id)).toEqual(
      Array.from({ length: 200 }, (_, at) => at + 1),
    )
  })

  test('a text with a line break is never sent, because a server would read two messages', async () => {
    const { server, request, record } = await start('echo')
    server.send({ kind: 'request', id: 1, text: '{"jsonrpc":"2.0","id":1}\n{"jsonrpc":"2.0","id":666}' })
    server.send({ kind: 'notification', text: '{"jsonrpc":"2.0"}\r{"jsonrpc":"2.0","id":666}' })
    expect(record.all).toEqual([])
    expect(await record.next('failed')).toMatchObject({ id: 1, fault: { code: 'not-acceptable' } })
    request(2)
    expect((await record.next('message')).text).toContain('"id":2')
    expect(record.messages).toHaveLength(1)
  })

  test('a line separator inside a text is one message also for a server that reads with readline', async () => {
    const script =
      'require("readline").createInterface({input:process.stdin}).on("line",(l)=>console.log(JSON.stringify({got:JSON.parse(l)})))'
    const { server, record } = open([process.execPath, '-e', script])
    await server.start()
    const text = JSON.stringify({ id: 1, text: 'a\u2028{"id":666}\u2029b\u0085c' })
    server.send({ kind: 'request', id: 1, text })
    server.send({ kind: 'notification', text: '{"last":true}' })
    await record.next('message', 2)
    expect(record.messages.map((line) => JSON.parse(Buffer.from(line, 'latin1').toString()).got)).toEqual([
      JSON.parse(text),
      { last: true },
    ])
  })

  test('a server that does not read gets a bounded queue: requests beyond it fail, a cancellation still fits', async () => {
    const { log, of } = recordLog()
    const { server, record } = await start('deaf', '', { maxQueued: 2 * MIB, log })
    const text = `{"x":"${'y'.repeat(MIB)}"}`
    for (let id = 1; id <= 6; id++) server.send({ kind: 'request', id, text })
    server.send({ kind: 'notification', method: 'notifications/cancelled', text: '{"cancel":1}' })
    expect(await record.next('failed')).toMatchObject({ fault: { code: 'not-read' } })
    expect(of('upstream.not-sent').every((line) => line.fields.kind === 'request')).toBe(true)
    expect(record.all.some((event) => event.kind === 'closed')).toBe(false)
  })

  test('sending to a server that is over is no error', async () => {
    const { server, request, record } = await start('crash')
    request(1)
    await record.next('closed')
    request(2)
    await server.close()
    expect(record.all.at(-1)?.kind).toBe('closed')
  })
})

describe('how a server ends', () => {
  test('a crash is reported once, with its status and what it said; half a message is noise', async () => {
    const { request, record } = await start('crash')
    request(1)
    const { fault } = await record.next('closed')
    expect(fault).toMatchObject({ code: 'exited', exitCode: 1, signal: null })
    expect(fault.explain).toMatch(/^server "fault" ended with exit code 1, .* it said: Error: out of cheese$/)
    expect(record.all.map((event) => event.kind)).toEqual(['noise', 'closed'])
  })

  test('what a crashed server said is redacted and visible', async () => {
    const redact = (text: string) => text.replaceAll('hunter2', '[secret]')
    const { log, lines } = recordLog()
    const { request, record } = await start('crash', 'hunter2 \u001b[2J', { redact, log })
    request(1)
    const { fault } = await record.next('closed')
    expect(fault.explain).toContain('Error: out of cheese [secret] \\u{1b}[2J')
    expect(JSON.stringify(lines)).not.toContain('hunter2')
  })

  test('what a server wrote last is read although it has ended', async () => {
    const late = `(sleep 0.05; echo '{"late":1}') & exit 3`
    let record = open(['/bin/sh', '-c', 'exit 0']).record
    // It waits a moment, not for ever: on a loaded machine what comes late may come too late.
    for (let tries = 0; tries < 20 && record.all.length < 2; tries++) {
      const opened = open(['/bin/sh', '-c', late])
      record = opened.record
      await opened.server.start()
      await record.next('closed')
    }
    expect(record.all).toMatchObject([
      { kind: 'message', text: '{"late":1}' },
      { kind: 'closed', fault: { code: 'exited', exitCode: 3 } },
    ])
  })

  test('a grandchild that holds the output open does not hide the end of the server', async () => {
    const { server, record } = open(['/bin/sh', '-c', 'sleep 60 & echo "{}"; exit 3'])
    await server.start()
    await record.next('message')
    const began = performance.now()
    expect((await record.next('closed')).fault).toMatchObject({ code: 'exited', exitCode: 3 })
    expect(performance.now() - began).toBeLessThan(20_000)
    await server.close()
    expect(withEntry(guardEntry)).toEqual([])
  })

  test('a server that ends at once is an ended server, not a failed start', async () => {
    const { record } = await start('crash-at-start')
    const { fault } = await record.next('closed')
    expect(fault).toMatchObject({ code: 'exited', exitCode: 3 })
    expect(fault.explain).toContain('fatal: no API key was given')
  })

  test('a server killed by a signal says which', async () => {
    const { log, of } = recordLog()
    const { record } = await start('hang', '', { log })
    process.kill(Number(of('upstream.started')[0]?.fields.pid), 'SIGKILL')
    expect((await record.next('closed')).fault).toMatchObject({
      code: 'exited',
      exitCode: null,
      signal: 'SIGKILL',
    })
  })

  test.each([
    ['close-stdout', 'closed its output'],
    ['close-stdin', 'does not take input any more'],
  ])('a server that can no longer be talked to is ended: %s', async (mode, said) => {
    const { request, record } = await start(mode)
    if (mode === 'close-stdin') {
      await record.next('message')
      request(1)
      request(2)
    }
    const { fault } = await record.next('closed')
    expect(fault.code).toBe('stream-ended')
    expect(fault.explain).toContain(said)
  })

  test('a hung server is closed within the grace, and says it was us', async () => {
    const { server, request, record } = await start('hang')
    request(1)
    await server.close()
    expect(record.all).toEqual([
      {
        kind: 'closed',
        fault: {
          code: 'closed',
          explain: 'server "fault" was stopped by the gateway',
          exitCode: null,
          signal: 'SIGTERM',
        },
      },
    ])
    request(2)
    await server.close()
    expect(record.all).toHaveLength(1)
  })

  test('a server that ends with its input gets no signal', async () => {
    const { server, request, record } = await start('echo', '', { closeGraceMs: 1_100 })
    // It runs when it answers: one that is still starting on a slow machine may need longer than the grace.
    request(1)
    await record.next('message')
    await server.close()
    expect((await record.next('closed')).fault).toMatchObject({ code: 'closed', exitCode: 0, signal: null })
  })

  test('after close nothing is left of a server that ignores stdin and SIGTERM, nor of its child and its daemon', async () => {
    const { server, record } = await start('stubborn')
    const quiet = await start('echo')
    await record.next('message')
    const commands = withEntry(guardEntry).map((found) => found.command)
    // The shells; for an instant also what they fork to become `sleep`.
    expect(commands.filter((command) => command.includes('while')).length).toBeGreaterThanOrEqual(2)
    const began = performance.now()
    await server.close()
    expect(performance.now() - began).toBeLessThan(20_000)
    // The other server of the same gateway is not touched.
    expect(withEntry(guardEntry).map((found) => found.command)).toEqual([
      expect.stringContaining('faultServer.ts echo'),
    ])
    quiet.request(1)
    await quiet.record.next('message')
  })

  test('after close nothing is left of a child that lost its group and its environment', async () => {
    const { server, record } = await start('litter-and-leave')
    const { child } = JSON.parse((await record.next('message')).text).params
    expect(alive(child)).toBe(true)
    await server.close()
    expect(alive(child)).toBe(false)
  })

  test('what a crashed server leaves behind is ended without being asked', async () => {
    const { record, server } = await start('stubborn')
    const { pid } = JSON.parse((await record.next('message')).text).params
    process.kill(pid, 'SIGKILL')
    expect((await record.next('closed')).fault).toMatchObject({ code: 'exited', signal: 'SIGKILL' })
    await server.close()
    expect(withEntry(guardEntry)).toEqual([])
  })

  test('a server closed before or while it starts is not left running', async () => {
    const before = open([process.execPath, SCRIPT, 'hang'])
    await before.server.close()
    await expect(before.server.start()).rejects.toThrow(TransportError)
    const during = open([process.execPath, SCRIPT, 'hang'])
    const starting = during.server.start()
    const closing = during.server.close()
    await expect(starting).rejects.toThrow(/stopped before it was started/)
    await closing
    expect(withEntry(guardEntry)).toEqual([])
    expect(during.record.all).toEqual([])
  })
})

describe('starting', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-stdio-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('a command that is not there is named, and so is the setting to correct', async () => {
    const { server, record } = open(['no-such-command-here', '--key=hunter2'])
    const error = await server.start().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(TransportError)
    expect(error).toMatchObject({
      fault: {
        code: 'spawn-failed',
        explain:
          'server "fault" did not start: the command "no-such-command-here" was not found on PATH. ' +
          'Install it, or give its full path in "servers.fault.command"',
      },
    })
    await server.close()
    expect(record.all).toEqual([])
  })

  test('what else can be wrong with a command is told apart', async () => {
    const plain = join(folder, 'plain')
    const script = join(folder, 'script')
    await writeFile(plain, 'x', { mode: 0o600 })
    await writeFile(script, '#!/no/such/interpreter\n', { mode: 0o700 })
    const explain = (command: string, options: Partial<StdioOptions> = {}) =>
      open([command], options)
        .server.start()
        .catch((error: unknown) => String(error))
    expect(await explain(plain)).toContain('may not be run by this user')
    expect(await explain(script)).toContain('the interpreter that the first line of')
    expect(await explain(join(folder, 'none'))).toContain('there is no file')
    expect(await explain('node', { cwd: join(folder, 'gone') })).toContain('its working directory')
    expect(await explain('a\0b')).toContain('refused to run "a\\u{0}b"')
  })

  test('arguments reach the server as they are, never through a shell', async () => {
    const hostile = `$(touch ${join(folder, 'pwned')}); \`id\` && "x" * ~`
    const code = 'console.log(JSON.stringify({args: process.argv.slice(1)})); process.stdin.resume()'
    const { server, record } = open([process.execPath, '-e', code, hostile])
    await server.start()
    expect(JSON.parse((await record.next('message')).text)).toEqual({ args: [hostile] })
  })

  test('a server sees exactly the variables it was given', async () => {
    const parent = {
      PATH: process.env.PATH,
      HOME: '/home/ada',
      AWS_SECRET_ACCESS_KEY: 'k',
      GITHUB_TOKEN: 't',
      EDITOR: 'vi',
    }
    const env = serverEnvironment({ parent, inherit: ['EDITOR', 'NOT_SET'], declared: { API_KEY: 'mine' } })
    const { record } = await start('env', '', { env })
    const { params } = JSON.parse((await record.next('message')).text)
    expect(Object.keys(params).sort()).toEqual(
      ['API_KEY', 'EDITOR', 'HOME', 'PATH', 'SALLYPORT_GUARD', 'SALLYPORT_RUN'].sort(),
    )
    expect(params).toMatchObject({
      API_KEY: 'mine',
      EDITOR: 'vi',
      HOME: '/home/ada',
      ...guardian.environment,
    })
  })

  test('a flood on standard error is bounded in the log, and the server still answers', async () => {
    const { log, lines, of } = recordLog()
    const { request, record, server } = await start('stderr-flood', '', { log })
    request(1)
    await record.next('message')
    await server.close()
    const logged = lines.reduce((sum, line) => sum + JSON.stringify(line).length, 0)
    expect(logged).toBeLessThan(4 * 64 * 1024)
    expect(of('upstream.stderr').length).toBeGreaterThan(10)
    expect(of('upstream.stderr').every((line) => String(line.fields.line).length <= 4097)).toBe(true)
    expect(of('upstream.stderr.dropped').length).toBeGreaterThan(0)
  })
})
