import type { JsonValue } from '@sallyport/controls/json'
import type { ItemKind } from '@sallyport/controls/surface'

/** What a server was recorded to say of itself: the items that `itemsOf` takes, and what it does not. */
export interface RecordedSurface {
  readonly package: string
  readonly version: string
  readonly licence: string
  readonly revision: string
  /** Why entries were not taken, if any. */
  readonly malformed: readonly string[]
  readonly items: readonly { readonly kind: ItemKind; readonly name: string; readonly value: JsonValue }[]
}

/** As a file: one line an item, so that a new recording reads as a change of lines. */
export function writeSurface({ items, ...head }: RecordedSurface): string {
  const start = JSON.stringify(head).slice(0, -1)
  return `${start},"items":[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]}\n`
}
