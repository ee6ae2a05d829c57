/** Every client reaches every example server of its era, by every route: what is there is there for all of them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientDriver, Progress } from './client.ts'
import { inspector } from './inspector.ts'
import { directHttp, directStdio, type OpenRoute, type Route } from './routes.ts'
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

/** One line adds a way. */
const routes: readonly Route[] = [directStdio, directHttp]

const scratch = await mkdtemp(join(tmpdir(), 'sallyport-matrix-'))
const servers = exampleServers(scratch)
afterAll(() => rm(scratch, { recursive: true, force: true }))

describe.each(routes)('over $name', (route) => {
  describe.each(servers.filter(route.reaches))('server "$id" ($era)', (server) => {
    let open: OpenRoute | undefined
    beforeAll(async () => {
      open = await route.open(server, scratch)
    })
    afterAll(() => open?.close())

    for (const client of clients.filter(({ eras }) => eras.includes(server.era))) {
      it(`${client.name} lists and calls its tools`, async () => {
        if (open === undefined) throw new Error('the route did not open')
        await listAndCall(client, server, open)
      })
    }
  })
})

async function listAndCall(client: ClientDriver, server: ExampleServer, open: OpenRoute): Promise<void> {
  const connection = await client.connect(open.target)
  try {
    expect(connection.era).toBe(server.era)
    const names = (await connection.listTools()).map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(server.tools.map(open.rename)))

    const result = await connection.callTool(open.rename(server.call.tool), server.call.args)
    expect(result.isError).toBe(false)
    expect(JSON.stringify(result.content)).toContain(server.call.answer)

    // The inspector starts a program for each question: what follows is asked of the SDKs alone.
    if (!client.interactive) return
    if (server.slow) {
      const seen: Progress[] = []
      const onProgress = (progress: Progress) => void seen.push(progress)
      await connection.callTool(open.rename(server.slow.tool), server.slow.args, { onProgress })
      // Both SDKs drop the last one when it comes together with the answer.
      const steps = Array.from({ length: server.slow.steps }, (_, index) => index + 1)
      expect([steps, steps.slice(0, -1)]).toContainEqual(seen.map(({ progress }) => progress))
    }
    if (server.prompt) {
      const prompts = (await connection.listPrompts()).map(({ name }) => name)
      expect(prompts).toContain(open.rename(server.prompt.name))
      expect(await connection.getPrompt(open.rename(server.prompt.name), server.prompt.args)).toContain(
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
