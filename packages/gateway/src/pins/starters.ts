/**
 * Programs that start the one that is named in their words: what that is is pinned, not they.
 *
 * Cannot know: starters that are not listed, and what is written in files of theirs (`make`, `docker compose`).
 */

interface Starter {
  /** Options whose next word is a value and no program. */
  readonly values?: RegExp
  /** Words before the program that are neither: a lock file, a command such as `run`. */
  readonly skips?: number
}

const STARTERS: ReadonlyMap<string, Starter> = new Map<string, Starter>([
  ['nice', { values: /^(?:-n|--adjustment)$/ }],
  ['ionice', { values: /^-[cnpPu]$/ }],
  ['chrt', { values: /^-[pTPD]$/ }],
  ['taskset', { values: /^-p$/ }],
  ['timeout', { values: /^-[sk]$/ }],
  ['nohup', {}],
  ['setsid', {}],
  ['stdbuf', { values: /^-[ioe]$/ }],
  ['time', { values: /^-[fo]$/ }],
  ['sudo', { values: /^-[ugpChrtTDU]$/ }],
  ['doas', { values: /^-[uC]$/ }],
  [
    'xvfb-run',
    { values: /^(?:-[efnpsw]|--(?:error-file|auth-file|server-num|xauth-protocol|server-args|wait))$/ },
  ],
  ['dumb-init', { values: /^-r$/ }],
  ['tini', { values: /^-[ep]$/ }],
  ['catchsegv', {}],
  ['caffeinate', { values: /^-[tw]$/ }],
  ['unbuffer', {}],
  ['flock', { values: /^(?:-[wE]|--(?:timeout|conflict-exit-code))$/, skips: 1 }],
  ['strace', { values: /^-[aeEIoOpPsSuUX]$/ }],
  ['firejail', {}],
  ['nodemon', { values: /^(?:-[wiex]|--(?:watch|ignore|exec|ext))$/ }],
  // Of Python: an environment of their own, and in it the program or script.
  [
    'uv',
    {
      values:
        /^(?:-[pCi]|--(?:with|with-editable|with-requirements|python|directory|project|extra|group|env-file|index-url|default-index|index|config-file|cache-dir|package))$/,
      skips: 1,
    },
  ],
  ['poetry', { values: /^(?:-[CP]|--(?:directory|project))$/, skips: 1 }],
  ['pipenv', { skips: 1 }],
  ['pdm', { values: /^-p$/, skips: 1 }],
  ['rye', { skips: 1 }],
  ['hatch', { values: /^-e$/, skips: 1 }],
])

/** @param program as `programName` has it */
export function isStarter(program: string): boolean {
  return STARTERS.has(program)
}

/**
 * The words among which the program stands, it first unless numbers and spans of time are before it.
 *
 * @example startedWords('time', ['-o', './out.log', 'node', 'server.js']) // ['node', 'server.js']
 */
export function startedWords(program: string, words: readonly string[]): readonly string[] {
  const { values, skips = 0 } = STARTERS.get(program) ?? {}
  let skipped = 0
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === '--') continue
    if (values?.test(word)) at++
    else if (!word.startsWith('-') && skipped++ >= skips) return words.slice(at)
  }
  return []
}
