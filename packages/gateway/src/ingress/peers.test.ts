import { describe, expect, it } from 'vitest'
import type { RequestHead } from './exchangeTypes.ts'
import { handingOver, identifyHandedOver } from './peers.ts'
import type { Caller } from './port.ts'

const SECRET = 'a'.repeat(64)
const ANN: Caller = { principal: { issuer: 'https://id.example', subject: 'ann "ü"' }, transport: 'http' }

function requestWith(rawHeaders: readonly string[]): RequestHead {
  return { rawHeaders } as unknown as RequestHead
}

/** The headers of a good request with one of them changed: the secret, then the caller. */
const good = handingOver(ANN, SECRET)
const withSecret = (secret: string) => requestWith(good.with(1, secret))

describe('a request that another worker hands over', () => {
  it('is its caller, whatever is in the name', () => {
    expect(identifyHandedOver(requestWith(good), SECRET)).toMatchObject({ principal: ANN.principal })
  })

  it.each([
    ['another secret of the same length', withSecret('b'.repeat(64))],
    ['a part of it', withSecret('a'.repeat(63))],
    ['it and more', withSecret('a'.repeat(65))],
    ['an empty one', withSecret('')],
    ['none', requestWith(good.slice(2))],
    ['two callers', requestWith([...good, ...good.slice(2)])],
    ['no caller', requestWith(good.slice(0, 2))],
  ])('is nobody with %s', (_, request) => {
    expect(identifyHandedOver(request, SECRET)).toHaveProperty('refuse')
  })
})
