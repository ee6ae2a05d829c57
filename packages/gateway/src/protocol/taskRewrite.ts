/**
 * Where task ids stand in messages (Tasks core of 2025-11-25 and the extension of 2026-07-28), and how they are
 * exchanged on the way through.
 */
import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import { META } from './era.ts'

/**
 * A copy of a result or of a notification's params with every task id replaced, or `undefined` when it has none.
 *
 * @example
 * replaceTaskIds({ task: { taskId: '7', status: 'working' } }, (id) => `sealed-${id}`)
 */
export function replaceTaskIds(body: JsonObject, replace: (id: string) => string): JsonObject | undefined {
  let changed: JsonObject | undefined
  const edit = (): JsonObject => {
    changed ??= { ...body }
    return changed
  }
  if (typeof body.taskId === 'string') edit().taskId = replace(body.taskId)
  const task = body.task
  if (isObject(task) && typeof task.taskId === 'string')
    edit().task = { ...task, taskId: replace(task.taskId) }
  if (Array.isArray(body.tasks)) edit().tasks = body.tasks.map((item: JsonValue) => withTaskId(item, replace))
  const meta = body._meta
  const related = isObject(meta) ? meta[META.relatedTask] : undefined
  if (isObject(meta) && isObject(related) && typeof related.taskId === 'string') {
    edit()._meta = { ...meta, [META.relatedTask]: { ...related, taskId: replace(related.taskId) } }
  }
  return changed
}

function withTaskId(item: JsonValue, replace: (id: string) => string): JsonValue {
  return isObject(item) && typeof item.taskId === 'string' ? { ...item, taskId: replace(item.taskId) } : item
}
