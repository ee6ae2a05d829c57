import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createKey, type KeyDesk, type KeyGrant, revokeKeys, rotateKey } from './decideKeys.ts'
import { KeyBook, MissingPepper } from './keyBook.ts'
import { KeyStore } from './keyStore.ts'
import { newKey } from './keyText.ts'
import { makePepper, readPeppers, rotatePepper } from './pepper.ts'

let folder: string
let desk: KeyDesk
let nowMs: number
let recorded: string[]
const books: KeyBook[] = []
const faults: string[] = []
const GRANT: KeyGrant = { name: 'ci', scopes: ['a', 'b'], networks: [] }
const DAY_MS = 86_400_000

beforeEach(openDesk)
afterEach(closeDesk)

function openDesk(): void {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-keys-'))
  nowMs = 1_800_000_000_000
  recorded = []
  faults.length = 0
  const store = new KeyStore(join(folder, 'keys.sqlite'))
  desk = {
    store,
    audit: {
      async append(entry) {
        recorded.push(JSON.stringify(entry))
      },
    },
    pepper: () => {
      const [pepper] = [
        ...readPeppers(pepperPath()),
        ...(existsSync(pepperPath()) ? [] : makePepper(pepperPath())),
      ]
      if (pepper === undefined) throw new Error('no pepper')
      return pepper
    },
    now: () => nowMs,
    person: 'ada',
  }
}

function closeDesk(): void {
  for (const book of books.splice(0)) book.close()
  desk.store.close()
  rmSync(folder, { recursive: true, force: true })
}

const pepperPath = () => join(folder, 'keys.pepper')

function openBook(): KeyBook {
  const book = new KeyBook({
    openStore: () => new KeyStore(join(folder, 'keys.sqlite')),
    peppers: () => readPeppers(pepperPath()),
    now: () => nowMs,
    monotonic: () => nowMs,
    fault: (event, explain) => faults.push(`${event}: ${explain}`),
  })
  books.push(book)
  return book
}

/** Until what others changed must have been seen. */
function wait(ms = 25): void {
  nowMs += ms
}

function outcome(book: KeyBook, text: string, address = '192.0.2.7'): string {
  const check = book.check(text, address)
  return check.kind === 'refused' ? check.rule : check.kind
}

describe('at rest', () => {
  it('is no key, only what it can be checked with (KEY-002)', async () => {
    const made = await createKey(desk, GRANT)
    const book = openBook()
    expect(outcome(book, made.text)).toBe('good')
    book.flush()
    const secret = made.text.slice(14)
    for (const name of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, name)).toString('latin1')
      expect(bytes.includes(made.text) || bytes.includes(secret), name).toBe(false)
    }
    expect(made.key.last4).toBe(made.text.slice(-4))
    expect(recorded.join()).not.toContain(secret)
    expect(recorded).toHaveLength(1)
  })

  it('is nothing where nothing could be recorded', async () => {
    const broken = { ...desk, audit: { append: () => Promise.reject(new Error('disk full')) } }
    await expect(createKey(broken, GRANT)).rejects.toThrow('disk full')
    expect(desk.store.all()).toEqual([])
  })
})

describe('a key', () => {
  it('is good by what it was made with, and of one caller', async () => {
    const made = await createKey(desk, GRANT)
    const check = openBook().check(made.text, undefined)
    expect(check).toMatchObject({ kind: 'good', key: { scopes: ['a', 'b'], subject: made.key.id } })
  })

  it('that is unknown and one that is wrong are told apart by nothing (KEY-003)', async () => {
    const made = await createKey(desk, GRANT)
    const book = openBook()
    const wrong = sameIdAs(made.key.id)
    expect(book.check(newKey(randomBytes).text, undefined)).toEqual(book.check(wrong, undefined))
    expect(book.check('sp_', undefined)).toEqual(book.check(wrong, undefined))
  })

  it('ends when it expires, to the millisecond (KEY-005)', async () => {
    const made = await createKey(desk, { ...GRANT, expiresAt: nowMs + DAY_MS })
    const book = openBook()
    wait(DAY_MS - 1)
    expect(outcome(book, made.text)).toBe('good')
    expect(book.holds(made.key.id)).toBe(true)
    wait(1)
    expect(outcome(book, made.text)).toBe('identity/api-key-expired')
    expect(book.holds(made.key.id)).toBe(false)
  })

  it('ends when it is revoked, in every gateway that runs', async () => {
    const one = openBook()
    const two = openBook()
    const made = await createKey(desk, GRANT)
    wait()
    expect([outcome(one, made.text), outcome(two, made.text)]).toEqual(['good', 'good'])
    await revokeKeys(desk, [made.key.id])
    wait()
    expect([outcome(one, made.text), two.holds(made.key.id)]).toEqual(['identity/api-key-revoked', false])
  })

  it('is good from its networks only (KEY-018), and who has a wrong one learns nothing of them', async () => {
    const made = await createKey(desk, { ...GRANT, networks: ['10.0.0.0/8'] })
    const book = openBook()
    expect(outcome(book, made.text, '10.1.2.3')).toBe('good')
    expect(outcome(book, made.text, '192.0.2.7')).toBe('identity/api-key-address')
    expect(outcome(book, sameIdAs(made.key.id), '192.0.2.7')).toBe('identity/api-key')
  })

  it('is limited together with the one that takes its place', async () => {
    const made = await createKey(desk, { ...GRANT, rate: '2/min' })
    const book = openBook()
    expect([outcome(book, made.text), outcome(book, made.text), outcome(book, made.text)]).toEqual([
      'good',
      'good',
      'limited',
    ])
    const next = await rotateKey(desk, made.key.id, { overlapMs: DAY_MS })
    wait()
    expect(outcome(book, next.text)).toBe('limited')
    wait(60_000)
    expect(outcome(book, next.text)).toBe('good')
  })

  it('says when it was last used, but not at once', async () => {
    const made = await createKey(desk, GRANT)
    const book = openBook()
    outcome(book, made.text)
    expect(desk.store.find(made.key.id)?.usedAt).toBeUndefined()
    book.flush()
    expect(desk.store.find(made.key.id)?.usedAt).toBe(nowMs)
  })
})

