/**
 * Long work on the one thread that all calls share: in turns, with others between them.
 */

/** After so long others get their turn. */
const TURN_MS = 20

/**
 * Runs work that stops after each piece of it: to its end at once where that is soon, else with a pause after each turn.
 *
 * @example
 * const found = await inTurns(search(texts)) // function* search(texts) { for (const text of texts) { ...; yield } }
 */
export function inTurns<T extends object>(work: Generator<undefined, T>): T | Promise<T> {
  return turnOf(work) ?? withPauses(work)
}

/** What came of it, or nothing where the turn ended before the work. */
function turnOf<T extends object>(work: Generator<undefined, T>): T | undefined {
  let until = 0
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
    const now = performance.now()
    if (until === 0) until = now + TURN_MS
    else if (now > until) return undefined
  }
}

async function withPauses<T extends object>(work: Generator<undefined, T>): Promise<T> {
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve))
    const done = turnOf(work)
    if (done !== undefined) return done
  }
}
