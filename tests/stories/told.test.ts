/**
 * One story for each way that flow and approvals hold, told through a real gateway with everything wired as it is used: what
 * `npm run e2e:stories` tells of all of them. Each with its harmless twin.
 */
import { expect, it } from 'vitest'
import { CELLS } from '../../evals/stories/cells.ts'
import { figuresOf } from '../../evals/stories/report.ts'
import { tellAll } from '../../evals/stories/tellAll.ts'
import { stories } from '../../examples/stories/index.ts'

it.each([
  ['copied-note', 'a private value, found behind its encoding'],
  ['own-words', 'what was seen, by its labels alone'],
  ['dropped-table', 'a call that destroys'],
])('%s: %s', async (name) => {
  const told = stories.filter((story) => story.name === name)
  expect(told).toHaveLength(1)
  const rows = await tellAll({ stories: told, kinds: ['attack', 'twin'], cells: CELLS.slice(0, 1), jobs: 1 })
  expect(figuresOf(rows)).toMatchObject({
    attacks: 1,
    succeeded: 0,
    upstreamCallsOnRefusal: 0,
    benign: 1,
    benignPassed: 1,
    broken: 0,
  })
})
