import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as oauth from 'oauth4webapi'
import { describe, expect, it } from 'vitest'
import type { AllowedPerson, BrokerConfig } from '../../config/auth/serverConfig.ts'
import { Broker, groupsOf, personOf, refusalOf } from './broker.ts'
import { HostCookies } from './hostCookies.ts'
import { openIdentityDatabase } from './store/identityDatabase.ts'

const CLAIMS = {
  sub: 'u1',
  groups: ['staff', 'mcp'],
  email: 'Ada@X.example',
  email_verified: true,
  acr: 'aal2',
  amr: ['pwd', 'mfa'],
}

function mayIn(allow: AllowedPerson, claims: object, requireAcr: readonly string[] = []): boolean {
  const config = {
    allow: [allow],
    requireAcr,
    groupsClaim: 'groups',
    claims: { rules: ['department', 'org.unit'] },
  }
  return refusalOf(config, { ...claims }) === undefined
}

describe('what rules ask for of a person', () => {
  const config = { groupsClaim: 'groups', claims: { rules: ['department', 'org.unit', 'level', 'missing'] } }

  it('is taken over where it is named and simple, from the ID token alone', () => {
    const { claims } = personOf(config, {
      ...CLAIMS,
      iss: 'https://idp.example',
      department: ['sales', 'support'],
      org: { unit: 'north', secret: 'x' },
      level: 3,
      salary: 100,
    })
    expect(claims).toEqual({ department: ['sales', 'support'], 'org.unit': ['north'], level: ['3'] })
  })

  it('is lists of texts whatever is sent, and never an object of theirs', () => {
    const { claims } = personOf(config, {
      ...CLAIMS,
      department: [{ evil: 1 }, ['nested'], 'sales', null, true],
      level: { deep: 1 },
    })
    expect(claims).toEqual({ department: ['sales', 'null', 'true'], level: [] })
    expect(personOf({ groupsClaim: 'groups', claims: { rules: ['__proto__'] } }, CLAIMS).claims).toEqual({})
  })

  it('is nothing where nothing is named', () => {
    expect(personOf({ groupsClaim: 'groups', claims: { rules: [] } }, CLAIMS)).not.toHaveProperty('claims')
  })

  it.each([
    ['too long', { department: 'x'.repeat(5_000) }],
    ['too many', { department: Array.from({ length: 2_000 }, String) }],
    ['left out by the provider', { _claim_names: { department: 'src1' } }],
  ])('keeps them out where it is %s: a rule could deny what is not seen', (_, claims) => {
    expect(mayIn({ by: 'anyone', value: '' }, { ...CLAIMS, ...claims })).toBe(false)
    expect(mayIn({ by: 'anyone', value: '' }, { ...CLAIMS, other: 'x'.repeat(5_000) })).toBe(true)
  })
})

describe('who may come in', () => {
  it.each([
    ['left out by the provider', { groups: undefined, _claim_names: { groups: 'src1' } }],
    ['more than there can be', { groups: Array.from({ length: 201 }, String) }],
    ['longer than a header', { groups: Array.from({ length: 100 }, () => 'g'.repeat(100)) }],
  ])('nobody whose groups are %s: a rule could deny one that is not seen', (_, claims) => {
    expect(mayIn({ by: 'anyone', value: '' }, { ...CLAIMS, ...claims })).toBe(false)
  })

  it.each([
    ['anyone', { by: 'anyone', value: '' }, CLAIMS, true],
    ['a group', { by: 'group', value: 'mcp' }, CLAIMS, true],
    ['no group by its prefix', { by: 'group', value: 'mc' }, CLAIMS, false],
    ['no groups at all', { by: 'group', value: 'mcp' }, { sub: 'u1' }, false],
    ['a subject', { by: 'subject', value: 'u1' }, CLAIMS, true],
    ['an address', { by: 'email', value: 'ada@x.example' }, CLAIMS, true],
    [
      'no address that is not verified',
      { by: 'email', value: 'ada@x.example' },
      { ...CLAIMS, email_verified: false },
      false,
    ],
    [
      'no address verified by a word',
      { by: 'email', value: 'ada@x.example' },
      { ...CLAIMS, email_verified: 'true' },
      false,
    ],
    ['a domain', { by: 'domain', value: 'x.example' }, CLAIMS, true],
    ['no domain by its end', { by: 'domain', value: 'example' }, CLAIMS, false],
    [
      'no domain in the name',
      { by: 'domain', value: 'x.example' },
      { ...CLAIMS, email: '"a@x.example"@evil.test' },
      false,
    ],
  ] as const)('%s', (_, allow, claims, may) => {
    expect(mayIn(allow, claims)).toBe(may)
  })

  it('only by the way that is asked for', () => {
    const anyone = { by: 'anyone', value: '' } as const
    expect(mayIn(anyone, CLAIMS, ['mfa'])).toBe(true)
    expect(mayIn(anyone, CLAIMS, ['aal2'])).toBe(true)
    expect(mayIn(anyone, CLAIMS, ['aal3'])).toBe(false)
    expect(mayIn(anyone, { sub: 'u1' }, ['mfa'])).toBe(false)
  })

  it('with groups that are texts, and not without end', () => {
    expect(groupsOf('one')).toEqual(['one'])
    expect(groupsOf(['a', 1, null, 'b'])).toEqual(['a', 'b'])
    expect(groupsOf({ a: 1 })).toEqual([])
    expect(groupsOf(Array.from({ length: 1000 }, String))).toHaveLength(200)
  })
})

describe('a provider', () => {
  it.each([
    [
      'that sends no end of metadata',
      'too-large',
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.write(Buffer.alloc(1024 * 1024, 0x20))
      },
    ],
    [
      'that sends the gateway elsewhere',
      'redirect',
      (_request, response) => response.writeHead(302, { location: 'https://elsewhere.example/' }).end(),
    ],
  ] as const satisfies readonly (readonly [string, string, RequestListener])[])(
    '%s is not heard out',
    async (_, code, listener) => {
      const server = createServer(listener).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const database = openIdentityDatabase(':memory:')
      const config: BrokerConfig = {
        issuer,
        clientId: 'gate',
        allow: [],
        requireAcr: [],
        groupsClaim: 'groups',
        claims: { rules: [] },
        scopes: [],
      }
      const publicUrl = 'https://gate.example'
      const cookies = new HostCookies(new URL(publicUrl))
      const broker = new Broker({
        oauth,
        config,
        clientSecret: undefined,
        publicUrl,
        database,
        cookies,
        now: Date.now,
      })
      try {
        await expect(broker.begin('a')).rejects.toMatchObject({ code })
      } finally {
        database.close()
        server.close()
        server.closeAllConnections()
      }
    },
  )
})