describe('rotation', () => {
  it('leaves both good until the overlap is over, as one caller (KEY-007)', async () => {
    const made = await createKey(desk, { ...GRANT, expiresAt: nowMs + 90 * DAY_MS })
    const book = openBook()
    wait(30 * DAY_MS)
    const next = await rotateKey(desk, made.key.id, { overlapMs: DAY_MS })
    wait()
    expect(next.key).toMatchObject({
      scopes: ['a', 'b'],
      subject: made.key.id,
      expiresAt: nowMs - 25 + 90 * DAY_MS,
    })
    expect([outcome(book, made.text), outcome(book, next.text)]).toEqual(['good', 'good'])
    wait(DAY_MS)
    expect([outcome(book, made.text), outcome(book, next.text)]).toEqual(['identity/api-key-expired', 'good'])
  })

  it('never makes the old one live longer than it would have', async () => {
    const made = await createKey(desk, { ...GRANT, expiresAt: nowMs + 1000 })
    const next = await rotateKey(desk, made.key.id, { overlapMs: DAY_MS })
    expect(next.oldUntil).toBe(nowMs + 1000)
  })

  it('of a key that was revoked, expired or rotated is refused', async () => {
    const made = await createKey(desk, GRANT)
    const next = await rotateKey(desk, made.key.id, { overlapMs: 0 })
    await expect(rotateKey(desk, made.key.id, { overlapMs: 0 })).rejects.toThrow(next.key.id)
    await revokeKeys(desk, [next.key.id])
    await expect(rotateKey(desk, next.key.id, { overlapMs: 0 })).rejects.toThrow('revoked')
    const short = await createKey(desk, { ...GRANT, expiresAt: nowMs + 1 })
    wait()
    await expect(rotateKey(desk, short.key.id, { overlapMs: 0 })).rejects.toThrow('expired')
  })
})

describe('the pepper (KEY-016)', () => {
  it('that is gone keeps a gateway from starting, as long as a key needs it', async () => {
    const made = await createKey(desk, GRANT)
    unlinkSync(pepperPath())
    expect(() => openBook()).toThrow(MissingPepper)
    makePepper(pepperPath())
    expect(() => openBook()).toThrow(made.key.id)
    await revokeKeys(desk, [made.key.id])
    expect(() => openBook()).not.toThrow()
  })

  it('is rotated under keys in use: each takes the new one when it is used, and then the old one can go', async () => {
    const made = await createKey(desk, GRANT)
    const idle = await createKey(desk, GRANT)
    const book = openBook()
    const rotate = () =>
      desk.store.exclusively(() => {
        const used = new Set(desk.store.all().map(({ pepper }) => pepper))
        const kept = rotatePepper(pepperPath(), used)
        desk.store.touch()
        return kept.length
      })
    expect(rotate()).toBe(2)
    wait()
    expect(outcome(book, made.text)).toBe('good')
    book.flush()
    wait()
    expect(desk.store.find(made.key.id)?.pepper).toBe(readPeppers(pepperPath())[0]?.id)
    expect(desk.store.find(idle.key.id)?.pepper).toBe(readPeppers(pepperPath())[1]?.id)
    expect([outcome(book, made.text), outcome(book, idle.text)]).toEqual(['good', 'good'])
    book.flush()
    expect(rotate()).toBe(2)
    expect([outcome(openBook(), made.text), outcome(openBook(), idle.text)]).toEqual(['good', 'good'])
  })
})

