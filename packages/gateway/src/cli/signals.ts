/** Resolves with the name of the first of these signals; a second one ends the process at once. */
export function untilStopped(signals: readonly NodeJS.Signals[]): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  let asked = false
  for (const signal of signals) {
    process.on(signal, () => {
      if (asked) process.exit(130)
      asked = true
      resolve(signal)
    })
  }
  return promise
}
