/**
 * Surfaces: what a server says about itself, as items that are pinned, compared and reviewed one by one.
 */
export { ITEM_KINDS, type ItemKind, itemDigest, itemKey, type SurfaceItem } from './item.ts'
export { type ItemText, type TextRole, textsOf } from './texts.ts'
