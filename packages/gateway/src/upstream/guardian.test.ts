import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, type TestContext, test } from 'vitest'
import { silentLog } from '../log.ts'
import { makeGuardian } from './guardian.ts'
import { alive, until, withEntry } from './testing/processWitness.ts'

const GATEWAY = fileURLToPath(new URL('testing/gatewayLike.ts', import.meta.url))

interface Gateway {
  readonly child: ChildProcess
  readonly exited: Promise<unknown>
  readonly guardian: number
  readonly entry: string
  readonly ready: readonly { readonly pid?: number; readonly child?: number }[]
}

/** Ends with the test whatever becomes of it. */
function keep<C extends ChildProcess>({ onTestFinished }: TestContext, child: C): C {
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}

async function startGateway(
  context: TestContext,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Gateway> {
  const child = keep(
    context,
    spawn(process.execPath, [GATEWAY, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    }),
  )
  const exited = once(child, 'exit')
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const { guardian, environment, ready } = JSON.parse(line)
  return { child, exited, guardian, ready, entry: `SALLYPORT_GUARD=${environment.SALLYPORT_GUARD}` }
}

describe.skipIf(process.platform !== 'linux').each([
  ['the shell', {}],
  ['Node, where there is no shell', { TEST_SHELL: '/no/such/shell' }],
])('with %s as guardian', (_name, env) => {
  test.concurrent('seconds after kill -9 of the gateway nothing that its servers started is left', async (context) => {
    const gateway = await startGateway(context, ['wait', 'stubborn', 'litter', 'unmarked', 'echo-ready'], env)
    // Neither the stranger nor the third server carries the marker: one is known by its parent, one by its group.
    const others = [gateway.ready[1]?.child ?? 0, gateway.ready[2]?.pid ?? 0]
    const left = () => [...withEntry(gateway.entry).map((found) => found.pid), ...others.filter(alive)]
    // Three marked servers, the stubborn one's child and its daemon, and the two others.
    expect(left().length).toBeGreaterThanOrEqual(7)
    gateway.child.kill('SIGKILL')
    await gateway.exited
    await until(() => left().length === 0, 30_000)
    expect(left()).toEqual([])
    expect(await until(() => !alive(gateway.guardian), 30_000)).toBeDefined()
  })

  test.concurrent.for(['close', 'exit', 'idle'])(
    'it does not outlive a gateway that ends by itself: %s',
    async (way, context) => {
      const gateway = await startGateway(
        context,
        [way, ...(way === 'idle' ? [] : ['litter', 'echo-ready'])],
        env,
      )
      await gateway.exited
      expect(gateway.child.exitCode).toBe(0)
      expect(
        await until(() => !alive(gateway.guardian) && withEntry(gateway.entry).length === 0, 30_000),
      ).toBeDefined()
    },
  )

  test.concurrent('it ignores the signals of a terminal and of a service manager', async (context) => {
    const gateway = await startGateway(context, ['wait'], env)
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)
      process.kill(gateway.guardian, name)
    gateway.child.kill('SIGTERM')
    await gateway.exited
    expect(await until(() => !alive(gateway.guardian), 30_000)).toBeDefined()
  })
})

describe.skipIf(process.platform !== 'linux')('the guardian', () => {
  test.concurrent('is replaced when it is killed, and the new one knows the servers started before', async (context) => {
    const guardian = makeGuardian({ log: silentLog })
    await guardian.ready()
    const first = guardian.pid ?? 0
    // Not marked: only its registered group gives it away.
    const server = spawn('/bin/sh', ['-c', 'trap "" TERM; while :; do sleep 1; done'], {
      detached: true,
      stdio: 'ignore',
    })
    keep(context, server)
    const exited = once(server, 'exit')
    guardian.guard(server.pid ?? 0)
    process.kill(first, 'SIGKILL')
    expect(await until(() => guardian.pid !== undefined && guardian.pid !== first, 30_000)).toBeDefined()
    await guardian.ready()
    expect(server.exitCode).toBeNull()
    await guardian.close()
    expect(await exited).toEqual([null, 'SIGKILL'])
  })

  test.concurrent('ends only what carries its own marker as a whole variable', async (context) => {
    const guardian = makeGuardian({ log: silentLog })
    await guardian.ready()
    const marker = guardian.environment.SALLYPORT_GUARD ?? ''
    const bystanders = [
      { OTHER: `SALLYPORT_GUARD=${marker}` },
      { OTHER: `a\nSALLYPORT_GUARD=${marker}\nb` },
      { MY_SALLYPORT_GUARD: marker },
      { SALLYPORT_GUARD: `${marker}0` },
      { SALLYPORT_GUARD: '.*' },
    ].map((env) => spawn('sleep', ['60'], { env: { PATH: process.env.PATH, ...env }, stdio: 'ignore' }))
    const marked = spawn('sleep', ['60'], {
      env: { PATH: process.env.PATH, ...guardian.environment },
      stdio: 'ignore',
    })
    for (const child of [...bystanders, marked]) keep(context, child)
    const exited = once(marked, 'exit')
    await Promise.all(bystanders.map((child) => once(child, 'spawn')))
    await guardian.close()
    await exited
    expect(bystanders.every((child) => child.exitCode === null && child.signalCode === null)).toBe(true)
  })

  test.concurrent('forgets a group that was released', async (context) => {
    const guardian = makeGuardian({ log: silentLog })
    await guardian.ready()
    const groups = [1, 2, 3].map(() => spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }))
    for (const child of groups) keep(context, child)
    const exits = groups.map((child) => once(child, 'exit'))
    for (const child of groups) guardian.guard(child.pid ?? 0)
    guardian.release(groups[1]?.pid ?? 0)
    await guardian.close()
    await Promise.all([exits[0], exits[2]])
    expect(groups[1]?.exitCode).toBeNull()
    expect(groups[1]?.signalCode).toBeNull()
  })

  test.concurrent('costs a megabyte or two and knows nothing of the gateway but its marker', async () => {
    const guardian = makeGuardian({ log: silentLog })
    await guardian.ready()
    const status = readFileSync(`/proc/${guardian.pid}/status`, 'utf8')
    const anonymousKb = Number(/RssAnon:\s+(\d+)/.exec(status)?.[1])
    expect(anonymousKb).toBeLessThan(4096)
    expect(readFileSync(`/proc/${guardian.pid}/environ`, 'utf8')).not.toContain('SALLYPORT')
    await guardian.close()
  })

  test.concurrent('starts nothing any more once it is closed, and closing again is no error', async () => {
    const guardian = makeGuardian({ log: silentLog })
    await guardian.close()
    await expect(guardian.ready()).rejects.toThrow(/shutting down/)
    await guardian.close()
  })
})
