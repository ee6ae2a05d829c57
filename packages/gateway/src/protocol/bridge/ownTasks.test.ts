import { describe, expect, it } from 'vitest'
import { OwnTasks } from './ownTasks.ts'

const task = (taskId: unknown) => ({ taskId, status: 'working' }) as { taskId: string; status: string }

describe("a conversation's tasks", () => {
  it('are what its own calls made at that server, whatever else the server lists', () => {
    const tasks = new OwnTasks()
    tasks.note('build', { task: task('mine') })
    tasks.note('other', { task: task('same-id-elsewhere') })
    const listed = ['yours', 'mine', 'same-id-elsewhere', 7, undefined].map(task)
    expect(tasks.only('build', { tasks: [...listed, 'x', null], nextCursor: 'c' })).toEqual({
      tasks: [task('mine')],
      nextCursor: 'c',
    })
    expect(tasks.only('unknown', { tasks: listed })).toEqual({ tasks: [] })
    expect(tasks.only('build', { tasks: 'none' })).toEqual({ tasks: [] })
  })

  it('are bounded, the newest stay', () => {
    const tasks = new OwnTasks()
    for (let at = 0; at < 1_100; at++) tasks.note('build', { task: task(`t${at}`) })
    tasks.note('build', { task: task('x'.repeat(1_025)) })
    const listed = Array.from({ length: 1_100 }, (_, at) => task(`t${at}`))
    const shown = tasks.only('build', { tasks: [...listed, task('x'.repeat(1_025))] }).tasks
    expect(shown).toEqual(listed.slice(76))
  })
})
