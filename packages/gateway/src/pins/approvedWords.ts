import { wordsOf } from '@sallyport/controls/detection'
import { textsOf } from '@sallyport/controls/surface'
import type { Contents } from './contents.ts'
import { baseVersions, type LockedServer } from './lock.ts'

/**
 * Every word of what a person or the first use approved of a server, its own name among them: what a change may speak of
 * without saying something new. Not of what was accepted by rule: step by step a server could get any word in. Read once, and
 * only where a change has a word that matters.
 *
 * @example approvedWords('files', locked, contents)().has('read')
 */
export function approvedWords(
  server: string,
  locked: LockedServer,
  contents: Contents,
): () => ReadonlySet<string> {
  let words: Set<string> | undefined
  return () => {
    if (words !== undefined) return words
    words = new Set(wordsOf(server))
    for (const key of locked.items.keys())
      for (const { hash } of baseVersions(locked, key)) {
        const item = contents.get(hash)
        if (item === undefined) continue
        for (const { text } of textsOf(item)) for (const word of wordsOf(text)) words.add(word)
      }
    return words
  }
}
