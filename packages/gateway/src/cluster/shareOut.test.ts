import { homedir } from 'node:os'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseConfig } from '../config/load.ts'
import { shareOut } from './shareOut.ts'

function configOf(text: object) {
  const parsed = parseConfig(Buffer.from(JSON.stringify({ version: 1, ...text })), '/etc/sallyport.json', {
    env: {},
    homeDir: homedir(),
  })
  if (!parsed.ok) throw parsed.error
  return parsed.config
}

it('all workers together stay within what the gateway may, and each may do something', () => {
  const count = fc.integer({ min: 1, max: 10_000 })
  fc.assert(
    fc.property(
      count,
      count,
      count,
      fc.integer({ min: 1, max: 64 }),
      (sessions, streams, flights, workers) => {
        const config = configOf({
          listen: { maxSessions: sessions, maxStreams: streams },
          limits: { maxInFlight: flights },
        })
        const { listen, limits } = shareOut(config, workers)
        for (const [share, whole] of [
          [listen.maxSessions, sessions],
          [listen.maxStreams, streams],
          [limits.maxInFlight, flights],
        ] as const) {
          expect(share).toBeGreaterThanOrEqual(1)
          // Rounded up: less than one more for each worker.
          expect(share * workers).toBeLessThan(whole + workers)
        }
        expect(limits.maxInFlightPerClient).toBeLessThanOrEqual(config.limits.maxInFlightPerClient)
      },
    ),
    { numRuns: 50 },
  )
})

it('a client keeps a share that ordinary hosts can work with, but never more than it may', () => {
  const perClient = (most: number, workers: number) =>
    shareOut(configOf({ limits: { maxInFlightPerClient: most } }), workers).limits.maxInFlightPerClient
  expect(perClient(256, 4)).toBe(64)
  expect(perClient(256, 64)).toBe(16)
  expect(perClient(8, 4)).toBe(8)
})

it('one worker has everything, and what is no count is left as it is', () => {
  const config = configOf({ servers: { a: { command: 'a' } } })
  expect(shareOut(config, 1)).toEqual(config)
  const { servers, audit, log } = shareOut(config, 8)
  expect({ servers, audit, log }).toEqual({ servers: config.servers, audit: config.audit, log: config.log })
})
