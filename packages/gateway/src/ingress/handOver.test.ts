import { expect, it } from 'vitest'
import { headersToHandOver } from './handOver.ts'

it('no credential of a client goes to another worker, in whichever header and case it came', () => {
  const lines = [
    'AUTHORIZATION',
    'Bearer a',
    'X-Api-Key',
    'sp_b',
    'Cookie',
    'c',
    'Proxy-Authorization',
    'd',
    'Sallyport-Caller',
    'e',
  ]
  expect(
    headersToHandOver([...lines, 'Accept', 'text/event-stream', 'MCP-Method', 'ping'], 'x-api-key'),
  ).toEqual(['Accept', 'text/event-stream', 'MCP-Method', 'ping'])
})
