/**
 * Names for members whose own ones were changed: two that come to be the same must not hide each other's value. One for each
 * object; every name is looked for once, so that ten thousand of a kind take ten thousand steps and not their square.
 *
 * @example
 * const names = new FreeNames((name) => Object.hasOwn(copy, name))
 * names.of('x') // 'x', and when that is taken 'x#2', 'x#3'
 */
export class FreeNames {
  readonly #next = new Map<string, number>()
  readonly #isTaken: (name: string) => boolean

  constructor(isTaken: (name: string) => boolean) {
    this.#isTaken = isTaken
  }

  of(name: string): string {
    let count = this.#next.get(name) ?? 1
    let free = count === 1 ? name : `${name}#${count}`
    while (this.#isTaken(free)) free = `${name}#${++count}`
    this.#next.set(name, count + 1)
    return free
  }
}
