import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Flights } from './flights.ts'

const limits = { maxInFlightPerClient: 2, maxInFlight: 3 }

/** A place, or the test fails. */
function taken(place: (() => void) | string): () => void {
  if (typeof place === 'string') throw new Error(place)
  return place
}

describe('calls in flight', () => {
  it('a client that fills its own limit takes nobody else the place, and is told why it waits', () => {
    const flights = new Flights()
    taken(flights.take('greedy', limits))
    taken(flights.take('greedy', limits))
    expect(flights.take('greedy', limits)).toBe('2 calls of this client are in flight, which is its limit')
    const leave = taken(flights.take('modest', limits))
    expect(flights.take('third', limits)).toBe("3 calls are in flight, which is the gateway's limit")
    leave()
    expect(flights.take('third', limits)).toBeTypeOf('function')
  })

  it('a place given back twice is free once', () => {
    const flights = new Flights()
    const leave = taken(flights.take('a', limits))
    taken(flights.take('a', limits))
    leave()
    leave()
    expect(flights.total).toBe(1)
    taken(flights.take('a', limits))
    expect(flights.take('a', limits)).toBeTypeOf('string')
  })

  it('whoever comes and goes in whatever order: the count is that of places taken', () => {
    const step = fc.tuple(fc.constantFrom('a', 'b', 'c', '__proto__'), fc.boolean())
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const flights = new Flights()
        const open: { client: string; leave: () => void }[] = []
        for (const [client, come] of steps) {
          if (come) {
            const place = flights.take(client, limits)
            const own = open.filter((one) => one.client === client).length
            expect(typeof place === 'string').toBe(own >= 2 || open.length >= 3)
            if (typeof place !== 'string') open.push({ client, leave: place })
          } else {
            const at = open.findIndex((one) => one.client === client)
            if (at !== -1) open.splice(at, 1)[0]?.leave()
          }
          expect(flights.total).toBe(open.length)
        }
      }),
    )
  })
})
