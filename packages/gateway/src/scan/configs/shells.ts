import { pointer } from '../../config/document.ts'
import type { Launch, ShellText } from './launch.ts'
import { programName } from './launch.ts'
import type { Notice } from './notice.ts'

const FETCHERS = /\b(?:curl|wget|iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring)\b/i
const DECODERS = /\bbase64\b|\bfrombase64string\b/i
const INTERPRETERS =
  /^(?:sh|bash|zsh|dash|ksh|fish|python[\d.]{0,6}|node|deno|bun|perl|ruby|php|iex|invoke-expression|powershell|pwsh|cmd|eval|source)$/

/** Shells in the way of a program, and whether they run what they fetch or decode. */
export function checkShells({ shells, asRoot }: Launch): Notice[] {
  const root: Notice[] =
    asRoot === undefined
      ? []
      : [
          {
            rule: 'config/privileged',
            place: asRoot.place,
            pointer: pointer(asRoot.path),
            evidence: asRoot.value,
          },
        ]
  return [...root, ...shells.map(checkShell)]
}

function checkShell({ shell, text, spot, words, encoded }: ShellText): Notice {
  const at = { place: spot.place, pointer: pointer(spot.path), evidence: `${shell} ${text}` }
  if (encoded)
    return {
      ...at,
      rule: 'config/pipe-to-shell',
      explain: 'What is run is encoded, so that nobody who reads the entry sees it.',
      advice: 'Do not start it; find out what it does first.',
    }
  if (runsWhatItFetches(text)) return { ...at, rule: 'config/pipe-to-shell' }
  if (!words) return { ...at, rule: 'config/shell' }
  return {
    ...at,
    rule: 'config/shell',
    severity: 'info',
    explain:
      'On Windows batch files can only be started like this; what they are given is read by cmd once more.',
    advice: 'Start the program behind the batch file directly where you can, such as node with its script.',
  }
}

/** `curl ... | sh`, `sh -c "$(curl ...)"`, `base64 -d | sh`: by its parts, so that no text takes longer than its length. */
function runsWhatItFetches(text: string): boolean {
  const source = (part: string) => FETCHERS.test(part) || DECODERS.test(part)
  if (!source(text)) return false
  if (/\$\(|`|<\(/.test(text) || /\biex\b|\binvoke-expression\b|\beval\b/i.test(text)) return true
  let fed = false
  for (const part of text.split(/\|\|?/)) {
    const [first = '', second = ''] = part.trim().split(/\s+/, 2)
    const program = programName(first === 'sudo' ? second : first)
    if (fed && INTERPRETERS.test(program)) return true
    fed = fed || source(part)
  }
  return false
}
