import { createInterface } from 'node:readline/promises'
import { CommandError } from './exit.ts'

/** A person at a terminal, or nobody. */
export interface Terminal {
  /** Is there somebody who can answer? Never in CI, whatever its streams look like. */
  readonly attended: boolean
  /** Asks one question on standard error; an empty text for no answer. */
  ask(question: string): Promise<string>
}

const INTERRUPTED = 130

/** The terminal that this process was started in. */
export function thisTerminal(): Terminal {
  return {
    attended: process.stdin.isTTY === true && process.stderr.isTTY === true && !process.env.CI,
    async ask(question) {
      const lines = createInterface({ input: process.stdin, output: process.stderr })
      try {
        return await new Promise<string>((resolve, reject) => {
          lines.on('SIGINT', () => reject(new CommandError(INTERRUPTED, 'interrupted: nothing was changed')))
          lines.on('close', () => resolve(''))
          lines.question(question).then(resolve, reject)
        })
      } finally {
        lines.close()
      }
    },
  }
}
