import { describe, expect, it } from 'vitest'
import { selfTimes } from './selfTimes.ts'

describe('self times of a profile', () => {
  it('adds up samples by function and file, and keeps idle time apart', () => {
    const frame = (functionName: string, url: string, lineNumber = 9) => ({ functionName, url, lineNumber })
    const profile = {
      nodes: [
        { id: 1, callFrame: frame('(idle)', '') },
        { id: 2, callFrame: frame('parse', 'file:///repo/packages/a.ts') },
        { id: 3, callFrame: frame('', 'file:///repo/packages/a.ts') },
        { id: 4, callFrame: frame('write', 'node:fs') },
        { id: 5, callFrame: frame('parse', 'file:///repo/packages/a.ts') },
        { id: 6, callFrame: frame('writev', '') },
      ],
      samples: [1, 2, 3, 4, 5, 6],
      timeDeltas: [1000, 30, 5, 20, 40, 3],
    }
    const { totalUs, idleUs, files } = selfTimes(profile, '/repo/')
    expect({ totalUs, idleUs }).toEqual({ totalUs: 1098, idleUs: 1000 })
    expect(files).toEqual([
      {
        file: 'packages/a.ts',
        selfUs: 75,
        functions: [
          { name: 'parse :10', selfUs: 70 },
          { name: '(anonymous) :10', selfUs: 5 },
        ],
      },
      { file: 'node:fs', selfUs: 20, functions: [{ name: 'write :10', selfUs: 20 }] },
      { file: '(native)', selfUs: 3, functions: [{ name: 'writev', selfUs: 3 }] },
    ])
  })
})
