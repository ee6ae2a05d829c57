let isGuarded = false

/** Lines to standard output. A reader that goes away (`| head`) ends nothing with an error. */
export function print(lines: readonly string[]): void {
  if (!isGuarded) {
    isGuarded = true
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') process.stderr.write(`the output failed: ${error.message}\n`)
    })
  }
  process.stdout.write(`${lines.join('\n')}\n`)
}
