/** What a check says when it is not as it should be: one sentence with both sides. */
export function expectEqual(what: string, found: unknown, expected: unknown): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)]
  if (one !== other) throw new Error(`${what}: expected ${other}, found ${one}`)
}

export function expectMatch(what: string, found: string, expected: RegExp): void {
  if (!expected.test(found))
    throw new Error(`${what}: expected ${expected}, found ${JSON.stringify(found.slice(0, 200))}`)
}

export function expectOneOf(what: string, found: unknown, expected: readonly unknown[]): void {
  if (!expected.includes(found))
    throw new Error(`${what}: expected one of ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`)
}
