/** What `sallyport serve` says to the person who started it. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SALLYPORT, SOURCES } from '../program.ts'
import { eventually, faultOnPipe, type Home, makeHome, startHttpGateway } from './harness.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/sallyport.yaml', import.meta.url))

let home: Home
beforeEach(() => {
  home = makeHome()
})
afterEach(() => home.remove())

describe('without any configuration', () => {
  it('says so, and where one is to be written, and serves what is built in', async () => {
    const child = spawn(process.execPath, [SALLYPORT, 'serve'], {
      env: home.env,
      cwd: home.dir,
      stdio: 'pipe',
    })
    const ended = once(child, 'close')
    let stderr = ''
    child.stdout.resume()
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk
    })
    try {
      // The port is the one that is built in: somebody else may have it just now.
      await eventually('its start', () => /listening|127\.0\.0\.1:7337 is in use/.test(stderr))
    } finally {
      child.kill('SIGTERM')
      await ended
    }
    expect(stderr).toContain('No configuration found: starting with the built-in defaults and no servers.')
    expect(stderr).toContain(`Write ${home.path('.config/sallyport/sallyport.yaml')} to add some.`)
  })

  it('in a checkout of the sources says that it starts with the example, and one that it finds it starts with in silence', async () => {
    // Refused after the configuration was read, so that no server of the example is started.
    const serve = (...args: string[]) =>
      new Promise<string>((resolve) => {
        const command = [SOURCES, 'serve', '--workers', '0', ...args]
        execFile(process.execPath, command, { env: home.env, cwd: home.dir }, (_error, _out, stderr) =>
          resolve(stderr),
        )
      })
    const refused = '--workers takes a whole number'
    const without = await serve()
    expect(without).toContain(`No configuration found: starting with the example servers of ${EXAMPLE}\n`)
    expect(without).toContain(refused)
    const found = await serve('--config', home.configure({ servers: {} }))
    expect(found).not.toContain('No configuration found')
    expect(found).toContain(refused)
  })
})

it('lists its servers with era, trust, what waits for a person and their tools, then how a client is connected', async () => {
  const gateway = await startHttpGateway(home, {
    servers: {
      old: faultOnPipe(home, 'old', 'legacy'),
      now: faultOnPipe(home, 'now', 'modern'),
      new: { ...faultOnPipe(home, 'new', 'legacy'), trust: 'untrusted' },
      gone: { url: 'http://127.0.0.1:9/mcp' },
      off: { ...faultOnPipe(home, 'off', 'legacy'), enabled: false },
    },
  })
  let stdout = ''
  gateway.child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
  })
  try {
    await eventually('the table', () => /Try:.*\n/.test(stdout))
    const tools = '14: echo numbers hang crash garbage big slow twice foreign pid env ask kind log'
    const lines = stdout.split('\n')
    expect(lines.slice(1, 6)).toEqual([
      expect.stringMatching(/^server +era +trust +review +tools$/),
      expect.stringMatching(new RegExp(`^old +legacy +trusted +${tools}$`)),
      expect.stringMatching(new RegExp(`^now +modern +trusted +${tools}$`)),
      expect.stringMatching(/^new +legacy +untrusted +\d+ waiting +0:$/),
      expect.stringMatching(/^gone +unknown +trusted +! "gone" did not say/),
    ])
    const review = `sallyport review --config ${home.path('sallyport.json')}`
    expect(lines.slice(7)).toEqual([
      `What waits or is blocked no client sees: ${review}`,
      `Serving ${gateway.url}  (one server: ${gateway.url}/SERVER)`,
      expect.stringMatching(/^Paste: .*claude mcp add .*\/mcp$/),
      expect.stringMatching(/^Try: .*mcp-inspector/),
      '',
    ])
  } finally {
    await gateway.stop()
  }
})