describe('the file of keys', () => {
  it('that was exchanged counts as it is now', async () => {
    const made = await createKey(desk, GRANT)
    const book = openBook()
    expect(outcome(book, made.text)).toBe('good')
    desk.store.close()
    for (const name of ['keys.sqlite', 'keys.sqlite-wal', 'keys.sqlite-shm'])
      if (existsSync(join(folder, name))) renameSync(join(folder, name), join(folder, `${name}.old`))
    desk = { ...desk, store: new KeyStore(join(folder, 'keys.sqlite')) }
    wait(1001)
    expect(outcome(book, made.text)).toBe('identity/api-key')
  })

  it('that cannot be read lets nobody in, and says so', async () => {
    const made = await createKey(desk, GRANT)
    const sources = { version: 0 }
    const store = new KeyStore(join(folder, 'keys.sqlite'))
    const book = new KeyBook({
      openStore: () =>
        ({
          version: () => {
            if (sources.version > 0) throw new Error('disk I/O error')
            return store.version()
          },
          changesSince: (revision: number) => store.changesSince(revision),
          inPlace: true,
          close: () => undefined,
        }) as unknown as KeyStore,
      peppers: () => readPeppers(pepperPath()),
      now: () => nowMs,
      monotonic: () => nowMs,
      fault: (event) => faults.push(event),
    })
    expect(outcome(book, made.text)).toBe('good')
    sources.version = 1
    wait()
    expect([outcome(book, made.text), book.holds(made.key.id)]).toEqual(['unavailable', false])
    expect(faults).toContain('keys.unreadable')
    store.close()
  })
})

it('no order of creating, rotating, revoking, waiting and checking lets a key in that has ended', async () => {
  type Step = readonly [
    what: 'create' | 'rotate' | 'revoke' | 'check' | 'wait' | 'flush' | 'pepper' | 'restart',
    which: number,
  ]
  const step = fc.tuple(
    fc.constantFrom('create', 'rotate', 'revoke', 'check', 'check', 'wait', 'flush', 'pepper', 'restart'),
    fc.nat(20),
  ) as fc.Arbitrary<Step>
  const seed = process.env.FUZZ_SEED === undefined ? {} : { seed: Number(process.env.FUZZ_SEED) }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      closeDesk()
      openDesk()
      const keys: { id: string; text: string; endsAt: number; followed: boolean; revoked: boolean }[] = []
      let running = [openBook(), openBook()]
      const ofWhich = (which: number) => keys[which % Math.max(1, keys.length)]
      for (const [what, which] of steps) {
        const key = ofWhich(which)
        if (what === 'create') {
          const endsAt = which % 3 === 0 ? Number.POSITIVE_INFINITY : nowMs + which * 50
          const grant = Number.isFinite(endsAt) ? { ...GRANT, expiresAt: endsAt } : GRANT
          const made = await createKey(desk, grant)
          keys.push({ id: made.key.id, text: made.text, endsAt, followed: false, revoked: false })
        } else if (what === 'rotate' && key !== undefined) {
          const possible = !key.revoked && !key.followed && key.endsAt > nowMs
          const rotation = rotateKey(desk, key.id, { overlapMs: which * 20 })
          if (!possible) {
            await expect(rotation).rejects.toThrow()
            continue
          }
          const made = await rotation
          key.followed = true
          key.endsAt = Math.min(key.endsAt, nowMs + which * 20)
          const endsAt = made.key.expiresAt ?? Number.POSITIVE_INFINITY
          keys.push({ id: made.key.id, text: made.text, endsAt, followed: false, revoked: false })
        } else if (what === 'revoke' && key !== undefined) {
          await revokeKeys(desk, [key.id])
          key.revoked = true
        } else if (what === 'flush') {
          for (const book of running) book.flush()
        } else if (what === 'pepper') {
          desk.store.exclusively(() => {
            const used = new Set(desk.store.all().map(({ pepper }) => pepper))
            if (used.size < 10) rotatePepper(pepperPath(), used)
            desk.store.touch()
          })
        } else if (what === 'restart') {
          for (const book of books.splice(0)) book.close()
          running = [openBook(), openBook()]
        }
        wait(what === 'wait' ? which * 25 : 25)
        for (const book of running) {
          for (const one of keys) {
            const good = !one.revoked && one.endsAt > nowMs
            expect(outcome(book, one.text) === 'good').toBe(good)
            expect(book.holds(one.id)).toBe(good)
          }
        }
      }
      for (const book of books.splice(0)) book.close()
    }),
    { numRuns: 25, ...seed },
  )
})

/** A key of the right form with another secret, for an id that there is. */
function sameIdAs(id: string): string {
  const bytes = idBytes(id)
  const made = newKey((count) => (count === 7 ? bytes : randomBytes(count)))
  if (made.id !== id) throw new Error('the id was not met')
  return made.text
}

function idBytes(id: string): Buffer {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
  let value = 0n
  for (const digit of id) value = value * 32n + BigInt(alphabet.indexOf(digit))
  return Buffer.from(value.toString(16).padStart(14, '0'), 'hex')
}
