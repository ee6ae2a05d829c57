/** What is published is bundled: it must do what the sources do, with nothing of the repository around it. */
import { execFileSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { FAULT_SERVER, type Home, makeHome, PipeClient } from './harness.ts'

const BUILD = fileURLToPath(new URL('../../scripts/build.ts', import.meta.url))

let home: Home
beforeAll(() => {
  home = makeHome()
  execFileSync(process.execPath, [BUILD, '--out', home.path('dist')])
  // Away from node_modules: whatever was left out of the bundle is missed here.
  cpSync(FAULT_SERVER, home.path('server.ts'))
})
afterAll(() => home.remove())

it('the bundled program wraps a server, lists and calls its tools, and leaves a trail that verifies', async () => {
  const program = home.path('dist/sallyport.js')
  const client = new PipeClient(home, ['run', '--', process.execPath, home.path('server.ts')], program)
  await client.initialize()
  expect((await client.request(1, 'tools/list')).result?.tools).toContainEqual(
    expect.objectContaining({ name: 'echo' }),
  )
  expect((await client.call(2, 'echo', { a: 1 })).result?.content?.[0]?.text).toContain('"a":1')
  expect(await client.close()).toBe(0)
  const verify = execFileSync(process.execPath, [program, 'audit', 'verify'], {
    env: home.env,
    cwd: home.dir,
  })
  expect(verify.toString()).toContain('intact')
})
