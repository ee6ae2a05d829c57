/**
 * Tasks that servers made for the calls of one conversation (2025-11-25, "Tasks"): what `tasks/list` may show it.
 *
 * Many users of the gateway can be one user to a server that is reached with one credential: its list of tasks is then
 * everybody's, and an id is all it takes to read a result.
 */
import { isObject, type JsonObject } from '@sallyport/controls/json'

/** Tasks of one server; its oldest gives way to its newest. */
const MAX_TASKS = 1_024
const MAX_ID_CHARS = 1_024

export class OwnTasks {
  /** Ids by server, as the server knows them. */
  readonly #tasks = new Map<string, Set<string>>()

  /** Notes the task that a server's answer to a call announces, if it does. */
  note(server: string, result: JsonObject): void {
    const id = isObject(result.task) ? result.task.taskId : undefined
    if (typeof id !== 'string' || id.length > MAX_ID_CHARS) return
    const known = this.#tasks.get(server) ?? new Set()
    this.#tasks.set(server, known)
    if (known.size >= MAX_TASKS && !known.has(id)) {
      const [oldest = ''] = known
      known.delete(oldest)
    }
    known.add(id)
  }

  /** True when a call to this server made a task. */
  some(server: string): boolean {
    return this.#tasks.has(server)
  }

  /**
   * A server's list of tasks without those of others.
   *
   * @example tasks.only('build', { tasks: [{ taskId: 'mine' }, { taskId: 'yours' }] }) // { tasks: [{ taskId: 'mine' }] }
   */
  only(server: string, result: JsonObject): JsonObject {
    const known = this.#tasks.get(server)
    const tasks = Array.isArray(result.tasks) ? result.tasks : []
    return {
      ...result,
      tasks: tasks.filter(
        (task) => isObject(task) && typeof task.taskId === 'string' && known?.has(task.taskId) === true,
      ),
    }
  }
}
