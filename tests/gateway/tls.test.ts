/** TLS at `serve`: with a certificate for this machine, in one process and in several. */
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ENVELOPE, faultOnPipe, type Home, type HttpGateway, makeHome, startHttpGateway } from './harness.ts'

let home: Home
let gateway: HttpGateway | undefined
beforeEach(() => {
  home = makeHome()
})
afterEach(async () => {
  await gateway?.stop()
  gateway = undefined
  home.remove()
})

function call(url: string, ca: Buffer, name: string): Promise<string> {
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name, arguments: {}, _meta: ENVELOPE },
  })
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': name,
  }
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', ca, agent: false, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      answer.on('end', () => resolve(text))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

it.each([1, 2])(
  'a call passes in TLS, with %d workers, for who trusts the authority alone',
  async (workers) => {
    const servers = { one: { ...faultOnPipe(home, 'one', 'modern'), rate: 'unlimited' } }
    gateway = await startHttpGateway(home, {
      servers,
      listen: { http: '127.0.0.1:0', workers, localTls: true },
    })
    expect(gateway.url).toMatch(/^https:/)
    const ca = readFileSync(home.path('.local/share/sallyport/tls/local-ca.pem'))
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => call(`${gateway?.url}`, ca, 'one__pid')),
    )
    for (const answer of answers) expect(answer).toMatch(/"text":"\d+"/)
    await expect(fetch(gateway.url)).rejects.toThrow()
  },
)
