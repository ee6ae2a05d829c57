import { CommanderError } from 'commander'
import { CommandError, EXIT } from './exit.ts'
import { makeProgram } from './program.ts'

/** Runs the command that this process was started with. Resolves with the exit code. */
export async function runProgram(): Promise<number> {
  let exitCode: number = EXIT.fine
  try {
    await makeProgram((code) => {
      exitCode = code
    }).parseAsync()
  } catch (error) {
    if (error instanceof CommandError) {
      process.stderr.write(`sallyport: ${error.message}\n`)
      return error.exitCode
    }
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage
    process.stderr.write(`sallyport: ${error instanceof Error ? error.message : String(error)}\n`)
    return EXIT.unchecked
  }
  return exitCode
}
