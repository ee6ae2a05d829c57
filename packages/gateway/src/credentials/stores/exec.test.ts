// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readExec } from './exec.ts'

const REFERENCE = '${exec:op}'
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-exec-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function run(
  code: string,
  more: { readonly args?: string[]; readonly inherit?: string[]; readonly timeoutMs?: number } = {},
) {
  const config = {
    command: [process.execPath, '-e', code, ...(more.args ?? [])] as const,
    inheritEnv: more.inherit ?? [],
    timeoutMs: more.timeoutMs ?? 30_000,
  }
  return readExec(REFERENCE, config, { PATH: process.env.PATH, OTHER_TOKEN: 'not-for-it', NAMED: 'for-it' })
}

describe('a program that is named (SEC-009)', () => {
  it('gives what it prints, without the last line break', async () => {
    expect(await run('process.stdout.write("a b\\nc\\n")')).toBe('a b\nc')
  })

  it('is started without a shell', async () => {
    const file = join(folder, 'made')
    const args = [`; touch ${file}`, `$(touch ${file})`, `\`touch ${file}\``, '$HOME', '*']
    const said = await run('process.stdout.write(JSON.stringify(process.argv.slice(1)))', { args })
    expect(JSON.parse(said)).toEqual(args)
    expect(existsSync(file)).toBe(false)
  })

  it('sees the variables that are named, and none of the others', async () => {
    const said = await run('process.stdout.write(Object.keys(process.env).join())', { inherit: ['NAMED'] })
    expect(said.split(',')).toContain('NAMED')
    expect(said.split(',')).not.toContain('OTHER_TOKEN')
  })
})

describe('a program that fails is said by its reference, and nothing of what it wrote', () => {
  it.each([
    [
      'by its code',
      'process.stdout.write("s3cr3t"); console.error("s3cr3t"); process.exitCode = 3',
      /code 3/,
    ],
    ['by a signal', 'process.stdout.write("s3cr3t", () => process.kill(process.pid, "SIGTERM"))', /SIGTERM/],
    ['by too much', 'process.stdout.write("s3cr3t".repeat(20000))', /more than/],
    ['by nothing', '', /wrote nothing/],
    ['by bytes', 'process.stdout.write(Buffer.from([0xff, 0xfe]))', /text in UTF-8/],
    ['by a NUL', 'process.stdout.write("s3cr3t\\0")', /text in UTF-8/],
  ])('%s', async (_how, code, says) => {
    const error = await run(code).catch((reason: unknown) => String(reason))
    expect(error).toMatch(says)
    expect(error).toContain(REFERENCE)
    expect(error).not.toContain('s3cr3t')
  })

  it('because it is not there', async () => {
    const config = { command: [join(folder, 'none')] as const, inheritEnv: [], timeoutMs: 1000 }
    await expect(readExec(REFERENCE, config, {})).rejects.toThrow(/cannot be started \(ENOENT\)/)
  })

  it('because it takes too long: it is ended with what it started', async () => {
    const pid = join(folder, 'pid')
    const child = `require("fs").writeFileSync(${JSON.stringify(pid)}, String(process.pid)); setInterval(() => {}, 1000)`
    const code = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}]); setInterval(() => {}, 1000)`
    await expect(run(code, { timeoutMs: 3000 })).rejects.toThrow(/did not end within 3 s/)
    // Where it got as far as that.
    if (existsSync(pid)) {
      const { readFileSync } = await import('node:fs')
      const number = Number(readFileSync(pid, 'utf8'))
      const gone = () => {
        try {
          process.kill(number, 0)
          return false
        } catch {
          return true
        }
      }
      while (!gone()) await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })
})
