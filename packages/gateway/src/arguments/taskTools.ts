/**
 * Which tool a task came from: its result says so nowhere, and has to be as that tool declares it.
 *
 * Known in memory, and by `TaskToolStore` to other workers and after a restart. A server that begins very many tasks loses
 * those it began first. An id that was given for two tools is of neither: whichever of them counted, a server could take the
 * results of one past its schema by means of the other, which may have none.
 */
import { SEVERAL, type TaskToolStore } from './taskToolStore.ts'

export class TaskTools {
  readonly #servers = new Map<string, Map<string, string>>()
  readonly #store: Pick<TaskToolStore, 'put' | 'get'> | undefined

  constructor(store?: Pick<TaskToolStore, 'put' | 'get'>) {
    this.#store = store
  }

  note(task: TaskName, tool: string): void {
    const key = keyOf(task)
    const known = this.#servers.get(task.server)?.get(key)
    if (known === tool || known === SEVERAL) return
    const stands = known === undefined ? tool : SEVERAL
    this.#remember(task.server, key, this.#store?.put(`${task.server} ${key}`, tool) ?? stands)
  }

  /** The server's own name of the tool. */
  of(task: TaskName): string | undefined {
    const key = keyOf(task)
    const known = this.#servers.get(task.server)?.get(key)
    if (known === SEVERAL) return undefined
    // Asked each time: another worker may have seen the id given for another tool.
    const kept = this.#store?.get(`${task.server} ${key}`)
    if (kept !== undefined && kept !== known) this.#remember(task.server, key, kept)
    const tool = kept ?? known
    return tool === SEVERAL ? undefined : tool
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
