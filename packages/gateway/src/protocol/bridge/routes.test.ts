import { randomBytes } from 'node:crypto'
import type { JsonObject } from '@sallyport/controls/json'
import { describe, expect, it, vi } from 'vitest'
import { nothingHeld } from '../../pipeline/testing/nothingHeld.ts'
import { Catalog } from '../catalog.ts'
import { META } from '../era.ts'
import { exposeTaskId } from '../taskIds.ts'
import { findRoute, type RouteQuestion } from './routes.ts'

const taskKey = randomBytes(32)
const me = '["local","me"]'
const related = (taskId: string) => ({ _meta: { [META.relatedTask]: { taskId } } })

function world(change: Partial<RouteQuestion> = {}) {
  const catalog = new Catalog(
    () => 0,
    () => undefined,
  )
  catalog.tools('files', [{ name: 'read' }])
  catalog.resources('files', [{ uri: 'file:///a', name: 'a' }])
  const refresh = vi.fn(async () => undefined)
  const ask = (method: string, params: JsonObject, more: Partial<RouteQuestion> = {}) =>
    findRoute({
      era: 'legacy',
      method,
      params,
      view: { kind: 'all' },
      servers: ['files', 'web'],
      catalog,
      principal: me,
      taskKey,
      withResources: ['files', 'web'],
      pins: nothingHeld,
      refresh,
      ...change,
      ...more,
    })
  return { catalog, refresh, ask }
}

describe('a request goes to the one server that owns what it names', () => {
  it('a tool under its own name there', async () => {
    const { ask, refresh } = world()
    expect(await ask('tools/call', { name: 'files__read' })).toEqual({
      kind: 'server',
      server: 'files',
      own: 'read',
      overrides: { name: 'read' },
    })
    expect(refresh).not.toHaveBeenCalled()
  })

  it('a resource to its owner; at one endpoint for one server, everything as it is', async () => {
    const { ask } = world()
    expect(await ask('resources/read', { uri: 'file:///a' })).toMatchObject({
      server: 'files',
      own: 'file:///a',
    })
    const one = { view: { kind: 'one', server: 'web' }, servers: ['web'] } as const
    expect(await ask('tools/call', { name: 'files__read' }, one)).toMatchObject({
      server: 'web',
      overrides: {},
    })
  })
})

describe('a request goes nowhere', () => {
  it.each<[string, string, JsonObject, string]>([
    ['a cut name that stands for no tool', 'tools/call', { name: 'web__get_0123abcd' }, 'route/unknown-tool'],
    ['a tool of a server that is not here', 'tools/call', { name: 'mail__send' }, 'route/unknown-tool'],
    ["a tool under its server's own name", 'tools/call', { name: 'read' }, 'route/unknown-tool'],
    ['a tool without a name', 'tools/call', {}, 'shape/params'],
    ['a name that is a list', 'tools/call', { name: ['files__read'] }, 'shape/params'],
    [
      'a cut name that stands for no prompt',
      'prompts/get',
      { name: 'files__x_0123abcd' },
      'route/unknown-prompt',
    ],
    ['a resource nobody has', 'resources/read', { uri: 'file:///b' }, 'route/unknown-resource'],
    ['a resource without a URI', 'resources/read', { uri: '' }, 'shape/params'],
    ['a completion for nothing', 'completion/complete', {}, 'shape/params'],
    ['a completion for neither prompt nor resource', 'completion/complete', { ref: {} }, 'shape/params'],
    ['a method of nobody', 'vendor/echo', {}, 'method/unknown'],
    ['a task id of a server, not ours', 'tasks/get', { taskId: '7' }, 'tasks/unknown'],
    ['a task that is no text', 'tasks/get', { taskId: {} }, 'tasks/unknown'],
    [
      'a relation to a task that is not ours',
      'tools/call',
      { name: 'files__read', ...related('7') },
      'tasks/unknown',
    ],
  ])('%s', async (_, method, params, rule) => {
    expect(await world().ask(method, params)).toMatchObject({ kind: 'nowhere', refusal: { rule } })
  })

  it("with another principal's task, or one of a server that is not in view", async () => {
    const mine = exposeTaskId(taskKey, me, { server: 'files', taskId: '7' })
    const theirs = exposeTaskId(taskKey, '["local","you"]', { server: 'files', taskId: '7' })
    const { ask } = world()
    expect(await ask('tasks/get', { taskId: mine })).toMatchObject({
      server: 'files',
      own: '7',
      overrides: { taskId: '7' },
    })
    expect(await ask('tasks/get', { taskId: theirs })).toMatchObject({ kind: 'nowhere' })
    expect(await ask('tasks/get', { taskId: mine }, { servers: ['web'] })).toMatchObject({ kind: 'nowhere' })
    expect(await ask('tools/call', { name: 'files__read', ...related(theirs) })).toMatchObject({
      kind: 'nowhere',
    })
    expect(await ask('tools/call', { name: 'files__read', ...related(mine) })).toMatchObject({
      overrides: { name: 'read', ...related('7') },
    })
  })

  it('with the code of its era for a resource that is not there', async () => {
    const { ask } = world()
    const code = async (era: 'legacy' | 'modern') => await ask('resources/read', { uri: 'x:/' }, { era })
    expect(await code('legacy')).toMatchObject({ refusal: { code: -32002 }, data: { uri: 'x:/' } })
    expect(await code('modern')).toMatchObject({ refusal: { code: -32602 }, data: { uri: 'x:/' } })
  })
})
