/**
 * Which tool a task came from: its result says so nowhere, and has to be as that tool declares it.
 *
 * Known in memory, and by `TaskToolStore` to other workers and after a restart. A server that begins very many tasks loses
 * those it began first.
 */
import type { TaskToolStore } from './taskToolStore.ts'

export class TaskTools {
  readonly #servers = new Map<string, Map<string, string>>()
  readonly #store: Pick<TaskToolStore, 'put' | 'get'> | undefined

  constructor(store?: Pick<TaskToolStore, 'put' | 'get'>) {
    this.#store = store
  }

  note(task: TaskName, tool: string): void {
    const key = keyOf(task)
    if (this.#servers.get(task.server)?.get(key) === tool) return
    this.#remember(task.server, key, tool)
    this.#store?.put(`${task.server} ${key}`, tool)
  }

  /** The server's own name of the tool. */
  of(task: TaskName): string | undefined {
    const key = keyOf(task)
    const known = this.#servers.get(task.server)?.get(key)
    if (known !== undefined) return known
    const kept = this.#store?.get(`${task.server} ${key}`)
    if (kept !== undefined) this.#remember(task.server, key, kept)
    return kept
  }

  #remember(server: string, key: string, tool: string): void {
    let tasks = this.#servers.get(server)
    if (tasks === undefined) {
      tasks = new Map()
      this.#servers.set(server, tasks)
    }
    tasks.delete(key)
    tasks.set(key, tool)
    const [oldest] = tasks.keys()
    if (tasks.size > MAX_TASKS && oldest !== undefined) tasks.delete(oldest)
  }
}

/** A server's own id of a task means something for the principal that it was begun for. */
export interface TaskName {
  readonly server: string
  readonly principal: string
  readonly taskId: string
}

/** Of one server, in memory; real ones have a few. */
const MAX_TASKS = 10_000

function keyOf({ principal, taskId }: TaskName): string {
  return JSON.stringify([principal, taskId])
}
