import type { Writable } from 'node:stream'
import { styleText } from 'node:util'

type Format = Parameters<typeof styleText>[0]

/** What a stretch of text is, for people who see colours. Without them nothing may depend on it. */
export const STYLES = {
  added: ['green', 'underline'],
  removed: ['red', 'strikethrough'],
  more: ['green'],
  less: ['red'],
  found: ['yellow', 'underline'],
  /** What is not the server's text but ours: what stands for hidden characters and for what is left out. */
  mark: ['magenta'],
  name: ['bold'],
  aside: ['dim'],
  good: ['green'],
  warning: ['yellow'],
  alarm: ['red', 'bold'],
} as const satisfies Readonly<Record<string, Format>>

export type Style = keyof typeof STYLES
export interface Paint {
  (style: Style | undefined, text: string): string
  /** False: text alone has to say it. */
  readonly colours: boolean
}

/**
 * Colours for a terminal; plain text for anything else, with NO_COLOR, and where the terminal has none.
 *
 * @example paintFor(process.stdout)('alarm', 'blocked')
 */
export function paintFor(stream: Writable): Paint {
  // Asked of Node, which knows NO_COLOR, FORCE_COLOR and TERM=dumb.
  const colours = styleText('red', 'x', { stream }) !== 'x'
  const paint = (style: Style | undefined, text: string): string =>
    style === undefined || !colours || text === ''
      ? text
      : styleText([...STYLES[style]], text, { validateStream: false })
  return Object.assign(paint, { colours })
}
