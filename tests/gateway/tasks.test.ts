/** Tasks of 2025-11-25 behind one endpoint: two reference servers, whose task ids and lists must not mix. */
import { createRequire } from 'node:module'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Answer, eventually, type Home, makeHome, PipeClient } from './harness.ts'

const EVERYTHING = createRequire(import.meta.url).resolve(
  '@modelcontextprotocol/server-everything/dist/index.js',
)

let home: Home
let gate: PipeClient
beforeEach(() => {
  home = makeHome()
  const server = { command: [process.execPath, EVERYTHING, 'stdio'], era: 'legacy', trust: 'trusted' }
  const file = home.configure({ servers: { one: server, two: server } })
  gate = new PipeClient(home, ['stdio', '--standalone', '--config', file])
})
afterEach(async () => {
  await gate.close()
  home.remove()
})

interface Task {
  readonly taskId: string
  readonly status: string
}
const taskOf = (answer: Answer) => (answer.result?.task ?? answer.result) as unknown as Task

it('tasks of several servers are one list, each reached, cancelled and read under its own sealed id', async () => {
  const opened = await gate.initialize({ tasks: {} })
  expect(opened.result?.capabilities).toMatchObject({ tasks: { list: {}, cancel: {} } })
  const names = ((await gate.request('t', 'tools/list')).result?.tools ?? []) as unknown as { name: string }[]
  const shown = (server: string) =>
    names.find(({ name }) => name.startsWith(`${server}__simulate`))?.name ?? ''
  const start = async (server: string) => {
    const answer = await gate.request(`start-${server}`, 'tools/call', {
      name: shown(server),
      arguments: { topic: `topic of ${server}` },
      task: { ttl: 60_000 },
    })
    return taskOf(answer)
  }
  const [one, two] = [await start('one'), await start('two')]
  expect([one.taskId, two.taskId]).toEqual([expect.stringMatching(/^one\./), expect.stringMatching(/^two\./)])

  const listed = await gate.request('list', 'tasks/list', {})
  const ids = ((listed.result?.tasks ?? []) as unknown as Task[]).map(({ taskId }) => taskId)
  expect(ids).toEqual([one.taskId, two.taskId])

  // The other server's name before one's own id is no task.
  const crossed = await gate.request('crossed', 'tasks/get', { taskId: one.taskId.replace('one.', 'two.') })
  expect(crossed.error?.code).toBe(-32602)

  const cancelled = taskOf(await gate.request('cancel', 'tasks/cancel', { taskId: two.taskId }))
  expect(cancelled).toMatchObject({ taskId: two.taskId, status: 'cancelled' })
  const result = await gate.request('result', 'tasks/result', { taskId: one.taskId })
  expect(JSON.stringify(result.result?.content)).toContain('topic of one')
  const state = taskOf(await gate.request('get', 'tasks/get', { taskId: one.taskId }))
  expect(state).toMatchObject({ taskId: one.taskId, status: 'completed' })
  await eventually('the client hears of both under the ids it knows', () =>
    [one, two].every(({ taskId }) =>
      gate.lines.some((line) => line.includes('notifications/tasks/status') && line.includes(taskId)),
    ),
  )
})
