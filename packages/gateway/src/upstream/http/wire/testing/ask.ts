/**
 * A request and what became of it, for tests of the pool.
 */
import type { Abortable, AnswerHandler } from '../connection.ts'
import type { OriginPool, PoolRequest } from '../originPool.ts'

export interface Asked {
  /** `200:body`, or the code of the error. */
  readonly outcome: Promise<string>
  /** Whether the request was written. */
  isSent(): boolean
  abort(): void
}

export function ask(pool: OriginPool, request: Partial<PoolRequest> = {}): Asked {
  const { promise, resolve } = Promise.withResolvers<string>()
  let connection: Abortable | undefined
  let isSent = false
  let isOver = false
  let text = ''
  const handler: AnswerHandler = {
    begin: (given) => {
      connection = given
      return !isOver
    },
    sent: () => {
      isSent = true
    },
    head: (status) => {
      text = `${status}:`
    },
    data: (bytes, from, to) => {
      text += bytes.toString('latin1', from, to)
    },
    end: () => resolve(text),
    failed: (error) => resolve('code' in error && typeof error.code === 'string' ? error.code : error.name),
    broken: (error) => resolve(`broken: ${error}`),
  }
  pool.dispatch({ method: 'POST', path: '/', lines: '', body: '{}', ...request }, handler)
  return {
    outcome: promise,
    isSent: () => isSent,
    abort: () => {
      isOver = true
      connection?.abort()
    },
  }
}
