/**
 * The definitions of tools and prompts that servers showed lately, by digest: one copy however many viewers were shown
 * it. Bounded for each server, so that none pushes out another's; what was pushed out counts as not seen, and is looked
 * at again before a call.
 */
import { isObject, type JsonObject } from '@sallyport/controls/json'
import type { SurfaceItem } from '@sallyport/controls/surface'

/** Text of the definitions kept of one server, in UTF-16 units; a list of this size is no list any more. */
const MAX_CHARS = 32 * 1024 * 1024

interface Kept {
  readonly value: JsonObject
  readonly chars: number
}

interface ServerDefinitions {
  /** By `itemDigest`; the one that was shown longest ago stands first. */
  readonly kept: Map<string, Kept>
  chars: number
}

export class ShownDefinitions {
  readonly #servers = new Map<string, ServerDefinitions>()
  readonly #maxChars: number

  constructor(maxChars = MAX_CHARS) {
    this.#maxChars = maxChars
  }

  /** Of the kinds that are called. Others are read by nobody here. */
  static keeps({ kind }: Pick<SurfaceItem, 'kind'>): boolean {
    return kind === 'tool' || kind === 'prompt'
  }

  note(server: string, hash: string, { value }: Pick<SurfaceItem, 'value'>): void {
    if (!isObject(value)) return
    let of = this.#servers.get(server)
    if (of === undefined) {
      of = { kept: new Map(), chars: 0 }
      this.#servers.set(server, of)
    }
    const known = of.kept.get(hash)
    if (known !== undefined) {
      of.kept.delete(hash)
      of.kept.set(hash, known)
      return
    }
    const chars = JSON.stringify(value).length
    of.kept.set(hash, { value, chars })
    of.chars += chars
    for (const [oldest, { chars: freed }] of of.kept) {
      if (of.chars <= this.#maxChars) break
      of.kept.delete(oldest)
      of.chars -= freed
    }
  }

  get(server: string, hash: string): JsonObject | undefined {
    return this.#servers.get(server)?.kept.get(hash)?.value
  }

  forget(server: string): void {
    this.#servers.delete(server)
  }
}
