/** Whatever a lock holds is written and read back to the letter; whatever a file holds is a lock or faults with places. */
import { ITEM_KINDS, itemKey, type KeptHints, type SurfaceItem } from '@sallyport/controls/surface'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../config/fault.ts'
import { changeHolds, NO_HOLDS, readHolds, writeHolds } from './holdsFile.ts'
import type { ApprovedVersion, Denial, Lock, LockedServer, RuleException } from './lock.ts'
import { parseLock, writeLock } from './lockFile.ts'
import { holdOf, RULES } from './testing/pinFixture.ts'

/** `npm run fuzz` asks for many more. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 200)

const hash = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256-${hex}`)
const moment = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString())
const words = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text))
/** Also with all that hides, breaks lines or looks like syntax; a lone surrogate is no JSON of any server. */
const name = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
    fc.constantFrom(
      '__proto__',
      'constructor',
      'a\u200bb',
      '\u202e',
      '"',
      '\\',
      '\n',
      '/',
      '\u0000',
      '\ufeff',
      '\u2028',
    ),
  )
  .filter((text) => text.isWellFormed())
const item = fc
  .tuple(fc.constantFrom(...ITEM_KINDS), name)
  .map(([kind, called]) =>
    itemKey({ kind, name: ['identity', 'server', 'instructions'].includes(kind) ? '' : called }),
  )
const server = fc.constantFrom('a', 'files', 'a_b', '0123456789abcdef', 'valueof')

function given<Whole>(
  all: { [Key in keyof Whole]-?: fc.Arbitrary<Exclude<Whole[Key], undefined>> },
  ...must: (keyof Whole)[]
) {
  return fc.record(all, {
    requiredKeys: must as never,
    noNullPrototype: true,
  }) as unknown as fc.Arbitrary<Whole>
}

const decision = { at: moment, by: words, reason: words }
const hint = fc.constantFrom('true', 'false', 'absent')
const hints = given<KeptHints>({
  readOnlyHint: hint,
  destructiveHint: hint,
  idempotentHint: hint,
  openWorldHint: hint,
})
const version = given<ApprovedVersion>(
  { hash, ...decision, version: words, expires: moment, hints },
  'hash',
  'at',
  'by',
)
const denial = given<Denial>({ item, ...decision }, 'item', 'at', 'by')
const exception = given<RuleException>(
  { server, item, hash, rule: fc.constantFrom(...RULES), ...decision, expires: moment },
  'server',
  'item',
  'hash',
  'rule',
  'at',
  'by',
)
const mapOf = <Key, Value>(key: fc.Arbitrary<Key>, value: fc.Arbitrary<Value>) =>
  fc.array(fc.tuple(key, value), { maxLength: 5 }).map((entries) => new Map(entries))
const locked: fc.Arbitrary<LockedServer> = fc.record({
  opened: mapOf(fc.constantFrom(...ITEM_KINDS), moment),
  items: mapOf(item, fc.array(version, { maxLength: 4 })),
  denied: mapOf(hash, denial),
})
const lock: fc.Arbitrary<Lock> = fc.record({
  servers: mapOf(server, locked),
  exceptions: fc.array(exception, { maxLength: 4 }),
})

const read = (bytes: Buffer) => parseLock(bytes, '/x/sallyport.lock', RULES)
const PROTOTYPE = Reflect.ownKeys(Object.prototype)

/** Anything but a lock or faults with places fails. */
function readAnyway(bytes: Buffer): void {
  const result = read(bytes)
  if (!result.ok) {
    expect(result.error).toBeInstanceOf(ConfigError)
    expect(result.error.faults.length).toBeGreaterThan(0)
    for (const { line, column, file } of result.error.faults) {
      expect(line).toBeGreaterThan(0)
      expect(column).toBeGreaterThan(0)
      expect(file).toBe('/x/sallyport.lock')
    }
    // Nothing of a hostile file acts on the terminal that its faults are printed on.
    expect(result.error.message).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u)
  }
  expect(Reflect.ownKeys(Object.prototype)).toEqual(PROTOTYPE)
}

describe('a lock', () => {
  it('is written and read back the same, and its text to the byte', () => {
    fc.assert(
      fc.property(lock, (any) => {
        const text = writeLock(any)
        const result = read(Buffer.from(text))
        if (!result.ok) throw result.error
        expect(result.lock.servers).toEqual(any.servers)
        expect(writeLock(result.lock)).toBe(text)
        expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u)
      }),
      { numRuns },
    )
  })

  it('with bytes changed, cut or repeated is read as another lock, or refused with places', () => {
    const change = fc.tuple(fc.nat(), fc.constantFrom('flip', 'cut', 'repeat'), fc.nat(255))
    fc.assert(
      fc.property(lock, fc.array(change, { minLength: 1, maxLength: 4 }), (any, changes) => {
        let bytes = Buffer.from(writeLock(any))
        for (const [where, kind, byte] of changes) {
          const at = where % bytes.length
          if (kind === 'flip') bytes[at] = byte
          else if (kind === 'cut')
            bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + (byte % 20))])
          else bytes = Buffer.concat([bytes.subarray(0, at), bytes])
        }
        readAnyway(bytes)
      }),
      { numRuns },
    )
  })
})

describe('whatever a file holds', () => {
  it('random bytes and texts', () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => readAnyway(Buffer.from(bytes))),
      { numRuns },
    )
    fc.assert(
      fc.property(text, (any) => readAnyway(Buffer.from(any))),
      { numRuns },
    )
  })

  it('any JSON in any place of a lock', () => {
    const keys = [
      'version',
      'servers',
      'files',
      'opened',
      'items',
      'denied',
      'tool/x',
      'exceptions',
      'rule',
      '__proto__',
    ]
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, 0, 1, '', 'poison/secrecy', 'files', '2026-01-01T00:00:00Z'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 4 }),
      ),
    })).value
    fc.assert(
      fc.property(json, (any) => readAnyway(Buffer.from(JSON.stringify(any)))),
      { numRuns },
    )
  })
})

describe('holds', () => {
  const held = fc
    .tuple(
      fc.constantFrom(...ITEM_KINDS),
      name,
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('waiting', 'blocked'),
    )
    .map(([kind, called, value, state]) => {
      const any: SurfaceItem = { kind, name: called, value }
      return holdOf('files', any, { state })
    })

  it('are written and read back the same', () => {
    fc.assert(
      fc.property(fc.array(held), (all) => {
        const holds = changeHolds(
          NO_HOLDS,
          all.map((hold) => ({ kind: 'hold', hold })),
        )
        const text = writeHolds(holds)
        const result = readHolds(Buffer.from(text))
        expect(result).toEqual(holds)
        expect(writeHolds(result ?? NO_HOLDS)).toBe(text)
      }),
      { numRuns },
    )
  })

  it('of any bytes are holds or damaged, never an error', () => {
    fc.assert(
      fc.property(fc.array(held), fc.nat(), fc.nat(255), (all, where, byte) => {
        const bytes = Buffer.from(
          writeHolds(
            changeHolds(
              NO_HOLDS,
              all.map((hold) => ({ kind: 'hold', hold })),
            ),
          ),
        )
        bytes[where % bytes.length] = byte
        readHolds(bytes)
      }),
      { numRuns },
    )
  })
})
