import { expect, it } from 'vitest'
import { inclusiveShare } from './inclusiveShare.ts'

const node = (id: number, functionName: string, url: string, children: number[] = []) => ({
  id,
  callFrame: { functionName, url, lineNumber: 0 },
  children,
})

it('time counts where it is spent by what counts, also in what that called, and nobody pays for idling', () => {
  const profile = {
    nodes: [
      node(1, '(root)', '', [2, 3, 7]),
      node(2, '(idle)', ''),
      node(3, 'relay', 'file:///src/relay.ts', [4, 6]),
      node(4, 'append', 'file:///src/audit/trail.ts', [5]),
      node(5, 'hash', 'node:crypto'),
      node(6, 'hash', 'node:crypto'),
      node(7, '(garbage collector)', ''),
    ],
    samples: [2, 3, 4, 5, 6, 7],
    timeDeltas: [1000, 50, 10, 15, 25, 500],
  }
  expect(inclusiveShare(profile, (url) => url.includes('/audit/'))).toBe(0.25)
  expect(inclusiveShare({ ...profile, samples: [2] }, () => true)).toBeNaN()
})
