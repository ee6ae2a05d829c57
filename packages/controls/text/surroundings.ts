import { codeAt, codeBefore, type InvisibleKind, invisibleKind, isIn, unitsOf } from './characters.ts'

/**
 * Does an invisible character belong where it stands? Only what a language or an emoji needs does, and only alone:
 * beside another invisible character nothing does, but for the few sequences that emoji are made of.
 *
 * Follows the emoji sequences of UTS 51 (ED-15 to ED-17), the joining contexts of UAX 31 and RFC 5892 appendix A (by
 * script, not by letter: real texts are less tidy), the standardised and ideographic variation sequences (UTS 37).
 */
export function belongs(text: string, at: number, code: number, kind: InvisibleKind): boolean {
  const before = codeBefore(text, at)
  const after = codeAt(text, at + unitsOf(code))
  switch (kind) {
    case 'selector':
      return selectorBelongs(code, before) && (isEmojiStyle(code) || invisibleKind(after) !== 'selector')
    case 'zero-width':
      if (code === ZWJ && emojiJoins(text, at, before, after)) return true
      return isAlone(before, after) && zeroWidthBelongs(text, at, code, before, after)
    case 'blank-letter':
      return (code === 0x2800 || isAlone(before, after)) && blankLetterBelongs(text, at, code, before, after)
    default:
      return false
  }
}

const ZWSP = 0x200b
const ZWNJ = 0x200c
const ZWJ = 0x200d
const BOM = 0xfeff
const SOFT_HYPHEN = 0xad
const GRAPHEME_JOINER = 0x34f

const isAlone = (before: number, after: number) =>
  invisibleKind(before) === undefined && (invisibleKind(after) === undefined || after === 0xfe0f)

/** Scripts whose letters take other forms beside a joiner or non-joiner. */
const JOINING =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mandaic}\p{Script=Nko}\p{Script=Mongolian}\p{Script=Adlam}\p{Script=Hanifi_Rohingya}\p{Script=Thaana}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Myanmar}\p{Script=Khmer}\p{Script=Tibetan}\p{Script=Javanese}\p{Script=Balinese}\p{Script=Meetei_Mayek}]/u

/** Scripts written without spaces, where a break is marked by a space of no width. */
const UNSPACED =
  /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\p{Script=Javanese}\p{Script=Balinese}\p{Script=Tai_Tham}\p{Script=New_Tai_Lue}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uff60]/u

/** Does an invisible character belong for the sake of a script's letters, which then must be many more than it? */
export function belongsForScript(text: string, at: number, code: number): boolean {
  return isOfScript(code, codeBefore(text, at)) || isOfScript(code, codeAt(text, at + 1))
}

function isOfScript(code: number, neighbour: number): boolean {
  if (code === ZWJ || code === ZWNJ) return isIn(neighbour, JOINING)
  if (code === 0x3164 || code === 0xffa0) return isIn(neighbour, HANGUL)
  if (invisibleKind(code) === 'selector') return !isEmojiStyle(code)
  if (code === GRAPHEME_JOINER) return isIn(neighbour, MARK)
  return code === ZWSP && isIn(neighbour, UNSPACED)
}

function zeroWidthBelongs(text: string, at: number, code: number, before: number, after: number): boolean {
  switch (code) {
    case ZWJ:
    case ZWNJ:
    case ZWSP:
      return isOfScript(code, before) || isOfScript(code, after)
    case BOM:
      return at === 0
    case SOFT_HYPHEN:
      // A word is never broken after its first letter or before its last.
      return (
        isIn(before, LETTER) &&
        isIn(after, LETTER) &&
        LETTERS_BEFORE.test(text.slice(Math.max(0, at - 6), at)) &&
        LETTERS_AFTER.test(text.slice(at + 1, at + 7))
      )
    case GRAPHEME_JOINER:
      return isIn(before, MARK) || isIn(after, MARK)
    case 0x180e:
      return isIn(before, MONGOLIAN)
    default:
      return false
  }
}

const LETTER = /\p{L}/u
const LETTERS_BEFORE = /\p{L}\p{L}$|\p{L}(?!\p{Default_Ignorable_Code_Point})\p{M}$/u
const LETTERS_AFTER = /^\p{L}(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{M}]/u
const MARK = /\p{M}/u
const MONGOLIAN = /\p{Script=Mongolian}/u
const PICTURE = /[\p{Extended_Pictographic}\p{Emoji_Modifier}]/u

