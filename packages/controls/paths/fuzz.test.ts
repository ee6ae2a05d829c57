import { posix, win32 } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeLoosely, decodePercent } from './decode.ts'
import { checkPath, readPath } from './index.ts'

const PIECES = [
  ...['..', '.', '/', '\\', '//', '...', ' ', 'a', 'data', 'data-evil', 'project', '/project/data', 'C:'],
  ...['%2e', '%2f', '%5c', '%252e', '%25', '%', '%u002f', '%c0%af', '%c0', '%00', '\0', '\uff0e', '\u2215'],
  ...['~', '$HOME', 'file:', '\\\\?\\', 'nul', ':', './', '%ef%bc%8f', '\ud800', '\u{1f600}'],
]
const path = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 12 })
  .map((parts) => parts.join(''))
const ROOT = '/project/data'

it('no path that Node itself resolves outside is inside, however it is encoded', () => {
  fc.assert(
    fc.property(path, fc.integer({ min: 0, max: 3 }), (written, times) => {
      let candidate = written.toWellFormed()
      for (let time = 0; time < times; time++) candidate = encodeURIComponent(candidate)
      const plain = written.toWellFormed().split('\0')[0] ?? ''
      const leaves = (resolved: string, separator: string, root: string) =>
        resolved !== root && !resolved.startsWith(root + separator)
      if (
        leaves(posix.resolve(ROOT, plain), '/', ROOT) ||
        leaves(posix.resolve(ROOT, plain.replaceAll('\\', '/')), '/', ROOT)
      ) {
        expect(checkPath(candidate, { roots: [ROOT] }).inside).toBe(false)
      }
      const drive = 'C:\\project\\data'
      const onDrive = win32
        .resolve(drive, plain)
        .toLowerCase()
        .replace(/^\\\\\?\\/, '')
      if (leaves(onDrive, '\\', drive.toLowerCase())) {
        expect(checkPath(candidate, { roots: [drive] }).inside).toBe(false)
      }
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 3000) },
  )
})

it('names without anything special are inside as they are', () => {
  const name = fc.stringMatching(/^[a-z0-9_-][a-z0-9._ -]{0,12}[a-z0-9]$/)
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 6 }), (names) => {
      const reading = `${ROOT}/${names.join('/')}`
      expect(checkPath(names.join('/'), { roots: [ROOT] })).toMatchObject({ inside: true, reading })
      expect(checkPath(reading, { roots: [ROOT] })).toMatchObject({ inside: true, reading })
      const encoded = names.map((part) => encodeURIComponent(part)).join('/')
      expect(checkPath(encoded, { roots: [ROOT] }).inside).toBe(true)
    }),
  )
})

it('the decision is that of all readings together, and what is inside stays inside', () => {
  fc.assert(
    fc.property(path, (candidate) => {
      const decision = checkPath(candidate, { roots: [ROOT] })
      const read = readPath(candidate, { roots: [ROOT] })
      if (decision.inside) {
        expect(read.filter(({ inside }) => !inside)).toEqual([])
        for (const reading of decision.readings) {
          expect(`${reading}/`.startsWith(`${ROOT}/`)).toBe(true)
        }
      } else {
        const expanded = ['path/home', 'path/variable', 'path/nul', 'path/length']
        expect(expanded.includes(decision.rule) || read.some(({ inside }) => !inside)).toBe(true)
      }
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 3000) },
  )
})

it('percent-decoding is that of the platform where the platform decodes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const encoded = encodeURIComponent(text.toWellFormed())
      expect(decodePercent(encoded)).toBe(text.toWellFormed())
      expect(decodeLoosely(encoded)).toBe(text.toWellFormed())
    }),
  )
})

it('a long path costs no more than its length: a bounded number of walks, and none beyond the limit', () => {
  for (const piece of [
    '../',
    '%25',
    '%2e%2e%2f',
    '%c0%af',
    '..\\',
    '\uff0e',
    'a*',
    '.%00',
    '....//',
    '%u002e',
  ]) {
    const long = piece.repeat(Math.floor(8192 / piece.length))
    expect(readPath(long, { roots: [ROOT] }).length).toBeLessThan(150)
    const started = performance.now()
    for (const candidate of [long, piece.repeat(400_000)])
      checkPath(candidate, { roots: [ROOT], deny: ['*a*a*a*b'] })
    expect(performance.now() - started, `repeating ${piece}`).toBeLessThan(15_000)
  }
})
