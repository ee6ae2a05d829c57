/**
 * Programs that are sent to the gateway's own sign-in: the clients of both SDKs find it, register, get a person to allow it,
 * call tools, refresh, and are out when they are revoked. The cases of attacks are `evals/auth/server.ts`.
 */
import { statSync } from 'node:fs'
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerOf, Browser } from '../../evals/auth/signIn/browser.ts'
import { LOOPBACK_REDIRECT, SignInWorld } from '../../evals/auth/signIn/world.ts'

let world: SignInWorld

beforeAll(async () => {
  world = await SignInWorld.open({ accessTokens: '1m' })
}, 60_000)

afterAll(async () => {
  await world?.close()
})

/** What a host keeps for one server; the browser is the scripted one. */
class HostMemory {
  readonly redirectUrl = LOOPBACK_REDIRECT
  readonly clientMetadata: {
    redirect_uris: string[]
    client_name: string
    token_endpoint_auth_method: string
  }
  answer: URLSearchParams | undefined
  kept: Record<string, unknown> = {}

  constructor(name: string) {
    const redirect_uris = [LOOPBACK_REDIRECT]
    this.clientMetadata = { redirect_uris, client_name: name, token_endpoint_auth_method: 'none' }
  }

  clientInformation = (): never => this.kept.client as never
  saveClientInformation = (client: unknown): void => {
    this.kept.client = client
  }
  tokens = (): never => this.kept.tokens as never
  saveTokens = (tokens: unknown): void => {
    this.kept.tokens = tokens
  }
  saveCodeVerifier = (verifier: string): void => {
    this.kept.verifier = verifier
  }
  codeVerifier = (): string => String(this.kept.verifier)
  redirectToAuthorization = async (url: URL): Promise<void> => {
    this.answer = answerOf(await world.goThrough(url.href, new Browser()))
  }
}

describe('clients of the SDKs', () => {
  it('v2 finds the sign-in by the challenge, registers, and calls a tool', async () => {
    const memory = new HostMemory('SDK v2')
    const url = new URL(world.gateway.url)
    const first = new TransportV2(url, { authProvider: memory })
    await expect(new ClientV2({ name: 'host', version: '1' }).connect(first)).rejects.toThrow()
    if (memory.answer === undefined) throw new Error('nobody was sent to the sign-in')
    await first.finishAuth(memory.answer)
    const client = new ClientV2({ name: 'host', version: '1' })
    await client.connect(new TransportV2(url, { authProvider: memory }))
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toContain('files__echo')
    await client.close()
  })

  it('v1 does the same, and refreshes when its token is not taken any more', async () => {
    const memory = new HostMemory('SDK v1')
    const url = new URL(`${world.gateway.url}/files`)
    const open = async (): Promise<ClientV1> => {
      const client = new ClientV1({ name: 'host', version: '1' })
      // The types of the SDK do not agree with `exactOptionalPropertyTypes`.
      await client.connect(new TransportV1(url, { authProvider: memory }) as never)
      return client
    }
    const first = new TransportV1(url, { authProvider: memory })
    await expect(new ClientV1({ name: 'host', version: '1' }).connect(first as never)).rejects.toThrow()
    await first.finishAuth(memory.answer?.get('code') ?? '')
    const client = await open()
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('echo')
    await client.close()

    const tokens = memory.kept.tokens as { access_token: string; refresh_token: string }
    memory.kept.tokens = { ...tokens, access_token: `${tokens.access_token.slice(0, -4)}AAAA` }
    const again = await open()
    expect((await again.listTools()).tools.length).toBeGreaterThan(0)
    const renewed = memory.kept.tokens as { access_token: string; refresh_token: string }
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token)
    await again.close()
  })
})

describe('what is kept', () => {
  it('is this user’s alone, and survives a restart: sessions, clients, tokens', async () => {
    const browser = new Browser()
    const client = await world.client()
    const { code, request } = await world.code({ client }, browser)
    const { body } = await world.redeem({ code, request })
    for (const file of ['identity.sqlite', 'owner.json', 'owner-passphrase.txt'])
      expect(statSync(world.home.path(`.local/state/sallyport/identity/${file}`)).mode & 0o077).toBe(0)

    const { port } = new URL(world.base)
    const { passphrase } = world
    await world.gateway.stop()
    world = await SignInWorld.open({ accessTokens: '1m' }, { home: world.home, port: Number(port) })
    expect(world.passphrase).toBe(passphrase)
    expect(await world.call(String(body.access_token))).toBe(200)
    const refreshed = await world.refresh(client, String(body.refresh_token))
    expect(refreshed.status).toBe(200)
    // Still signed in: only asked to allow it.
    const landing = await browser.open(world.request({ client, scope: 'mcp:read' }).url)
    expect(landing.kind === 'page' && landing.text.includes('value="allow"')).toBe(true)
    expect(await world.revoke(client, String(refreshed.body.refresh_token))).toBe(200)
    expect(await world.call(String(refreshed.body.access_token))).toBe(401)
  }, 60_000)
})
