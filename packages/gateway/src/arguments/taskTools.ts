/**
 * Which tool a task came from: its result says so nowhere, and has to be as that tool declares it.
 *
 * Known in memory, to this process: after a restart, or where another worker was asked to begin the task, it is not. A
 * server that begins very many tasks loses those it began first.
 */
export class TaskTools {
  readonly #servers = new Map<string, Map<string, string>>()

  note(task: TaskName, tool: string): void {
    let tasks = this.#servers.get(task.server)
    if (tasks === undefined) {
      tasks = new Map()
      this.#servers.set(task.server, tasks)
    }
    const key = keyOf(task)
    tasks.delete(key)
    tasks.set(key, tool)
    const [oldest] = tasks.keys()
    if (tasks.size > MAX_TASKS && oldest !== undefined) tasks.delete(oldest)
  }

  /** The server's own name of the tool. */
  of(task: TaskName): string | undefined {
    return this.#servers.get(task.server)?.get(keyOf(task))
  }
}

/** A server's own id of a task means something for the principal that it was begun for. */
export interface TaskName {
  readonly server: string
  readonly principal: string
  readonly taskId: string
}

/** Of one server; real ones have a few. */
const MAX_TASKS = 10_000

function keyOf({ principal, taskId }: TaskName): string {
  return JSON.stringify([principal, taskId])
}
