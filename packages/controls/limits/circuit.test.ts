import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CircuitBreaker } from './circuit.ts'

const settings = { failures: 3, pauseMs: 1_000 }

/** Opened at `at`. */
function opened(at: number): CircuitBreaker {
  const circuit = new CircuitBreaker()
  for (let turn = 0; turn < 3; turn++) {
    expect(circuit.enter(settings, at)).toEqual({ kind: 'pass' })
    expect(circuit.failed(settings, at)).toBe(turn === 2)
  }
  return circuit
}

describe('a circuit breaker', () => {
  it('opens after so many failures in a row, and an answer between them begins the row anew', () => {
    const circuit = new CircuitBreaker()
    for (let at = 0; at < 50; at++) {
      circuit.failed(settings, at)
      circuit.failed(settings, at)
      circuit.answered()
    }
    expect(circuit.enter(settings, 50)).toEqual({ kind: 'pass' })
    expect(opened(0).enter(settings, 1)).toEqual({ kind: 'open', retryAfterMs: 999 })
  })

  it('failures that are far apart are no row', () => {
    const circuit = new CircuitBreaker()
    for (let day = 0; day < 10; day++) expect(circuit.failed(settings, day * 86_400_000)).toBe(false)
  })

  it('lets one call try after the pause, and nobody beside it', () => {
    const circuit = opened(0)
    expect(circuit.enter(settings, 1_000)).toEqual({ kind: 'pass', probe: 1 })
    expect(circuit.enter(settings, 1_001)).toEqual({ kind: 'open', retryAfterMs: 999 })
    expect(circuit.answered()).toBe(true)
    expect(circuit.enter(settings, 1_002)).toEqual({ kind: 'pass' })
  })

  it('a trial that fails, hangs or is cancelled hides the server no longer than a pause from its start', () => {
    const failing = opened(0)
    failing.enter(settings, 1_000)
    failing.failed(settings, 1_990, 1)
    expect(failing.enter(settings, 1_999)).toEqual({ kind: 'open', retryAfterMs: 1 })
    expect(failing.enter(settings, 2_000)).toEqual({ kind: 'pass', probe: 2 })
    // The first one's late word says nothing while the second is out.
    failing.failed(settings, 2_001, 1)
    expect(failing.enter(settings, 2_002)).toEqual({ kind: 'open', retryAfterMs: 998 })

    const hanging = opened(0)
    hanging.enter(settings, 1_000)
    expect(hanging.enter(settings, 2_000)).toEqual({ kind: 'pass', probe: 2 })

    const cancelled = opened(0)
    cancelled.enter(settings, 1_000)
    cancelled.left(1)
    expect(cancelled.enter(settings, 1_001)).toEqual({ kind: 'pass', probe: 2 })
  })

  it('calls that were under way when it opened prolong nothing', () => {
    const circuit = opened(0)
    for (let at = 1; at < 1_000; at++) circuit.failed(settings, at)
    expect(circuit.enter(settings, 1_000)).toMatchObject({ kind: 'pass' })
  })

  it('whatever happens: a call that comes a pause after the server is back is let through', () => {
    const step = fc.record({
      afterMs: fc.integer({ min: 0, max: 700 }),
      what: fc.constantFrom('enter', 'failed', 'left', 'late'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const circuit = new CircuitBreaker()
        const probes: (number | undefined)[] = []
        let now = 0
        for (const { afterMs, what } of steps) {
          now += afterMs
          if (what === 'enter') {
            const entry = circuit.enter(settings, now)
            if (entry.kind === 'pass') probes.push(entry.probe)
          } else if (what === 'failed') circuit.failed(settings, now, probes.pop())
          else if (what === 'left') circuit.left(probes.pop())
          else circuit.failed(settings, now, probes[0])
        }
        const opensAtMs = circuit.opensAtMs() ?? now
        expect(opensAtMs - now).toBeLessThanOrEqual(settings.pauseMs)
        expect(circuit.enter(settings, now + settings.pauseMs).kind).toBe('pass')
      }),
    )
  })
})
