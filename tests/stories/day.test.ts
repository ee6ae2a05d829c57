/** A benign day of coding through a gateway as a careful person sets it up: nothing is refused, and little is asked. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { dayFigures, isQuiet, runDay } from '../../evals/stories/day/runDay.ts'
import { SALLYPORT } from '../program.ts'

it('of a benign day of coding at most one call in twenty is asked about, and nothing is refused', async () => {
  const day = await runDay()
  try {
    expect(day.failed).toEqual([])
    expect(day.calls).toBeGreaterThanOrEqual(200)
    const asked = day.questions.map(({ call, rules }) => `${call}: ${rules.join(', ')}`)
    expect(isQuiet(dayFigures(day)), asked.join('\n')).toBe(true)

    // The same day, by its record: under the policy it was recorded with, and under one that asks about every write.
    const replay = (...more: string[]) => {
      const args = [SALLYPORT, 'policy', 'replay', '--json', '--config', day.config, ...more]
      const { stdout, stderr } = spawnSync(process.execPath, args, { env: day.env, encoding: 'utf8' })
      expect(stderr).toBe('')
      return JSON.parse(stdout) as {
        calls: number
        checkedAnew: number
        questions: number
        changes: unknown[]
        after: { asked: number; refused: number }
      }
    }
    const same = replay()
    expect(same.calls).toBe(day.calls)
    expect(same.checkedAnew).toBeGreaterThan(day.calls / 2)
    expect(same.questions).toBeLessThanOrEqual(day.calls / 20)
    expect(same.after.refused).toBe(0)
    const careful = `${day.config}.writes.json`
    const config = JSON.parse(readFileSync(day.config, 'utf8')) as {
      defaults?: object
      servers: Record<string, object>
    }
    for (const server of Object.values(config.servers)) Object.assign(server, { confirm: 'writes' })
    writeFileSync(careful, JSON.stringify(config))
    const writes = replay('--with', careful)
    expect(writes.after.asked).toBeGreaterThan(same.after.asked)
    expect(writes.changes.length).toBeGreaterThan(same.changes.length)
  } finally {
    day.remove()
  }
})
