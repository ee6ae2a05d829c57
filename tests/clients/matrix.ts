/**
 * Every client reaches every example server of its era, by every route: what is there is there for all of them. The
 * routes are spread over test files, so that they can run side by side.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientDriver, ClientEra, Connection, Progress } from './client.ts'
import { inspector } from './inspector.ts'
import type { OpenRoute, Reach, Route } from './routes.ts'
import { sdkV1 } from './sdkV1.ts'
import { sdkV2 } from './sdkV2.ts'
import { type ExampleServer, exampleServers } from './servers.ts'

const clients: readonly ClientDriver[] = [
  sdkV1,
  sdkV2('legacy'),
  sdkV2('auto'),
  sdkV2('modern'),
  inspector('legacy'),
  inspector('modern'),
]

/** One line in a test file: `describeMatrix([directStdio])`. */
export function describeMatrix(routes: readonly Route[]): void {
  describe.each(routes)('over $name', (route) => {
    let scratch: string
    let open: OpenRoute | undefined
    const servers = exampleServers().filter(route.reaches)
    beforeAll(async () => {
      scratch = await mkdtemp(join(tmpdir(), 'sallyport-matrix-'))
      open = await route.open(servers, scratch)
    })
    afterAll(async () => {
      await open?.close()
      await rm(scratch, { recursive: true, force: true })
    })

    describe.each(servers)('server "$id" ($era)', (server) => {
      let reach: Promise<Reach> | undefined
      for (const client of clients.filter((one) => reachesBy(route, one, server.era))) {
        it(`${client.name} lists, calls, and is asked, told of progress and errors, and can cancel`, async () => {
          reach ??= open?.to(server)
          if (reach === undefined) throw new Error(`the route ${route.name} did not open`)
          const era = route.only === 'sse' ? 'legacy' : route.bridges ? client.eras.at(-1) : server.era
          await listAndCall(client, server, await reach, era)
        })
      }
    })
  })
}

function reachesBy(route: Route, { eras, sse }: ClientDriver, era: ClientEra): boolean {
  // HTTP+SSE has legacy revisions only, whatever the server behind speaks.
  if (route.only === 'sse') return sse && eras.includes('legacy')
  return route.bridges === true || eras.includes(era)
}

async function listAndCall(
  client: ClientDriver,
  server: ExampleServer,
  reach: Reach,
  era: ClientEra | undefined,
): Promise<void> {
  const questions: string[] = []
  const connection = await client.connect(reach.target, {
    elicit: (question) => {
      questions.push(question)
      return server.form?.answer ?? { action: 'cancel' }
    },
  })
  try {
    expect(connection.era).toBe(era)
    const [tools, result] = await Promise.all([
      connection.listTools(),
      connection.callTool(reach.rename(server.call.tool), server.call.args),
    ])
    const names = tools.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(server.tools.map(reach.rename)))
    expect(result.isError).toBe(false)
    expect(JSON.stringify(result.content)).toContain(server.call.answer)

    const wrong = await connection.callTool(reach.rename(server.wrong.tool), server.wrong.args)
    expect(wrong.isError).toBe(true)
    expect(JSON.stringify(wrong.content)).toContain(server.wrong.reason)

    // The inspector starts a program for each question: what follows is asked of the SDKs alone.
    if (!client.interactive) return
    if (server.slow) {
      const seen: Progress[] = []
      const onProgress = (progress: Progress) => void seen.push(progress)
      await connection.callTool(reach.rename(server.slow.tool), server.slow.args, { onProgress })
      // Both SDKs drop progress that they read together with the answer: some may be missing, at the end only.
      const steps = seen.map(({ progress }) => progress)
      expect(steps).toEqual(Array.from(steps, (_, index) => index + 1))
      expect(steps.length).toBeGreaterThan(0)
      expect(steps.length).toBeLessThanOrEqual(server.slow.steps)
    }
    if (server.form) await answerForm(connection, server.form, reach, questions)
    if (server.long) await cancel(connection, server, server.long, reach)
    if (server.prompt) {
      const prompts = (await connection.listPrompts()).map(({ name }) => name)
      expect(prompts).toContain(reach.rename(server.prompt.name))
      expect(await connection.getPrompt(reach.rename(server.prompt.name), server.prompt.args)).toContain(
        server.prompt.answer,
      )
    }
    if (server.resource) {
      const uris = (await connection.listResources()).map(({ uri }) => uri)
      expect(uris).toContain(server.resource.uri)
      expect(await connection.readResource(server.resource.uri)).toContain(server.resource.answer)
    }
  } finally {
    await connection.close()
  }
}

async function answerForm(
  connection: Connection,
  form: NonNullable<ExampleServer['form']>,
  reach: Reach,
  questions: readonly string[],
): Promise<void> {
  const { tool, idFrom, question, outcome } = form
  const found = idFrom && (await connection.callTool(reach.rename(idFrom.tool), idFrom.args))
  const notes = found?.structuredContent as { notes: readonly { id: string }[] } | undefined
  const result = await connection.callTool(reach.rename(tool), notes ? { id: notes.notes[0]?.id } : {})
  expect(questions).toEqual([expect.stringContaining(question)])
  expect(JSON.stringify(result.content)).toContain(outcome)
}

/** The call ends when it is cancelled, and the connection goes on. */
async function cancel(
  connection: Connection,
  server: ExampleServer,
  long: NonNullable<ExampleServer['long']>,
  reach: Reach,
): Promise<void> {
  const abort = new AbortController()
  const call = connection.callTool(reach.rename(long.tool), long.args, {
    onProgress: () => abort.abort(),
    signal: abort.signal,
  })
  await expect(call).rejects.toThrow()
  const after = await connection.callTool(reach.rename(server.call.tool), server.call.args)
  expect(JSON.stringify(after.content)).toContain(server.call.answer)
}
