import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { DesktopNotice, noticeCommand } from './desktopNotice.ts'

it('is shown by the program of the system, without a shell, with names of servers and little of the environment', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-notice-'))
  try {
    const said = join(folder, 'said')
    const script = `#!/bin/sh\nprintf '%s\\n' "$@" > "${said}.new"; env >> "${said}.new"; mv "${said}.new" "${said}"\n`
    writeFileSync(join(folder, 'notify-send'), script, { mode: 0o700 })
    const env = { PATH: `${folder}:${process.env.PATH}`, API_KEY: 'secret', DISPLAY: ':0' }
    const failed: string[] = []
    const log = { debug: (event: string) => failed.push(event) } as never
    const notice = new DesktopNotice({ platform: 'linux', env, log })
    for (const server of ['mail', 'mail', 'files']) notice.tell(server)
    let text = ''
    for (let tries = 0; tries < 400 && text === ''; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 25))
      try {
        text = readFileSync(said, 'utf8')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
    notice.close()
    expect(failed).toEqual([])
    expect(text).toContain('Calls to mail, files wait for your approval: sallyport approvals')
    expect(text).toContain('DISPLAY=:0')
    expect(text).not.toContain('API_KEY')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

it('quotes what it says for systems whose program reads a script', () => {
  expect(noticeCommand('darwin', 'a "b" \\ c')?.[2]).toBe(
    'display notification "a \\"b\\" \\\\ c" with title "Sallyport"',
  )
  expect(noticeCommand('win32', 'x')).toBeUndefined()
})
