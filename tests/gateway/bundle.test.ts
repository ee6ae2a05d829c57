/** What is published is bundled: it must do what the sources do, with nothing of the repository around it. */
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, utimesSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { daemonsOf, endDaemons } from './daemons.ts'
import { eventually, FAULT_SERVER, type Home, makeHome, PipeClient } from './harness.ts'

const BUILD = fileURLToPath(new URL('../../scripts/build.ts', import.meta.url))

let home: Home
beforeAll(() => {
  home = makeHome()
  execFileSync(process.execPath, [BUILD, '--out', home.path('dist')])
  // Away from node_modules: whatever was left out of the bundle is missed here.
  cpSync(FAULT_SERVER, home.path('server.ts'))
})
afterAll(async () => {
  await endDaemons(home)
  home.remove()
})

it('the bundled program wraps a server, lists and calls its tools, and leaves a trail that verifies', async () => {
  const program = home.path('dist/sallyport.js')
  const client = new PipeClient(
    home,
    ['run', '--trust', 'trusted', '--', process.execPath, home.path('server.ts')],
    program,
  )
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

describe('the bundled relay', () => {
  const relay = async () => {
    const file = home.configure({
      servers: { old: { command: [process.execPath, home.path('server.ts')], era: 'legacy' } },
    })
    const client = new PipeClient(home, ['stdio', '--config', file], home.path('dist/sallyport.js'))
    client.exited.catch(() => undefined)
    expect((await client.initialize()).result).toBeDefined()
    return client
  }
  const echo = async (client: PipeClient, word: string) =>
    expect((await client.call(word, 'old__echo', { word })).result?.content?.[0]?.text).toContain(word)

  it('is one file, which loads nothing else unless it must', () => {
    const text = readFileSync(home.path('dist/sallyport.js'), 'utf8')
    const imports = [...text.matchAll(/^import .*from "([^"]+)"/gm)].map(([, from]) => from)
    expect(imports.filter((from) => !from?.startsWith('node:'))).toEqual([])
    expect(text.length).toBeLessThan(60_000)
  })

  it('gets a new daemon when the program was updated; hosts that are connected keep the old one', async () => {
    const before = await relay()
    const [first] = daemonsOf(home)
    const later = new Date(Date.now() + 60_000)
    utimesSync(home.path('dist/daemonProcess.js'), later, later)
    const after = await relay()
    await echo(after, 'new')
    await echo(before, 'old')
    expect(daemonsOf(home)).toHaveLength(2)
    expect(await before.close()).toBe(0)
    await eventually('the end of the old daemon', () => !daemonsOf(home).includes(first ?? 0), 30_000)
    await echo(after, 'still')
    expect(await after.close()).toBe(0)
  })
})
