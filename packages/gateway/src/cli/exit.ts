/** Exit codes (DESIGN 6). */
export const EXIT = { fine: 0, findings: 1, usage: 2, unchecked: 3, refused: 4 } as const

/** Thrown by a command to end with a code and a message for people. */
export class CommandError extends Error {
  readonly exitCode: number
  constructor(exitCode: number, message: string) {
    super(message)
    this.name = 'CommandError'
    this.exitCode = exitCode
  }
}
