import type { GlobalOptions } from './context.ts'
import { shellWord } from './shellWord.ts'

/**
 * How a command is called for the same configuration, as it can be pasted.
 *
 * @example callFor({ config: 'a.yaml' })('review', 'files') // 'sallyport review files --config a.yaml'
 */
export function callFor(
  options: Pick<GlobalOptions, 'config'>,
): (command: string, ...words: readonly string[]) => string {
  const given = options.config === undefined ? [] : ['--config', options.config]
  return (command, ...words) => ['sallyport', command, ...[...words, ...given].map(shellWord)].join(' ')
}
