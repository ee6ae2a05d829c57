/**
 * One configured server with everything around it that the gateway has: a real process or URL, a log and a record that
 * are kept, and a wall clock that the test sets. For tests only.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditEntry, AuditTrail } from '../../audit/entry.ts'
import { parseConfig } from '../../config/load.ts'
import { makeLog } from '../../log.ts'
import type { Era } from '../../protocol/era.ts'
import { EraVerdicts } from '../eraVerdicts.ts'
import { makeGuardian } from '../guardian.ts'
import { HttpPools } from '../http.ts'
import type { Link } from '../link.ts'
import { makeOpenTransport } from '../openTransport.ts'
import { ServerRuntime } from '../serverRuntime.ts'
import { ServerSession, type SessionHooks } from '../session.ts'
import { StartGate } from '../starts.ts'
import { SurfaceStore } from '../surface/surfaceStore.ts'

/** Answers whatever it is asked with `{}`; the test's script (`m`, `send`) may take a message over by `return true`. */
const SERVER = `
const send = (value) => process.stdout.write((typeof value === 'string' ? value : JSON.stringify({ jsonrpc: '2.0', ...value })) + '\\n')
const act = new Function('m', 'send', SCRIPT)
let rest = ''
process.stdin.setEncoding('utf8').on('data', (chunk) => {
  const lines = (rest + chunk).split('\\n')
  rest = lines.pop()
  for (const line of lines) {
    const m = JSON.parse(line)
    if (!act(m, send) && m.id !== undefined) send({ id: m.id, result: {} })
  }
}).on('end', () => process.exit(0))
`

export interface RuntimeFixture {
  readonly dir: string
  readonly runtime: ServerRuntime
  readonly starts: StartGate
  /** All that was logged and recorded. */
  said(): string
  /** Sets the wall clock on, in milliseconds. */
  pass(ms: number): void
  session(hooks?: Partial<SessionHooks>): ServerSession
  end(): Promise<void>
}

/** `script`: what the server does with a message; `entry`: more of its configuration. */
export function makeRuntime(options: {
  readonly script?: string
  readonly entry?: object
  readonly env?: Readonly<Record<string, string>>
  readonly starts?: StartGate
}): RuntimeFixture {
  const { script = '', entry = {}, env = {}, starts = new StartGate(4) } = options
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-runtime-'))
  const file = join(dir, 'server.cjs')
  writeFileSync(
    file,
    SERVER.replace('SCRIPT', () => JSON.stringify(script)),
  )
  const server = { command: [process.execPath, file], era: 'legacy', ...entry }
  const text = JSON.stringify({ version: 1, servers: { h: server } })
  const parent = { PATH: process.env.PATH, ...env }
  const parsed = parseConfig(Buffer.from(text), join(dir, 'c.json'), { env: parent, homeDir: dir })
  if (!parsed.ok) throw parsed.error
  const [config] = parsed.config.servers
  if (config === undefined) throw new Error('no server')
  const lines: string[] = []
  const log = makeLog({
    level: 'debug',
    format: 'json',
    write: (line) => lines.push(line),
    now: () => new Date(),
  })
  const audit: AuditTrail = {
    healthy: true,
    append: async (record: AuditEntry) => {
      lines.push(`${JSON.stringify(record)}\n`)
    },
    close: async () => undefined,
  }
  const guardian = makeGuardian({ log })
  const pools = new HttpPools({ connectTimeoutMs: 2_000 })
  let ahead = 0
  const now = () => performance.now()
  const wallClock = () => Date.now() + ahead
  const runtime = new ServerRuntime(config, {
    open: makeOpenTransport({
      env: parent,
      guardian,
      pools,
      log,
      redact: (line) => line,
      admit: async () => undefined,
    }),
    starts,
    surfaces: new SurfaceStore({
      folder: join(dir, 'surfaces'),
      key: Buffer.alloc(32),
      env: {},
      owner: '',
      now: wallClock,
      log,
    }),
    eras: new EraVerdicts({
      file: join(dir, 'eras.json'),
      now: wallClock,
      probeRemote: async () => 'unknown',
    }),
    audit,
    log,
    limits: parsed.config.limits,
    lastLook: () => 'clean',
    now,
    wallClock,
  })
  return {
    dir,
    runtime,
    starts,
    said: () => lines.join(''),
    pass: (ms) => {
      ahead += ms
    },
    session: (hooks = {}) =>
      new ServerSession({
        runtime,
        era: 'legacy' satisfies Era,
        now,
        hooks: {
          handshake: async (link) => {
            const answer = await ask(link, 'initialize')
            if (answer !== 'result') throw new Error(`refused: ${answer}`)
          },
          notification: () => undefined,
          request: () => undefined,
          lost: () => undefined,
          busy: () => false,
          ...hooks,
        },
      }),
    end: async () => {
      await runtime.close()
      await Promise.all([guardian.close(), pools.close()])
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** What a request comes to: `result`, `error`, or the sentence of its failure. */
export function ask(link: Link, method: string, deadlineMs = 10_000): Promise<string> {
  return new Promise((resolve) => {
    link.call({
      method,
      params: () => undefined,
      deadlineMs,
      hooks: {
        notification: () => undefined,
        request: () => undefined,
        answer: (message) => resolve(message.kind),
        failed: (failure) =>
          resolve(
            failure.kind === 'transport'
              ? failure.fault.explain
              : failure.kind === 'deadline'
                ? 'deadline'
                : failure.explain,
          ),
      },
    })
  })
}
