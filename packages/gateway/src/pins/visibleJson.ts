/** All that a reader does not see as itself: controls, format characters, fillers, odd spaces, unassigned code points. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu

/**
 * JSON in visible characters: what is read back is the same, and nothing in it hides, reverses text or acts on a terminal
 * (invariant 9).
 *
 * @example visibleJson('a\u200bb') // '"a\\u200bb"'
 */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSEEN, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}
