import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { expect, it } from 'vitest'
import type { UpstreamCredentials } from '../../credentials/upstreamCredentials.ts'
import type { Identity } from '../../identity/identity.ts'
import { clientAddress, proxyRule, readForwarded } from '../../ingress/clientAddress.ts'
import { silentLog } from '../../log.ts'
import { withLinkPages } from './withLinkPages.ts'

it('a credential typed into a page comes from the address of who typed it, not from the proxy; a wrong one is recorded', async () => {
  const seen: string[] = []
  const recorded: unknown[] = []
  const identity = {
    identify(request: IncomingMessage) {
      seen.push(clientAddress(request))
      return { refuse: { status: 401, code: 0, rule: 'identity/api-key', explain: 'no' } }
    },
    side: { takes: () => false, receive: () => undefined },
  } as unknown as Identity
  const credentials = {
    connector: async () => ({
      ticketOf: () => ({ principal: '["key","p"]', server: 'files', expiresAt: 1 }),
    }),
    serverOf: () => ({ id: 'files' }),
    usePublicDoor: () => undefined,
  } as unknown as UpstreamCredentials
  const { side } = withLinkPages(identity, {
    credentials,
    publicUrl: 'https://gate.example',
    audit: {
      append: async (entry) => {
        recorded.push(entry)
      },
    },
    log: silentLog,
  })
  const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: '10.0.0.1' })
  const request = new IncomingMessage(socket)
  request.method = 'POST'
  request.url = `/oauth/connect/${'t'.repeat(43)}`
  request.headers['x-forwarded-for'] = '198.51.100.7'
  request.rawHeaders.push('X-Forwarded-For', '198.51.100.7')
  readForwarded(request, proxyRule(['10.0.0.1']))
  request.push('credential=some-key')
  request.push(null)
  const response = new ServerResponse(request)
  const answered = new Promise<void>((resolve) => {
    response.end = ((): ServerResponse => {
      resolve()
      return response
    }) as typeof response.end
  })
  side.receive(request, response)
  await answered
  expect([response.statusCode, seen]).toEqual([403, ['198.51.100.7']])
  expect(recorded).toMatchObject([{ event: 'upstream.link-refused', rule: 'upstream/link-credential' }])
})