function emojiJoins(text: string, at: number, before: number, after: number): boolean {
  if (!isIn(after, PICTURE)) return false
  if (before === 0xfe0f) return isIn(codeBefore(text, at - 1), PICTURE)
  return isIn(before, PICTURE) || before === 0xe007f
}

const isEmojiStyle = (code: number) => code === 0xfe0e || code === 0xfe0f

function selectorBelongs(code: number, before: number): boolean {
  if (isEmojiStyle(code)) return isIn(before, SYMBOL)
  // Ideographs have at most some thirty registered forms each: no letter of ASCII is among the bytes of these.
  if (code >= 0xe0100) return code <= 0xe011f && isIn(before, IDEOGRAPH)
  return code <= 0xfe02 ? isIn(before, VARIED) : code <= 0xfe03 && isIn(before, EGYPTIAN)
}

const SYMBOL = /[\p{Emoji}\p{Extended_Pictographic}]|(?![\0-\u007f])\p{S}/u
const IDEOGRAPH = /[\p{Ideographic}\p{Script=Han}]/u
const VARIED =
  /[0\p{Ideographic}\p{Script=Han}\p{Script=Myanmar}\p{Script=Phags_Pa}\p{Script=Manichaean}\u3000-\u303f\uff00-\uff60\u2654-\u265f]|(?![\0-\u007f])[\p{Sm}\p{P}]/u
const EGYPTIAN = /\p{Script=Egyptian_Hieroglyphs}/u

function blankLetterBelongs(text: string, at: number, code: number, before: number, after: number): boolean {
  switch (code) {
    case 0x2800: {
      // Pictures made of Braille patterns have blank ones: what counts is whether the row has any that is not.
      return isIn(before, BRAILLE) || isIn(after, BRAILLE) || rowHasBraille(text, at)
    }
    case 0x115f:
    case 0x1160:
      return isIn(before, JAMO) || isIn(after, JAMO)
    case 0x3164:
    case 0xffa0:
      return isIn(before, HANGUL) || isIn(after, HANGUL)
    case 0x17b4:
    case 0x17b5:
      return isIn(before, KHMER)
    case 0x180b:
    case 0x180c:
    case 0x180d:
    case 0x180f:
      return isIn(before, MONGOLIAN)
    default:
      return code < 0x1d000
        ? isIn(before, DUPLOYAN) || isIn(after, DUPLOYAN)
        : isIn(before, MUSIC) || isIn(after, MUSIC)
  }
}

const BRAILLE = /[\u2801-\u28ff]/
const JAMO = /(?![\u115f\u1160])[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]/
const HANGUL = /(?![\u3164\uffa0\u115f\u1160])\p{Script=Hangul}/u
const KHMER = /(?![\u17b4\u17b5])\p{Script=Khmer}/u
const DUPLOYAN = /[\u{1bc00}-\u{1bc9f}]/u
const MUSIC = /(?![\u{1d173}-\u{1d17a}])[\u{1d100}-\u{1d1ff}]/u

/** Looks a row's width to both sides, past blanks only. */
function rowHasBraille(text: string, at: number): boolean {
  let left = at
  while (left > 0 && at - left < MAX_ROW && text.charCodeAt(left - 1) === 0x2800) left--
  if (isIn(codeBefore(text, left), BRAILLE)) return true
  let right = at + 1
  while (right < text.length && right - at < MAX_ROW && text.charCodeAt(right) === 0x2800) right++
  return isIn(codeAt(text, right), BRAILLE)
}

const MAX_ROW = 80

/** The flags of England, Scotland and Wales: a black flag, tag characters that name one of them, and the end of tags. */
export function subdivisionFlagEnd(text: string, at: number): number | undefined {
  const match = SUBDIVISION.exec(text.slice(at, at + 12))
  return match !== null && codeBefore(text, at) === 0x1f3f4 ? at + match[0].length : undefined
}

const SUBDIVISION =
  /^\u{e0067}\u{e0062}(?:\u{e0065}\u{e006e}\u{e0067}|\u{e0073}\u{e0063}\u{e0074}|\u{e0077}\u{e006c}\u{e0073})\u{e007f}/u
