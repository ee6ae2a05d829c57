import type { Glob } from '@sallyport/controls/patterns'

/** A glob with how it was written and where. */
export interface NamedGlob {
  readonly pattern: string
  /** Key in the configuration, such as `servers.pg.tools.deny[0]`. */
  readonly from: string
  readonly matches: Glob
}

/** The first of these globs that stands for one of the texts. */
export function firstMatch(globs: readonly NamedGlob[], texts: readonly string[]): NamedGlob | undefined {
  return globs.find(({ matches }) => texts.some(matches))
}
