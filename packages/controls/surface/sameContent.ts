import { canonicalJson, isExactNumber, type JsonValue } from '../json/index.ts'
import { skeleton } from '../text/index.ts'
import { contentDigest, unnamed } from './content.ts'
import type { SurfaceItem } from './item.ts'
import { measure } from './measure.ts'
import { PROSE_ROLES } from './newTexts.ts'
import { ownKeys } from './sameValue.ts'
import { textsOf } from './texts.ts'

/** What an item is compared by. */
interface Content {
  readonly kind: string
  readonly exact: string
  /** As `exact`, of what the texts look like, its own name left out: case, separators and look-alikes are no difference. */
  readonly plain: string
  /** Every run of `SHINGLE_WORDS` words of its prose. */
  readonly shingles: ReadonlySet<string>
}

const SHINGLE_WORDS = 4
/** Less prose than this says too little to be told from a sibling's ("Gets one user by its id"). */
const MIN_SHINGLES = 12
/** Share of the shorter prose that has to stand in the longer one. */
const NEAR = 0.8

/**
 * Are these the same definition under two names?
 *
 * A block follows content, so that a server cannot free a tool by renaming it: not with another title, other capitals,
 * separators, invisible or look-alike letters, nor with some words changed or many added. Equal are: the same value
 * without its names; the same once its texts are reduced to what they look like; or prose of which four fifths (of the shorter one's
 * runs of four words) stand in the other. Cannot know: the same intent in other words, which is what detection is for.
 *
 * @example sameContent(blocked, { ...blocked, name: 'innocent', value: { ...blocked.value, name: 'innocent' } }) // true
 */
export function sameContent(a: SurfaceItem, b: SurfaceItem): boolean {
  return isSame(contentOf(a), contentOf(b))
}

/**
 * Asks of many items which of the held ones they are. Reads the held ones once.
 *
 * @example const heldAs = contentMatcher(held)
 * heldAs(item)?.name // the name under which it was blocked
 */
export function contentMatcher(held: readonly SurfaceItem[]): (item: SurfaceItem) => SurfaceItem | undefined {
  const contents = held.map((item) => ({ item, content: contentOf(item) }))
  return (item) => {
    if (contents.length === 0) return undefined
    const own = contentOf(item)
    return contents.find(({ content }) => isSame(own, content))?.item
  }
}

function isSame(a: Content, b: Content): boolean {
  if (a.kind !== b.kind) return false
  if (a.exact === b.exact || a.plain === b.plain) return true
  const [less, more] =
    a.shingles.size <= b.shingles.size ? [a.shingles, b.shingles] : [b.shingles, a.shingles]
  if (less.size < MIN_SHINGLES) return false
  let shared = 0
  for (const shingle of less) if (more.has(shingle)) shared++
  return shared >= less.size * NEAR
}

function contentOf(item: SurfaceItem): Content {
  // What is over the bounds of an item is no item, and is like nothing.
  if (measure(item.value) !== undefined)
    return { kind: item.kind, exact: '', plain: ' ', shingles: new Set() }
  const self = skeleton(item.name)
  const reduced = (text: string): string => wordsOf(text, self).join(' ')
  const words = textsOf(item)
    .filter(({ role, where }) => PROSE_ROLES.has(role) && !isTitle(where))
    .flatMap(({ text }) => wordsOf(text, self))
  const shingles = new Set<string>()
  for (let at = 0; at + SHINGLE_WORDS <= words.length; at++)
    shingles.add(words.slice(at, at + SHINGLE_WORDS).join(' '))
  const { kind, value } = item
  return {
    kind,
    exact: contentDigest(item),
    plain: canonicalJson(mapTexts(unnamed(value), reduced)),
    shingles,
  }
}

const isTitle = (where: string): boolean => where === '/title' || where === '/annotations/title'

const WORDS = /[^\s"'`.,;:!?()[\]{}<>*#|/\\=]+/g

/** The words of a text as they look, without the item's own name. */
function wordsOf(text: string, self: string): string[] {
  return (text.match(WORDS) ?? []).map(skeleton).filter((word) => word !== '' && word !== self)
}

/** Texts and keys reduced; two keys that look the same get a number each. */
function mapTexts(value: JsonValue, reduced: (text: string) => string): JsonValue {
  if (typeof value === 'string') return reduced(value)
  if (typeof value !== 'object' || value === null || isExactNumber(value)) return value
  if (Array.isArray(value)) return value.map((member) => mapTexts(member, reduced))
  const seen = new Map<string, number>()
  return Object.fromEntries(
    ownKeys(value)
      .sort()
      .map((key) => {
        const plain = reduced(key)
        const times = seen.get(plain) ?? 0
        seen.set(plain, times + 1)
        return [times === 0 ? plain : `${plain} ${times}`, mapTexts(value[key] ?? null, reduced)]
      }),
  )
}
