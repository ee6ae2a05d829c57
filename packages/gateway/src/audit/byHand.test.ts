import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makePlace, type Place, segmentsAt, writeTrail } from './testing/trailFixture.ts'

const page = readFileSync(new URL('../../../../docs/audit.md', import.meta.url), 'utf8')
const has = (program: string, option: string) => spawnSync(program, [option]).status === 0

let place: Place
beforeEach(async () => {
  place = makePlace()
  await writeTrail(place, 40, { maxSegmentBytes: 5000 })
})
afterEach(() => place.remove())

it.skipIf(!has('python3', '--version'))('the program in docs/audit.md checks a chain (needs python3)', () => {
  const program = /```python\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const run = () => spawnSync('python3', ['-c', program, ...segmentsAt(place)], { encoding: 'utf8' })
  expect(run().stdout).toMatch(/^42 records, the last hash is [0-9a-f]{64}\n$/)
  const second = segmentsAt(place)[1] ?? ''
  writeFileSync(second, readFileSync(second, 'latin1').replace('read_file', 'rm_a_file'), 'latin1')
  expect(run()).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/00000002\.jsonl:1: record \d+ is not what was written/),
  })
})

it.skipIf(!has('openssl', 'version'))(
  'the commands in docs/audit.md check a signature (needs openssl)',
  () => {
    const commands = /```sh\n(line=[\s\S]*?)```/.exec(page)?.[1] ?? ''
    expect(spawnSync('sh', ['-c', commands], { encoding: 'utf8', cwd: place.dir }).stdout).toBe(
      'Signature Verified Successfully\n',
    )
  },
)
