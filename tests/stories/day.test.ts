/** A benign day of coding through a gateway as a careful person sets it up: nothing is refused, and little is asked. */
import { expect, it } from 'vitest'
import { dayFigures, isQuiet, runDay } from '../../evals/stories/day/runDay.ts'

it('of a benign day of coding at most one call in twenty is asked about, and nothing is refused', async () => {
  const day = await runDay()
  try {
    expect(day.failed).toEqual([])
    expect(day.calls).toBeGreaterThanOrEqual(200)
    const asked = day.questions.map(({ call, rules }) => `${call}: ${rules.join(', ')}`)
    expect(isQuiet(dayFigures(day)), asked.join('\n')).toBe(true)
  } finally {
    day.remove()
  }
})
