import { createHash } from 'node:crypto'
import { basename, extname, isAbsolute, resolve, sep } from 'node:path'
import { isServerId } from '../protocol/names.ts'

/** Start something else that is named behind them. */
const LAUNCHERS: ReadonlySet<string> = new Set(
  (
    'node npx npm pnpm yarn bun bunx deno tsx ts-node uv uvx pipx python python3 docker podman env nice timeout sudo ' +
    'run exec dlx x'
  ).split(' '),
)
/** What files and folders of every second program are called. */
const COMMON: ReadonlySet<string> = new Set(
  'index main server app cli start run mcp src lib dist build bin out target release debug'.split(' '),
)
const SCRIPT = /\.(?:[cm]?[jt]s|py|rb|sh|jar)$/i

/**
 * The id of a server that is wrapped without one: the package or program that a command runs. What is remembered of a server (pins,
 * approvals, labels) is kept under its id, so two programs must not come to one: a file has four digits of its whole path
 * behind its name, and code that is given in the command four of the command.
 *
 * @param cwd what relative paths start at
 * @example serverIdOf(['npx', '-y', '@modelcontextprotocol/server-memory'], '/home/ada') // 'memory'
 * @example serverIdOf(['node', 'weather/dist/index.js'], '/home/ada') // 'weather_50be'
 */
export function serverIdOf(command: readonly string[], cwd: string): string {
  const words = command.filter((word) => !word.startsWith('-') && !LAUNCHERS.has(programName(word)))
  const file = words.find((word) => isFile(word))
  if (file !== undefined) {
    const path = resolve(cwd, file)
    const telling = path
      .split(sep)
      .map(programName)
      .findLast((part) => part !== '' && !COMMON.has(part.toLowerCase()))
    return idOf(telling ?? '', path)
  }
  const named = words.find((word) => /^[\w@./+-]+$/.test(word))
  return named === undefined
    ? idOf('', command.join('\0'))
    : idOf(programName(named.replace(/(?<=.)@[^@/]*$/, '')))
}

/** A package or a program of the search path has the same name everywhere; only what is on this machine alone is none of these. */
function isFile(word: string): boolean {
  return isAbsolute(word) || /^\.{1,2}[/\\]/.test(word) || (SCRIPT.test(word) && !word.startsWith('@'))
}

function programName(word: string): string {
  const name = basename(word)
  return SCRIPT.test(name) ? name.slice(0, -extname(name).length) : name.replace(/\.exe$/i, '')
}

/** @param of what tells it from others of its name */
function idOf(name: string, of?: string): string {
  const plain = name.toLowerCase().replace(/^(mcp-)?server-|^mcp-|-mcp$/g, '')
  const room = of === undefined ? 16 : 11
  const words = plain
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+/, '')
    .slice(0, room)
    .replace(/_+$/, '')
  const id = isServerId(words) ? words : 'server'
  return of === undefined ? id : `${id}_${createHash('sha256').update(of).digest('hex').slice(0, 4)}`
}
