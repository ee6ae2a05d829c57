import { visible } from '../text/index.ts'
import type { PathReading } from './readings.ts'
import type { PathRule } from './rules.ts'

/** One sentence a person or a model can act on. What came from outside is cut and made visible. */
export function explainPath(
  rule: PathRule,
  candidate: string,
  reading: string,
  by: PathReading,
  roots: readonly string[],
): string {
  const path = `The path "${shown(candidate)}"`
  const more = roots.length > SOME_ROOTS ? ' and more' : ''
  const within =
    roots.length === 0
      ? 'no folder is allowed'
      : `allowed is what lies in ${roots.slice(0, SOME_ROOTS).map(shown).join(', ')}${more}`
  switch (rule) {
    case 'path/nul':
      return `${path} has a NUL in it, which no file name can have.`
    case 'path/length':
      return `${path} is longer than any file system takes.`
    case 'path/home':
      return `${path} begins with a home folder; ${within}.`
    case 'path/variable':
      return `${path} begins with a variable; ${within}.`
    case 'path/device':
      return `${path} names a device of Windows, not a file.`
    case 'path/stream':
      return `${path} names a stream within a file; name the file.`
    case 'path/denied':
      return `${path} leads to ${shown(reading)}, which a pattern denies.`
    case 'path/short-name':
      return `${path} has a short name of Windows, which may stand for one that is denied; use the long name.`
    case 'path/encoded':
      return `${path} leads to ${shown(reading)} for a server that reads it as ${by}; ${within}.`
    case 'path/link':
      return `${path} leads to ${shown(reading)} through a link; ${within}.`
    case 'path/hardlink':
      return `${path} leads to ${shown(reading)}, a file that has another name elsewhere.`
    case 'path/unreadable':
      return `${path} leads to ${shown(reading)}, which could not be looked at.`
    default:
      return `${path} leads to ${shown(reading)}; ${within}.`
  }
}

const SOME_ROOTS = 3
const SHOWN_CHARS = 120

function shown(text: string): string {
  return visible(text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}...` : text)
}
