#!/usr/bin/env node
/**
 * The command line: arguments in, exit code out.
 */
import { CommanderError } from 'commander'
import { CommandError, EXIT } from './exit.ts'
import { makeProgram } from './program.ts'

let exitCode: number = EXIT.fine

try {
  await makeProgram((code) => {
    exitCode = code
  }).parseAsync()
} catch (error) {
  if (error instanceof CommandError) {
    process.stderr.write(`sallyport: ${error.message}\n`)
    exitCode = error.exitCode
  } else if (error instanceof CommanderError) {
    exitCode = error.exitCode === 0 ? EXIT.fine : EXIT.usage
  } else {
    process.stderr.write(`sallyport: ${error instanceof Error ? error.message : String(error)}\n`)
    exitCode = EXIT.unchecked
  }
}
process.exitCode = exitCode
