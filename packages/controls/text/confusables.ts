/**
 * Letters that are drawn like a Latin letter or digit: what matters for names and sentences in Latin letters, no more.
 *
 * Compatibility forms (full width, mathematical, circled) are not here, for NFKC makes them plain. After UTS 39, but by
 * eye and by what is seen in attacks: it also has letters that only look alike in small type.
 */
const ALPHABETS: readonly (readonly [alphabet: string, latin: string, letters: string])[] = [
  [
    'Cyrillic',
    '36ABCEFGHIIJKMOPQSTWXYabbcdehhijklmnopqrstvwxy',
    '\u0417\u0431\u0410\u0412\u0421\u0415\u0492\u050c\u041d\u0406\u04c0\u0408\u041a\u041c\u041e\u0420\u051a\u0405\u0422\u051c\u0425\u0423\u0430\u0432\u042c\u0441\u0501\u0435\u04bb\u043d\u0456\u0458\u043a\u04cf\u043c\u043f\u043e\u0440\u051b\u0433\u0455\u0442\u0475\u051d\u0445\u0443',
  ],
  [
    'Greek',
    'ABCEHIJKMNOPTXYZabceijknooptuuvwxy',
    '\u0391\u0392\u03f9\u0395\u0397\u0399\u037f\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a7\u03a5\u0396\u03b1\u03b2\u03f2\u03b5\u03b9\u03f3\u03ba\u03b7\u03bf\u03c3\u03c1\u03c4\u03c5\u03bc\u03bd\u03c9\u03c7\u03b3',
  ],
  [
    'Armenian',
    'LOSUghjnnoquw',
    '\u053c\u0555\u054f\u054d\u0581\u0570\u0575\u0578\u057c\u0585\u0566\u057d\u0561',
  ],
  [
    'Cherokee',
    'ABCDEGHJKLMPRRSTVWZcdisvwz',
    '\u13aa\u13f4\u13df\u13a0\u13ac\u13c0\u13bb\u13ab\u13e6\u13de\u13b7\u13e2\u13a1\u13d2\u13da\u13a2\u13d9\u13b3\u13c3\uabaf\u13e7\u13a5\uabaa\uaba9\uab83\uab93',
  ],
  [
    'Lisu',
    'ABCDEFGHIJKLMNOPRSTUVWXYZ',
    '\ua4ee\ua4d0\ua4da\ua4d3\ua4f0\ua4dd\ua4d6\ua4e7\ua4f2\ua4d9\ua4d7\ua4e1\ua4df\ua4e0\ua4f3\ua4d1\ua4e3\ua4e2\ua4d4\ua4f4\ua4e6\ua4ea\ua4eb\ua4ec\ua4dc',
  ],
  [
    'Coptic',
    'BCHIKMNOPTXcop',
    '\u2c82\u2ca4\u2c8e\u2c92\u2c94\u2c98\u2c9a\u2c9e\u2ca2\u2ca6\u2cac\u2ca5\u2c9f\u2ca3',
  ],
  [
    'Georgian, Hebrew, Arabic and Deseret',
    'COllooosy',
    '\u{10415}\u{10404}\u05d5\u0627\u05e1\u0647\u{1042c}\u10bd\u10e7',
  ],
  [
    'Latin letters that are drawn like others: phonetic letters, small capitals',
    'aabbcdefgghiiijjkllmnopqrstuuvwyz',
    '\u0251\u1d00\u0185\u0299\u1d04\u1d05\u1d07\ua730\u0261\u0262\u029c\u0269\u0131\u026a\u0237\u1d0a\u1d0b\u01c0\u029f\u1d0d\u0274\u1d0f\u1d18\ua7af\u0280\ua731\u1d1b\u028b\u1d1c\u1d20\u1d21\u028f\u1d22',
  ],
  ['Zeros', '00000000000', '\u0966\u09e6\u0a66\u0ae6\u0be6\u0c66\u0ce6\u0d66\u0e50\u0ed0\u1040'],
]

const LOOK_ALIKES: ReadonlyMap<string, string> = new Map([
  ...ALPHABETS.flatMap(([, latin, letters]) =>
    [...letters].map((letter, at) => [letter, latin[at] ?? letter] as const),
  ),
  // White letters on black circles and squares, and the letters that flags are spelt with.
  ...[0x1f150, 0x1f170, 0x1f1e6].flatMap((first) =>
    Array.from(
      { length: 26 },
      (_, at) => [String.fromCodePoint(first + at), String.fromCharCode(65 + at)] as const,
    ),
  ),
])

const ANY = new RegExp(`[${[...LOOK_ALIKES.keys()].join('')}]`, 'u')

/** Whether anything in a text looks like a Latin letter and is none of the alphabet. */
export function hasLookAlike(text: string): boolean {
  return ANY.test(text)
}

/** The text with every look-alike as the Latin letter it looks like. */
export function asLatin(text: string): string {
  let out = ''
  for (const character of text) out += LOOK_ALIKES.get(character) ?? character
  return out
}
