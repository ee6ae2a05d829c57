/** What the commands about pins refuse to do, each with exit code 2 and nothing changed. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { silentLog } from '../log.ts'
import { pinFolder } from '../pins/pinFiles.ts'
import { PinStore } from '../pins/pinStore.ts'
import { finding, holdOf, RULES, tool } from '../pins/testing/pinFixture.ts'
import { type ApproveCommandOptions, runApprove } from './approve.ts'
import { runDeny } from './deny.ts'
import { CommandError } from './exit.ts'
import { runReview } from './review.ts'
import { runUnexcept } from './unexcept.ts'

let dir: string
let store: PinStore
let written: string
beforeEach(async () => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'sallyport-approve-')))
  for (const kind of ['CONFIG', 'STATE', 'DATA', 'CACHE']) vi.stubEnv(`XDG_${kind}_HOME`, join(dir, kind))
  writeFileSync(join(dir, 'sallyport.json'), '{"version":1,"servers":{"files":{"command":["node","x.js"]}}}')
  const lockPath = join(dir, 'sallyport.lock')
  store = await PinStore.open({
    lockPath,
    folder: pinFolder(join(dir, 'DATA', 'sallyport'), lockPath),
    rules: RULES,
    log: silentLog,
  })
  await store.commit({
    holds: [
      { kind: 'hold', hold: holdOf('files', tool('read')) },
      { kind: 'hold', hold: holdOf('files', tool('rm'), { state: 'blocked', findings: [finding()] }) },
    ],
    contents: new Map([['files', [tool('read'), tool('rm')]]]),
  })
  written = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += String(text)
    return true
  })
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  await store.close()
  rmSync(dir, { recursive: true, force: true })
})

const nobody = { attended: false, ask: async () => '' }
const approve =
  (targets: string[], options: Partial<ApproveCommandOptions> = {}) =>
  () =>
    runApprove(targets, { config: join(dir, 'sallyport.json'), yes: true, ...options }, nobody)
const options = () => ({ config: join(dir, 'sallyport.json') })

it.each<[string, () => Promise<number>, RegExp]>([
  ['a digest cut short', approve(['files'], { hash: 'sha256-abc' }), /--hash takes the whole digest/],
  [
    'a digest for several',
    approve(['files/tool/read', 'files/tool/rm'], { hash: 'x' }),
    /give one target with it/,
  ],
  ['an end that is no span', approve(['files'], { expires: '2026-12-31' }), /--expires takes a span such as/],
  [
    'an end in a thousand years',
    approve(['files'], { expires: '365000d' }),
    /--expires takes a span such as/,
  ],
  ['a reason of two lines', approve(['files'], { reason: 'a\nb' }), /--reason takes one line/],
  ['a reason without end', approve(['files'], { reason: 'x'.repeat(1_001) }), /--reason takes one line/],
  [
    'an exception for a whole server',
    approve(['files'], { except: ['poison/secrecy'] }),
    /--except is for one item/,
  ],
  [
    'an exception from no rule',
    approve(['files/tool/rm'], { except: ['no/such'] }),
    /no rule "no\/such" finds anything/,
  ],
  [
    'an exception from a rule of the gateway',
    approve(['files/tool/rm'], { except: ['pins/denied'] }),
    /no rule "pins\/denied"/,
  ],
  [
    'an item there is not',
    approve(['files/tool/raed']),
    /no item "files\/tool\/raed"\. Did you mean files\/tool\/read\?/,
  ],
  ['one unknown among known', approve(['files', 'notes']), /no server "notes" .* there is: files/],
  ['a hidden character in a server', approve(['fi\u200bles']), /no server "fi\\u\{200b\}les"/],
  ['nobody to confirm it', approve(['files'], { yes: false }), /nobody is there to confirm it/],
  ['a denial of nothing', () => runDeny(['notes/tool/x'], options(), nobody), /no server "notes"/],
  [
    'the end of no exception',
    () => runUnexcept('files/tool/rm', 'a/b', options(), nobody),
    /no exception from a\/b for files\/tool\/rm/,
  ],
  [
    'two lists at once',
    () => runReview(undefined, [], { ...options(), approved: true, exceptions: true }),
    /ask for one/,
  ],
])('%s', async (_what, command, says) => {
  const before = [store.lock, store.holds]
  const error = await command().catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(CommandError)
  expect(error).toMatchObject({ exitCode: 2, message: expect.stringMatching(says) })
  expect(written).toBe('')
  await store.refresh()
  expect([store.lock, store.holds]).toEqual(before)
})

it('what is approved already is told, and is no fault', async () => {
  await approve(['files'])()
  written = ''
  expect(await approve(['files/tool/read'])()).toBe(0)
  expect(written).toBe('nothing of files/tool/read waits\n')
})
