/**
 * What the files behind an entry tell: who may write them, and whether the command is there. Looks at names and rights
 * only; opens nothing, starts nothing.
 */
import type { Stats } from 'node:fs'
import { access, constants, stat } from 'node:fs/promises'
import { delimiter, dirname, extname, isAbsolute, join, resolve } from 'node:path'
import { pointer } from '../../config/document.ts'
import type { HostServer, Spot } from '../../hosts/readServers.ts'
import { launchOf } from './launch.ts'
import type { Notice } from './notice.ts'

export interface FileWorld {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homeDir: string
}

/** Scripts among the arguments that are looked at. */
const MAX_SCRIPTS = 3
const SCRIPTS = /\.(?:[cm]?[jt]s|py|sh|rb|pl|ps1|jar|php)$/i

/** Asks each path once: a configuration may name one command ten thousand times. */
export class FileChecks {
  readonly #world: FileWorld
  readonly #stats = new Map<string, Promise<Stats | undefined>>()
  readonly #programs = new Map<string, Promise<string | undefined>>()

  constructor(world: FileWorld) {
    this.#world = world
  }

  /** Of a configuration file itself. */
  async checkConfig(path: string): Promise<Notice[]> {
    const who = await this.#writable(path)
    if (who === undefined) return []
    return [
      {
        rule: 'config/world-writable',
        place: { line: 1, column: 1 },
        pointer: '',
        evidence: who,
        advice: `Take the right away: chmod go-w ${who}`,
      },
    ]
  }

  /** Of what an entry runs. `folder`: where relative paths of it start. */
  async checkServer(server: HostServer, folder: string): Promise<Notice[]> {
    const { words } = launchOf(server.command)
    const [program] = server.command.length === 1 ? words : server.command
    if (program === undefined || !server.enabled || hasReference(program.value)) return []
    const cwd =
      server.cwd === undefined || hasReference(server.cwd.value) ? folder : resolve(folder, server.cwd.value)
    const found = await this.findProgram(program.value, cwd)
    if (found === undefined)
      return [
        {
          rule: 'config/command-missing',
          place: program.place,
          pointer: pointer(program.path),
          evidence: program.value,
        },
      ]
    const scripts = words.slice(1).filter(({ value }) => SCRIPTS.test(value) && !hasReference(value))
    const notices = [await this.#notice(found, program)]
    for (const script of scripts.slice(0, MAX_SCRIPTS))
      notices.push(await this.#notice(resolve(cwd, this.#expand(script.value)), script))
    return notices.flat()
  }

  /** The file that would be started; `undefined` when there is none. */
  findProgram(name: string, cwd: string): Promise<string | undefined> {
    const key = `${name}\0${cwd}`
    let found = this.#programs.get(key)
    if (found === undefined) {
      found = this.#find(this.#expand(name), cwd)
      this.#programs.set(key, found)
    }
    return found
  }

  async #find(name: string, cwd: string): Promise<string | undefined> {
    const { env, platform } = this.#world
    if (name.includes('\0')) return undefined
    const extensions =
      platform === 'win32' && extname(name) === ''
        ? ['', ...(env.PATHEXT ?? '.COM;.EXE;.BAT;.CMD').split(';')]
        : ['']
    const folders = /[\\/]/.test(name) || isAbsolute(name) ? [''] : (env.PATH ?? '').split(delimiter)
    for (const folder of folders) {
      if (folder === '' && folders.length > 1) continue
      for (const extension of extensions) {
        const path = resolve(cwd, join(folder, name + extension))
        if ((await this.#stat(path))?.isFile() && (await isExecutable(path))) return path
      }
    }
    return undefined
  }

  #expand(path: string): string {
    return path.startsWith('~/') ? join(this.#world.homeDir, path.slice(2)) : path
  }

  async #notice(path: string, spot: Spot): Promise<Notice[]> {
    const who = await this.#writable(path)
    if (who === undefined) return []
    return [
      {
        rule: 'config/world-writable',
        place: spot.place,
        pointer: pointer(spot.path),
        evidence: who,
        advice: `Take the right away: chmod go-w ${who}`,
      },
    ]
  }

  /** The file, or the folder it lies in, if anyone may write it. In a sticky folder only owners replace files. */
  async #writable(path: string): Promise<string | undefined> {
    if (this.#world.platform === 'win32') return undefined
    const file = await this.#stat(path)
    if (file === undefined) return undefined
    if ((file.mode & 0o002) !== 0) return path
    const folder = dirname(path)
    const around = await this.#stat(folder)
    return around !== undefined && (around.mode & 0o1002) === 0o002 ? folder : undefined
  }

  #stat(path: string): Promise<Stats | undefined> {
    let stats = this.#stats.get(path)
    if (stats === undefined) {
      // What is not there, or cannot be looked at, cannot be judged by its rights.
      stats = stat(path).catch(() => undefined)
      this.#stats.set(path, stats)
    }
    return stats
  }
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** `${workspaceFolder}/x`: only its host knows. */
function hasReference(text: string): boolean {
  return /\$\{|\$[A-Za-z_]|%[A-Za-z_]\w*%|\{env:/.test(text)
}
