import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configuredFetch, documentFetch, isLoopbackUrl } from './documentFetch.ts'

const asked: string[] = []
const server = createServer((request, response) => {
  asked.push(request.url ?? '')
  if (request.url === '/keys') {
    response.setHeader('content-type', 'application/json')
    response.setHeader('cache-control', 'max-age=90')
    response.end('{"keys":[]}')
  } else if (request.url === '/elsewhere') {
    response.writeHead(302, { location: '/keys' }).end()
  } else {
    // More than is read, and no end of it.
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write(Buffer.alloc(256 * 1024, 0x20))
  }
})
let at = ''

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

describe('what the operator configured', () => {
  it('is fetched from this machine', async () => {
    const response = await configuredFetch(`${at}/keys`)
    expect([response.status, await response.json()]).toEqual([200, { keys: [] }])
    expect(response.headers.get('cache-control')).toBe('max-age=90')
  })

  it('leads nowhere else', async () => {
    asked.length = 0
    await expect(configuredFetch(`${at}/elsewhere`)).rejects.toMatchObject({ code: 'redirect' })
    expect(asked).toEqual(['/elsewhere'])
  })

  it('is dropped where it does not end', async () => {
    await expect(configuredFetch(`${at}/endless`)).rejects.toMatchObject({ code: 'too-large' })
  })

  it.each([
    'http://10.0.0.1/keys',
    'http://issuer.example/keys',
    'https://169.254.169.254/keys',
    'https://user@issuer.example/keys',
    'ftp://127.0.0.1/keys',
  ])('is not asked for at %s', async (url) => {
    await expect(configuredFetch(url)).rejects.toMatchObject({ code: 'url' })
  })
})

it.each([
  'http://10.0.0.1/',
  'https://10.0.0.1/',
  'https://127.0.0.1/',
  'https://localhost/',
  'https://[::ffff:127.0.0.1]/',
])('what a stranger named is not asked for at %s', async (url) => {
  await expect(documentFetch(false)(url)).rejects.toMatchObject({ code: 'url' })
})

it('what a stranger named is asked for on this machine only while developing', async () => {
  asked.length = 0
  await expect(documentFetch(false)(`${at}/keys`)).rejects.toMatchObject({ code: 'url' })
  expect(asked).toEqual([])
  expect((await documentFetch(true)(`${at}/keys`)).status).toBe(200)
})

it.each([
  ['http://localhost/', true],
  ['http://127.0.0.1:3000/a?b', true],
  ['https://[::1]:8443/a', true],
  ['http://127.0.0.2/', false],
  ['http://127.1/', false],
  ['http://LOCALHOST/', false],
  ['http://localhost', false],
  ['http://user@localhost/', false],
  ['http://localhost@evil.example/', false],
  ['http://localhost.evil.example/', false],
  ['http:\\\\localhost/', false],
  [' http://localhost/', false],
  ['ftp://localhost/', false],
  ['', false],
])('%j is an address of this machine: %s', (url, is) => {
  expect(isLoopbackUrl(url)).toBe(is)
})
