/**
 * A local server that misbehaves on request: `node faultServer.ts MODE [ARGUMENT]`. It answers each request line with
 * a result naming what it read, unless its mode says otherwise. For tests only.
 */
import { spawn } from 'node:child_process'
import { closeSync } from 'node:fs'

const [mode = 'echo', argument = ''] = process.argv.slice(2)

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

/** Calls back for every line of input, split at `\n` only. */
function onLine(handle: (line: string) => void): void {
  let rest = ''
  process.stdin.setEncoding('utf8')
  process.stdin.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) handle(line)
  })
}

function answer(line: string, result: unknown): void {
  print({ jsonrpc: '2.0', id: JSON.parse(line).id, result })
}

function echo(): void {
  onLine((line) => answer(line, { echo: JSON.parse(line) }))
}

/** A shell that ignores SIGTERM and SIGHUP and lives for ever, running `sleep` as a child of its own. */
const STUBBORN_SHELL = 'trap "" TERM HUP INT; while :; do sleep 1; done'

function spawnStranger(): number | undefined {
  const options = { stdio: 'ignore', detached: true, env: { PATH: '/usr/bin:/bin' } } as const
  return spawn('/bin/sh', ['-c', STUBBORN_SHELL], options).pid
}

const modes: Record<string, () => void> = {
  echo,
  'echo-ready'() {
    print({ jsonrpc: '2.0', method: 'notifications/ready', params: {} })
    echo()
  },
  /** Prints the text given in base64, then echoes. */
  print() {
    process.stdout.write(Buffer.from(argument, 'base64'))
    echo()
  },
  /** Answers `big` with a result of ARGUMENT bytes, `late` with one whose id comes last, then goes on as usual. */
  big() {
    onLine((line) => {
      const message = JSON.parse(line)
      if (message.method === 'late')
        return print({ jsonrpc: '2.0', result: { text: 'x'.repeat(Number(argument)) }, id: message.id })
      answer(line, message.method === 'big' ? { text: 'x'.repeat(Number(argument)) } : { echo: message })
    })
  },
  /** A line that never ends. */
  endless() {
    process.stdout.write('{"jsonrpc":"2.0","id":1,"result":{"text":"')
    const more = () => {
      while (process.stdout.write('x'.repeat(65536)));
    }
    process.stdout.on('drain', more)
    more()
  },
  /** Writes its answers three bytes at a time. */
  drip() {
    onLine(async (line) => {
      const bytes = Buffer.from(
        `${JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(line).id, result: { ok: true } })}\n`,
      )
      for (let at = 0; at < bytes.length; at += 3) {
        await new Promise((resolve) => process.stdout.write(bytes.subarray(at, at + 3), resolve))
        await new Promise((resolve) => setImmediate(resolve))
      }
    })
  },
  /** Ends when asked anything, with an error and half a message. */
  crash() {
    onLine(() => {
      process.stdout.write('{"jsonrpc":"2.0","id":1,"resu', () => {
        throw new Error(`out of cheese ${argument}`)
      })
    })
  },
  'crash-at-start'() {
    process.stderr.write('fatal: no API key was given\n', () => process.exit(3))
  },
  /** Reads everything and answers nothing. */
  hang() {
    process.stdin.resume()
    setInterval(() => {}, 1 << 30)
  },
  /** Reads nothing. */
  deaf() {
    setInterval(() => {}, 1 << 30)
  },
  'close-stdout'() {
    process.stdout.end()
    setInterval(() => {}, 1 << 30)
  },
  'close-stdin'() {
    closeSync(0)
    setInterval(() => {}, 1 << 30)
    print({ jsonrpc: '2.0', method: 'notifications/ready' })
  },
  /** Prints its environment as a message. */
  env() {
    print({ jsonrpc: '2.0', method: 'notifications/env', params: process.env })
    process.stdin.resume()
  },
  'stderr-flood'() {
    const line = `${'e'.repeat(5000)}\n`
    const more = () => {
      while (process.stderr.write(line));
    }
    process.stderr.on('drain', more)
    more()
    echo()
  },
  'stdout-flood'() {
    process.stdout.write('INFO starting\n'.repeat(1000))
    echo()
  },
  /** Ignores the end of its input and SIGTERM, and so do its child and a daemon it leaves in a session of its own. */
  stubborn() {
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.on(signal, () => {})
    process.stdin.on('error', () => {})
    setInterval(() => {}, 1 << 30)
    spawn('/bin/sh', ['-c', STUBBORN_SHELL], { stdio: 'ignore' })
    // The shell in between ends at once, so the daemon's parent is the system's first process.
    const between = spawn('/bin/sh', ['-c', `(${STUBBORN_SHELL}) &`], { stdio: 'ignore', detached: true })
    between.once('exit', () =>
      print({ jsonrpc: '2.0', method: 'notifications/ready', params: { pid: process.pid } }),
    )
  },
  /** Ignores the end of its input and SIGTERM. */
  unmarked() {
    process.on('SIGTERM', () => {})
    print({ jsonrpc: '2.0', method: 'notifications/ready', params: { pid: process.pid } })
    setInterval(() => {}, 1 << 30)
  },
  /** Has a child that left its group and its environment. */
  litter() {
    const child = spawnStranger()
    print({ jsonrpc: '2.0', method: 'notifications/ready', params: { child } })
    setInterval(() => {}, 1 << 30)
  },
  /** The same, but ends at once with its input, and its child does not. */
  'litter-and-leave'() {
    const child = spawnStranger()
    print({ jsonrpc: '2.0', method: 'notifications/ready', params: { child } })
    process.stdin.resume()
    process.stdin.on('end', () => process.exit(0))
  },
}

const run = modes[mode]
if (run === undefined) throw new Error(`no mode ${mode}`)
run()
