/**
 * Surfaces: what a server says about itself, as items that are pinned, compared and reviewed one by one.
 *
 * `itemsOf` reads a server's answers; `itemDigest` is the pin; `classifyDrift` says what a change can do and `newTexts`
 * what of it is to be scanned; `sameContent` follows what was blocked to its next name; `findShadowing` compares
 * servers; `diffItem` shows a person what changed.
 */
export { acceptsDrift, type DriftPolicy } from './accept.ts'
export { DRIFT_CLASSES, DRIFT_WEIGHTS, type DriftClass, type DriftWeight } from './changes.ts'
export { contentDigest } from './content.ts'
export { diffItem, diffWords, type ItemDifference, type WordChange } from './diff.ts'
export { classifyDrift, type Drift } from './drift.ts'
export { type Worded, withoutFreeWords } from './freeWords.ts'
export {
  HINT_NAMES,
  type HintName,
  hintsBeyondName,
  hintsToKeep,
  isHintedTool,
  type KeptClaims,
  type KeptHints,
  looserHints,
  NOTHING_SAID,
  stricterHints,
  withApprovedHints,
  withHints,
  withStricterHints,
} from './hints.ts'
export { ITEM_KINDS, type ItemKind, itemDigest, itemKey, parseItemKey, type SurfaceItem } from './item.ts'
export {
  type ItemsOf,
  itemsOf,
  MALFORMED_REASONS,
  MAX_ITEMS,
  type MalformedItem,
  type MalformedReason,
  type PlacedItem,
} from './itemsOf.ts'
export { legible } from './legible.ts'
export {
  isSurfaceList,
  isSurfaceMethod,
  LIST_METHODS,
  listOfKind,
  SURFACE_LISTS,
  SURFACE_METHODS,
  type SurfaceList,
  type SurfaceMethod,
} from './lists.ts'
export { MAX_ITEM_BYTES, MAX_ITEM_DEPTH } from './measure.ts'
export { newTexts } from './newTexts.ts'
export { contentMatcher, sameContent } from './sameContent.ts'
export {
  findShadowing,
  SHADOW_RULES,
  type ShadowFinding,
  type ShadowRule,
  type TrustedSurface,
  templateCovers,
} from './shadowing.ts'
export { type ItemText, type TextRole, textsOf } from './texts.ts'
