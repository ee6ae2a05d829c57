import fc from 'fast-check'

/**
 * For tests: documents written in every way that RFC 8259 allows, beside what they mean.
 */

/** One way to write a document; `mean` is the text that `writeJson` must give for it. */
export interface Written {
  readonly text: string
  readonly mean: string
}

export const space = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  fc.string({ unit: fc.constantFrom(...' \t\n\r'), maxLength: 4 }),
)

const character = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }),
  fc.constantFrom(...'"\\/\b\f\n\r\t\u0000\u001f\u007f<&:,{['),
  fc.constantFrom('é', 'ſ', '€', '\u2028', '\ufeff', '\uffff', '😀', '\u{10ffff}', '\ud7ff', '\ue000'),
)

/** A character and one of the ways to write it in a string. */
const writtenCharacter = fc.tuple(character, fc.nat(9)).map(([meant, way]) => {
  const plain = JSON.stringify(meant).slice(1, -1)
  if (way < 6) return { meant, text: plain }
  if (way === 6 && meant === '/') return { meant, text: '\\/' }
  const hex = (unit: string) => {
    const digits = unit.charCodeAt(0).toString(16).padStart(4, '0')
    return `\\u${way === 7 ? digits.toUpperCase() : digits}`
  }
  return { meant, text: meant.split('').map(hex).join('') }
})

const writtenString = (allowed: (meant: string) => boolean) =>
  fc.array(writtenCharacter, { maxLength: 40, size: 'small' }).map((characters) => {
    const kept = characters.filter(({ meant }) => allowed(meant))
    return {
      text: `"${kept.map(({ text }) => text).join('')}"`,
      meant: kept.map(({ meant }) => meant).join(''),
    }
  })

export const writtenKey = fc.oneof(
  { weight: 3, arbitrary: writtenString((meant) => meant !== '\0') },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('__proto__', 'constructor', 'toJSON', 'a', 'b', '1', '0', '10', '4294967295', '-1', '')
      .map((meant) => ({ text: JSON.stringify(meant), meant })),
  },
)

const number = fc
  .oneof(
    fc.integer().map(String),
    fc.bigInt().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
    fc
      .tuple(fc.nat(), fc.stringMatching(/^\d{1,20}$/), fc.integer({ min: -400, max: 400 }))
      .chain(([whole, fraction, power]) =>
        fc.constantFrom(
          `${whole}.${fraction}`,
          `-${whole}.${fraction}`,
          `${whole}e${power}`,
          `0.${fraction}E${power}`,
        ),
      ),
    fc.constantFrom(
      '-0',
      '0.0',
      '1.0',
      '1e400',
      '-1e400',
      '1e-400',
      '9007199254740993',
      '1E5',
      '1e+5',
      '0.000001',
      '1e-7',
    ),
  )
  .map((text): Written => ({ text, mean: text }))

export const { document } = fc.letrec<{ document: Written; array: Written; object: Written }>((tie) => ({
  document: fc.oneof(
    { maxDepth: 6, depthSize: 'medium' },
    fc.constantFrom('null', 'true', 'false').map((text) => ({ text, mean: text })),
    number,
    writtenString(() => true).map(({ text, meant }) => ({ text, mean: JSON.stringify(meant) })),
    tie('array'),
    tie('object'),
  ),
  array: fc.array(fc.tuple(space, tie('document'), space), { maxLength: 6 }).map((items) => ({
    text: `[${items.map(([before, { text }, behind]) => before + text + behind).join(',')}]`,
    mean: `[${items.map(([, { mean }]) => mean).join(',')}]`,
  })),
  object: fc
    .uniqueArray(fc.tuple(writtenKey, space, tie('document'), space), {
      maxLength: 6,
      selector: ([key]) => key.meant,
    })
    .map((members) => ({
      text: `{${members.map(([key, before, { text }, behind]) => `${before}${key.text}${behind}:${before}${text}${behind}`).join(',')}}`,
      mean: `{${inObjectOrder(members.map(([key, , { mean }]) => [key.meant, mean]))
        .map(([key, mean]) => `${JSON.stringify(key)}:${mean}`)
        .join(',')}}`,
    })),
}))

/** ECMAScript objects have array indexes first, in ascending order. */
function inObjectOrder(members: [string, string][]): [string, string][] {
  const isIndex = (key: string) => /^(?:0|[1-9]\d{0,9})$/.test(key) && Number(key) < 2 ** 32 - 1
  const indexes = members.filter(([key]) => isIndex(key)).sort(([a], [b]) => Number(a) - Number(b))
  return [...indexes, ...members.filter(([key]) => !isIndex(key))]
}

export const padded = fc.tuple(space, document, space).map(([before, { text, mean }, behind]) => ({
  text: before + text + behind,
  mean,
}))
