/** A message that says what to do must not name a key that the configuration does not have. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { needsRestart } from '../../packages/gateway/src/config/diff.ts'
import { ROOT, trackedFiles } from './trackedFiles.ts'

/** A text in quotes, in one line, with a blank in it: others are events and names of files. */
const TEXT = /'[^'\n]* [^'\n]*'|"[^"\n]* [^"\n]*"|`[^`\n]* [^`\n]*`/g
/** Only sections whose names begin nothing else; a member of one (`listen.host.length`) is code. */
const KEY = /(?<![\w.])(?:limits|listen)\.(?!ts\b)[a-z]\w*(?!\w|\.\w)/g

/** Without what a template puts in, which is code. */
function keysNamed(source: string): string[] {
  return [...source.matchAll(TEXT)].flatMap(([text]) => text.replaceAll(/\$\{[^}]*\}/g, '').match(KEY) ?? [])
}

function isKey(name: string): boolean {
  try {
    needsRestart(name)
    return true
  } catch {
    return false
  }
}

it('messages name keys of the configuration as the file has them', () => {
  const files = trackedFiles().filter((path) => /^packages\/.*\.ts$/.test(path) && !path.endsWith('.test.ts'))
  const named = files.flatMap((path) =>
    keysNamed(readFileSync(join(ROOT, path), 'utf8')).map((key) => `${path} ${key}`),
  )
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter((one) => !isKey(one.split(' ')[1] ?? ''))).toEqual([])
})

it('and one that is named as the program has it would be found', () => {
  const source = ['explain: `over limits.maxMessageBytes ($', '{listen.host})`'].join('')
  expect(keysNamed(source)).toEqual(['limits.maxMessageBytes'])
  expect([isKey('limits.maxMessageBytes'), isKey('limits.maxMessage')]).toEqual([false, true])
})
