import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { claimsModern, describe as describeClient, gatewayMeta, readEnvelope } from './envelope.ts'
import { META } from './era.ts'

const meta = {
  [META.protocolVersion]: '2026-07-28',
  [META.clientCapabilities]: { elicitation: {} },
  [META.clientInfo]: { name: 'host', version: '2' },
  [META.logLevel]: 'warning',
}
const withMeta = (change: object) => ({ _meta: { ...meta, ...change } })
const without = (key: string) => ({
  _meta: Object.fromEntries(Object.entries(meta).filter(([name]) => name !== key)),
})

describe('the envelope of a modern request', () => {
  it.each([
    ['no params', {}],
    ['_meta that is a list', { _meta: [] }],
    ['no revision', without(META.protocolVersion)],
    ['a revision that is a number', withMeta({ [META.protocolVersion]: 20260728 })],
    ['no capabilities', without(META.clientCapabilities)],
    ['capabilities that are a list', withMeta({ [META.clientCapabilities]: [] })],
    ['client info without a name', withMeta({ [META.clientInfo]: { version: '1' } })],
    ['client info that is a text', withMeta({ [META.clientInfo]: 'host' })],
    ['a level of another protocol', withMeta({ [META.logLevel]: 'warn' })],
  ])('with %s is refused', (_, params) => {
    expect(readEnvelope(params)).toMatchObject({ ok: false, code: -32602, explain: expect.any(String) })
  })

  it('of a revision we do not speak names those that we do, and quotes no more than it needs', () => {
    const revision = '2099-01-01'.padEnd(5_000, 'x')
    expect(readEnvelope(withMeta({ [META.protocolVersion]: revision }))).toMatchObject({
      ok: false,
      code: -32022,
      data: { supported: ['2026-07-28'], requested: revision.slice(0, 40) },
    })
  })

  it('that is whole is read, and its optional members may be missing', () => {
    expect(readEnvelope({ _meta: meta })).toEqual({
      ok: true,
      envelope: {
        revision: '2026-07-28',
        capabilities: { elicitation: {} },
        clientInfo: { name: 'host', version: '2' },
        clientName: 'host/2',
        logLevel: 'warning',
      },
    })
    const bare = readEnvelope(
      withMeta({ [META.clientInfo]: undefined, [META.logLevel]: undefined }) as Parameters<
        typeof readEnvelope
      >[0],
    )
    expect(bare).toEqual({
      ok: true,
      envelope: { revision: '2026-07-28', capabilities: { elicitation: {} } },
    })
  })

  it('of the gateway itself is one that the gateway would take', () => {
    expect(readEnvelope({ _meta: gatewayMeta() })).toMatchObject({ ok: true })
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(meta)), fc.jsonValue()), (_meta) => {
        expect(readEnvelope({ _meta } as Parameters<typeof readEnvelope>[0])).toHaveProperty('ok')
      }),
    )
  })
})

it('a message claims the modern era by naming a revision, whatever it is', () => {
  expect(claimsModern({ _meta: { [META.protocolVersion]: null } })).toBe(true)
  expect(claimsModern({ _meta: { progressToken: 1 } })).toBe(false)
  expect(claimsModern({})).toBe(false)
})

it('what a client calls itself is bounded', () => {
  expect(describeClient({ name: 'x'.repeat(500), version: '1' })).toHaveLength(80)
  expect(describeClient({ version: 1 })).toBe('?')
})
