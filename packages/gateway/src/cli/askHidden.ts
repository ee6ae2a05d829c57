import { CommandError } from './exit.ts'

const INTERRUPTED = 130
const MAX_CHARS = 64 * 1024

/**
 * Asks a person at the terminal for a text that is not shown: no character of it, and not how many there are.
 *
 * @throws CommandError when it is broken off (Ctrl-C, Ctrl-D with nothing typed)
 */
export function askHidden(question: string): Promise<string> {
  const { stdin, stderr } = process
  stderr.write(question)
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  stdin.resume()
  return new Promise((resolve, reject) => {
    let typed = ''
    const end = (finish: () => void): void => {
      stdin.off('data', onData)
      stdin.setRawMode(false)
      stdin.pause()
      stderr.write('\n')
      finish()
    }
    const onData = (chunk: string): void => {
      for (const character of chunk) {
        if (character === '\r' || character === '\n') return end(() => resolve(typed))
        if (character === '\u0003' || (character === '\u0004' && typed === ''))
          return end(() => reject(new CommandError(INTERRUPTED, 'interrupted: nothing was changed')))
        if (character === '\u007f' || character === '\b') typed = [...typed].slice(0, -1).join('')
        else if (character >= ' ' && typed.length < MAX_CHARS) typed += character
      }
    }
    stdin.on('data', onData)
  })
}
