import type { JsonObject } from '@sallyport/controls/json'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { META } from './era.ts'
import { replaceTaskIds } from './taskRewrite.ts'

const seal = (id: string) => `sealed-${id}`
const related = (taskId: string) => ({ _meta: { [META.relatedTask]: { taskId, x: 1 }, progressToken: 5 } })

describe('task ids on their way to a client', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['its own member', { taskId: '7', status: 'working' }, { taskId: 'sealed-7', status: 'working' }],
    ['a created task', { task: { taskId: '7', ttl: 1 } }, { task: { taskId: 'sealed-7', ttl: 1 } }],
    [
      'a list',
      { tasks: [{ taskId: '1' }, { taskId: '2' }, 'odd'] },
      { tasks: [{ taskId: 'sealed-1' }, { taskId: 'sealed-2' }, 'odd'] },
    ],
    ['a relation', related('7'), related('sealed-7')],
    [
      'all of them at once',
      { taskId: '1', task: { taskId: '2' }, ...related('3') },
      { taskId: 'sealed-1', task: { taskId: 'sealed-2' }, ...related('sealed-3') },
    ],
  ])('none leaves as it is: %s', (_, body, sealed) => {
    const before = JSON.stringify(body)
    expect(replaceTaskIds(body, seal)).toEqual(sealed)
    expect(JSON.stringify(body)).toBe(before)
  })

  it.each<[string, JsonObject]>([
    ['nothing', {}],
    ['ids that are no texts', { taskId: 7, task: { taskId: null }, _meta: { [META.relatedTask]: 'x' } }],
    [
      'a task id in content',
      { content: [{ type: 'text', text: 'taskId' }], structuredContent: { taskId: '7' } },
    ],
  ])('%s is left alone', (_, body) => {
    expect(replaceTaskIds(body, seal)).toBeUndefined()
  })

  it('replacing again what was replaced gives the same back, whatever stands around it', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (id, other) => {
        const body = { other, taskId: id, ...related(id) } as JsonObject
        const there = replaceTaskIds(body, seal) ?? {}
        expect(replaceTaskIds(there, (sealed) => sealed.slice('sealed-'.length))).toEqual(body)
      }),
    )
  })
})
