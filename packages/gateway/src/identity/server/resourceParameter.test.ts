import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalResource } from './resourceParameter.ts'

const OURS = ['https://gate.example/mcp', 'https://gate.example/mcp/pg']
const targets = { has: (resource: string) => OURS.includes(resource) }
const form = (...resources: string[]) =>
  new URLSearchParams([['client_id', 'a b'], ...resources.map((one) => ['resource', one])]).toString()

describe('the resource of a request', () => {
  it.each(OURS)('%s may be named with a slash at its end', (resource) => {
    expect(canonicalResource(form(`${resource}/`), targets)).toBe(form(resource))
  })

  it.each([
    'https://gate.example/mcp//',
    'https://gate.example/mcp/other/',
    'https://gate.example/',
    'https://gate.example.evil.test/mcp/',
    'https://elsewhere.example/mcp/',
    'https://gate.example/mcp/%2f',
    '/',
    '',
  ])('%j is no other spelling of one of ours: it stays as it is, and is refused as it is', (resource) => {
    const text = form(resource)
    expect(canonicalResource(text, targets)).toBe(text)
  })

  it('that is named twice stays named twice', () => {
    const both = new URLSearchParams(canonicalResource(form(`${OURS[0]}/`, `${OURS[1]}`), targets))
    expect(both.getAll('resource')).toEqual(OURS)
  })

  it('changes nothing else, and once is enough', () => {
    const value = fc.string({ unit: 'binary', maxLength: 30 })
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value)), fc.constantFrom(...OURS), (pairs, resource) => {
        const others = pairs.filter(([name]) => name !== 'resource')
        const text = new URLSearchParams([...others, ['resource', `${resource}/`]]).toString()
        const named = canonicalResource(text, targets)
        expect([...new URLSearchParams(named)]).toEqual([
          ...new URLSearchParams(new URLSearchParams(others).toString()),
          ['resource', resource],
        ])
        expect(canonicalResource(named, targets)).toBe(named)
      }),
      process.env.FUZZ_SEED === undefined ? {} : { seed: Number(process.env.FUZZ_SEED) },
    )
  })

  it('is looked for in a mebibyte of anything in one pass', () => {
    let asked = 0
    const counting = { has: () => ++asked < 0 }
    for (const text of [
      'resource='.repeat(116_508),
      `resource=${'/'.repeat(1_048_567)}`,
      '%'.repeat(1_048_576),
    ])
      expect(canonicalResource(text, counting)).toBe(text)
    expect(asked).toBeLessThan(3)
  })
})
