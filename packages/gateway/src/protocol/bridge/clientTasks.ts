/**
 * Tasks that a client made for servers' questions (2025-11-25, "Tasks": the client answers `elicitation/create` or
 * `sampling/createMessage` with a task and gives the result later): which server each belongs to.
 *
 * A task id is all it takes to read a result. What a person answered one server must not be read by another one that
 * lists the client's tasks or guesses their ids.
 */
import { isObject, type JsonObject } from '@sallyport/controls/json'

/** Tasks of one server; its oldest gives way to its newest. */
const MAX_TASKS = 256
const MAX_ID_CHARS = 1_024

export class ClientTasks {
  /** Ids by server. */
  readonly #tasks = new Map<string, Set<string>>()

  /** Notes the task that a client's answer to this server announces, if it does. The first server keeps an id. */
  note(server: string, result: JsonObject): void {
    const id = isObject(result.task) ? result.task.taskId : undefined
    if (typeof id !== 'string' || id.length > MAX_ID_CHARS || this.ownerOf(id) !== undefined) return
    const known = this.#tasks.get(server) ?? new Set()
    this.#tasks.set(server, known)
    if (known.size >= MAX_TASKS) {
      const [oldest = ''] = known
      known.delete(oldest)
    }
    known.add(id)
  }

  /** The server that a task belongs to. */
  ownerOf(id: unknown): string | undefined {
    if (typeof id !== 'string') return undefined
    for (const [server, tasks] of this.#tasks) if (tasks.has(id)) return server
    return undefined
  }

  /** A client's list of tasks without those of other servers. */
  onlyOf(server: string, result: JsonObject): JsonObject {
    const tasks = Array.isArray(result.tasks) ? result.tasks : []
    return {
      ...result,
      tasks: tasks.filter((task) => isObject(task) && this.ownerOf(task.taskId) === server),
    }
  }
}
