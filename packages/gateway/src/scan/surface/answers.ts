/**
 * What a server said of itself when it was asked, or what a file says that it said.
 */
import type { JsonObject } from '@sallyport/controls/json'
import type { SurfaceMethod } from '@sallyport/controls/surface'
import type { Era } from '../../protocol/era.ts'

export interface SurfaceAnswer {
  readonly method: SurfaceMethod
  /** Pages of a list joined into one. */
  readonly result: JsonObject
}

export interface SurfaceAnswers {
  /** Unknown of a dump. */
  readonly era?: Era
  readonly answers: readonly SurfaceAnswer[]
  /** Lists that are there and could not be read to their end, one sentence each: what they hold is unknown. */
  readonly unread: readonly string[]
}
