/** For tests: a server of our own that speaks the part of Vault's HTTP API that is asked here (KV version 2). Not HashiCorp's. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface TestVault {
  readonly url: string
  /** By API path without `/v1/`: `secret/data/team/github`. */
  readonly secrets: Map<string, Record<string, unknown>>
  readonly asked: {
    readonly path: string
    readonly token: string | undefined
    readonly namespace: string | undefined
  }[]
  token: string
  leaseSeconds: number
  /** Answers in place of the vault. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
  close(): Promise<void>
}

export async function openTestVault(token: string): Promise<TestVault> {
  const server = createServer((request, response) => {
    const header = (name: string) => {
      const value = request.headers[name]
      return typeof value === 'string' ? value : undefined
    }
    const path = (request.url ?? '').replace(/^\/v1\//, '')
    vault.asked.push({ path, token: header('x-vault-token'), namespace: header('x-vault-namespace') })
    if (vault.answer !== undefined) {
      vault.answer(request, response)
      return
    }
    const reply = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    }
    const data = vault.secrets.get(path)
    if (header('x-vault-token') !== vault.token)
      reply(403, { errors: [`permission denied for ${header('x-vault-token')}`] })
    else if (data === undefined) reply(404, { errors: [] })
    else reply(200, { lease_duration: vault.leaseSeconds, data: { data, metadata: { version: 1 } } })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const vault: TestVault = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secrets: new Map(),
    asked: [],
    token,
    leaseSeconds: 0,
    answer: undefined,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return vault
}
