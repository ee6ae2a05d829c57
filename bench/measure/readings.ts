/** One number a round for each of several subjects that were measured in turn, such as start-up times. */
import { quantile, type Spread, spreadOf } from './figures.ts'

export class Readings {
  readonly #bySubject = new Map<string, number[]>()

  add(subject: string, value: number): void {
    const values = this.#bySubject.get(subject)
    if (values) values.push(value)
    else this.#bySubject.set(subject, [value])
  }

  get subjects(): readonly string[] {
    return [...this.#bySubject.keys()]
  }

  /** Median, lowest and highest; `undefined` when it was not measured. */
  spread(subject: string): Spread | undefined {
    const values = this.#bySubject.get(subject)
    return values && spreadOf(values)
  }

  /**
   * One subject's median over another's; lowest and highest are what it would be with any one round left out.
   *
   * @example readings.ratio('relay', 'bare node') // { median: 1.3, low: 1.28, high: 1.34 }
   */
  ratio(subject: string, yardstick: string): Spread | undefined {
    const ours = this.#bySubject.get(subject) ?? []
    const theirs = this.#bySubject.get(yardstick) ?? []
    const rounds = Math.min(ours.length, theirs.length)
    if (rounds === 0) return undefined
    const without = (left: number | undefined) => {
      const median = (values: readonly number[]) =>
        quantile(
          values.filter((_, round) => round !== left),
          0.5,
        )
      return median(ours) / median(theirs)
    }
    const median = without(undefined)
    const others = rounds < 3 ? [] : Array.from({ length: rounds }, (_, round) => without(round))
    return { median, low: Math.min(median, ...others), high: Math.max(median, ...others) }
  }
}
