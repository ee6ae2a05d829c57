/**
 * For tests: a process of its own that approves items one commit each, `tool/NAME-0`, `tool/NAME-1`, ..., and says each on
 * standard output once it is on disk. `node committer.ts LOCK FOLDER NAME COUNT`
 */
import type { Log } from '../../log.ts'
import { PinStore } from '../pinStore.ts'
import { AT, holdOf, RULES, tool, version } from './pinFixture.ts'

const [lockPath = '', folder = '', name = '', count = '0'] = process.argv.slice(2)
const nothing = () => undefined
const log: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing }
try {
  const store = await PinStore.open({ lockPath, folder, rules: RULES, log })
  for (let at = 0; at < Number(count); at++) {
    const item = tool(`${name}-${at}`)
    await store.commit({
      lock: [
        { kind: 'open', server: 'files', itemKind: 'tool', at: AT },
        { kind: 'approve', server: 'files', item: `tool/${name}-${at}`, version: version(item) },
      ],
      holds: [{ kind: 'hold', hold: holdOf('notes', item) }],
      contents: new Map([['files', [item]]]),
    })
    process.stdout.write(`${at}\n`)
  }
  await store.close()
} catch (error) {
  process.stderr.write(`${String(error)}\n`)
  process.exitCode = 1
}
