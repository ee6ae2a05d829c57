/** What a check says when it is not as it should be: one sentence, where values are compared with both sides. */
export function expect(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise)
}

export function expectEqual(what: string, found: unknown, expected: unknown): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)]
  expect(one === other, `${what}: expected ${other}, found ${one}`)
}

export function expectMatch(what: string, found: string, expected: RegExp): void {
  expect(expected.test(found), `${what}: expected ${expected}, found ${JSON.stringify(found.slice(0, 200))}`)
}

export function expectOneOf(what: string, found: unknown, expected: readonly unknown[]): void {
  expect(
    expected.includes(found),
    `${what}: expected one of ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`,
  )
}
