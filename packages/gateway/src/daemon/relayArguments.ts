/** What `sallyport stdio` was asked for. */
export interface RelayArguments {
  /** As it was given: relative to the current folder. */
  readonly config?: string
  readonly server?: string
  readonly quiet?: boolean
}

/**
 * Reads the command line of a relay without loading the command line program, which costs more than the relay itself.
 * `undefined` for everything else: another command, `--standalone`, `--help`, or something to complain about, all of
 * which the program does.
 *
 * @example readRelayArguments(['stdio', '--config', 'a.yaml']) // { config: 'a.yaml' }
 */
export function readRelayArguments(args: readonly string[]): RelayArguments | undefined {
  const found: { config?: string; server?: string; quiet?: boolean } = {}
  let command = false
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? ''
    const [name = '', given] = splitOption(word)
    if (name === '--config' || (name === '--server' && command)) {
      const value = given ?? args[++at]
      // A value that looks like an option is somebody's mistake: the program explains it.
      if (value === undefined || value === '' || (given === undefined && value.startsWith('-')))
        return undefined
      found[name === '--config' ? 'config' : 'server'] = value
    } else if (word === '--quiet') found.quiet = true
    else if (word === 'stdio' && !command) command = true
    else if (word !== '--json') return undefined
  }
  return command ? found : undefined
}

function splitOption(word: string): readonly [string, string?] {
  const equals = word.indexOf('=')
  return equals < 0 || !word.startsWith('--') ? [word] : [word.slice(0, equals), word.slice(equals + 1)]
}
