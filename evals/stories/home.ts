/** A home of its own for one gateway: its configuration, its audit trail, and the witnesses of its servers. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Message {
  readonly id?: unknown
  readonly method?: string
  readonly result?: unknown
  readonly params?: {
    readonly name?: string
    readonly arguments?: unknown
    readonly inputResponses?: unknown
  }
}

/** What Node compiled of the gateway, shared by all homes of a run: compiling it anew each time would take most of the time. */
const cache = mkdtempSync(join(tmpdir(), 'sallyport-stories-cache-'))
process.once('exit', () => rmSync(cache, { recursive: true, force: true }))

export interface StoryHome {
  readonly dir: string
  readonly config: string
  readonly auditDir: string
  readonly env: Readonly<Record<string, string>>
  path(name: string): string
  write(name: string, text: string): void
  witnessFile(server: string): string
  /** Every message that reached the server. */
  witness(server: string): readonly Message[]
  remove(): void
}

export function makeHome(): StoryHome {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-story-'))
  const path = (name: string) => join(dir, name)
  const witnessFile = (server: string) => path(`${server}.witness`)
  return {
    dir,
    config: path('sallyport.json'),
    auditDir: path('audit'),
    env: { PATH: process.env.PATH ?? '', HOME: dir, XDG_CACHE_HOME: cache },
    path,
    write(name, text) {
      mkdirSync(dirname(path(name)), { recursive: true })
      writeFileSync(path(name), text)
    },
    witnessFile,
    witness(server) {
      if (!existsSync(witnessFile(server))) return []
      return readFileSync(witnessFile(server), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Message)
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

/** Approves what waits of a server, as a person does who looked at it. What is blocked stays so. */
export function approve(home: StoryHome, main: string, server: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = [main, 'approve', server, '--yes', '--config', home.config]
    execFile(process.execPath, args, { env: home.env, cwd: home.dir }, (error, stdout, stderr) => {
      // 4: nothing but what is blocked was there.
      if (error === null || error.code === 4) resolve(stdout)
      else reject(new Error(`approve ${server} ended with ${error.code}: ${stderr}`))
    })
  })
}
