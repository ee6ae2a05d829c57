import { canonicalJson, isObject, type JsonValue, pointerTo } from '../json/index.ts'
import { type Edit, editScript, merged } from './editScript.ts'
import type { SurfaceItem } from './item.ts'
import { ownKeys, ownMember, sameValue } from './sameValue.ts'
import { sentencesOf } from './sentences.ts'

/** A stretch of a text, for a person to read what became of it. */
export interface WordChange {
  readonly op: 'same' | 'add' | 'del'
  readonly text: string
}

/**
 * What became of a text, word by word: sentences first, then the words of those that were replaced. The `same` and `del`
 * texts together are the earlier text, the `same` and `add` texts the later one, to the letter. Linear, times a constant.
 *
 * What is given holds the server's own characters: show it through `visible` (`controls/text`) or escaped.
 *
 * @example diffWords('Adds two numbers.', 'Adds 2 numbers.')
 * // [{ op: 'same', text: 'Adds ' }, { op: 'del', text: 'two' }, { op: 'add', text: '2' }, { op: 'same', text: ' numbers.' }]
 */
export function diffWords(before: string, after: string): readonly WordChange[] {
  const edits: Edit[] = []
  const coarse = editScript(pieces(before), pieces(after))
  for (let at = 0; at < coarse.length; at++) {
    const [one, next] = [coarse[at], coarse[at + 1]]
    if (one?.op === 'del' && next?.op === 'add') {
      edits.push(...withoutIslands(editScript(words(one.items), words(next.items))))
      at++
    } else if (one !== undefined) edits.push(one)
  }
  return merged(edits).map(({ op, items }) => ({ op, text: items.join('') }))
}

/** A text in sentences, each with the white space before it, so that nothing is lost. */
function pieces(text: string): string[] {
  const ends = sentencesOf(text).map(({ end }) => end)
  const cuts = [...ends.slice(0, -1), text.length]
  return cuts.map((end, at) => text.slice(cuts[at - 1] ?? 0, end)).filter((piece) => piece !== '')
}

const WORDS = /[\p{L}\p{M}\p{N}_]+|\s+|[^\p{L}\p{M}\p{N}_\s]/gu

function words(sentences: readonly string[]): string[] {
  return sentences.join('').match(WORDS) ?? []
}

/** White space that both have between two changes is no landmark: the changes are read as one. */
function withoutIslands(edits: readonly Edit[]): Edit[] {
  return edits.flatMap((edit, at): Edit[] => {
    const isIsland =
      at > 0 && at < edits.length - 1 && edit.op === 'same' && edit.items.join('').trim() === ''
    return isIsland
      ? [
          { op: 'del', items: edit.items },
          { op: 'add', items: edit.items },
        ]
      : [edit]
  })
}

/** One place at which two versions of an item differ. */
export interface ItemDifference {
  /** JSON Pointer: of what was removed in the earlier version, of everything else in the later one. */
  readonly where: string
  readonly change: 'added' | 'removed' | 'changed'
  /** Canonical JSON, so that the text "1" and the number 1 read differently. */
  readonly before?: string
  readonly after?: string
  /** Where both are texts. */
  readonly words?: readonly WordChange[]
}

/**
 * Where two versions of an item differ, for a person: members of objects by name; members of lists by what they are, where
 * some were added or removed, else by place. The differences together make one version of the other. For items within
 * the bounds of `itemsOf`.
 *
 * @example diffItem(tool({ description: 'Adds.' }), tool({ description: 'Adds!' }))
 * // [{ where: '/description', change: 'changed', before: '"Adds."', after: '"Adds!"', words: [...] }]
 */
export function diffItem(before: SurfaceItem, after: SurfaceItem): readonly ItemDifference[] {
  const differences: ItemDifference[] = []
  compare(before.value, after.value, '', differences)
  return differences
}

function compare(before: JsonValue, after: JsonValue, where: string, into: ItemDifference[]): void {
  if (sameValue(before, after)) return
  if (isObject(before) && isObject(after)) {
    for (const key of [...new Set([...ownKeys(before), ...ownKeys(after)])].sort()) {
      const [old, now] = [ownMember(before, key), ownMember(after, key)]
      const at = pointerTo(where, key)
      if (old !== undefined && now !== undefined) compare(old, now, at, into)
      else if (old !== undefined) into.push(removed(at, old))
      else if (now !== undefined) into.push(added(at, now))
    }
  } else if (Array.isArray(before) && Array.isArray(after)) compareLists(before, after, where, into)
  else
    into.push({
      where,
      change: 'changed',
      before: canonicalJson(before),
      after: canonicalJson(after),
      ...(typeof before === 'string' && typeof after === 'string' && { words: diffWords(before, after) }),
    })
}

function compareLists(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  where: string,
  into: ItemDifference[],
): void {
  const isPlain = [...before, ...after].every((value) => typeof value !== 'object' || value === null)
  if (before.length === after.length && !isPlain) {
    for (const [at, old] of before.entries()) compare(old, after[at] ?? null, `${where}/${at}`, into)
    return
  }
  let [oldAt, nowAt] = [0, 0]
  for (const { op, items } of editScript(before.map(canonicalJson), after.map(canonicalJson))) {
    for (const _ of items) {
      if (op === 'del') into.push(removed(`${where}/${oldAt}`, before[oldAt] ?? null))
      if (op === 'add') into.push(added(`${where}/${nowAt}`, after[nowAt] ?? null))
      if (op !== 'add') oldAt++
      if (op !== 'del') nowAt++
    }
  }
}

function removed(where: string, value: JsonValue): ItemDifference {
  return { where, change: 'removed', before: canonicalJson(value) }
}

function added(where: string, value: JsonValue): ItemDifference {
  return { where, change: 'added', after: canonicalJson(value) }
}
