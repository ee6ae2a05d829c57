/** The servers of a story as processes, and as entries of a configuration. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { PackagedServer, Story } from '../../examples/stories/story.ts'
import type { Cell } from './cells.ts'
import { saidBy } from './gatewayProcess.ts'
import { ROOT, type StoryHome } from './home.ts'

const SERVER = join(ROOT, 'examples/stories/server.ts')
const WATCHED = join(ROOT, 'examples/stories/watched.ts')

const PACKAGES = {
  filesystem: { module: '@modelcontextprotocol/server-filesystem/dist/index.js', args: ['.'] },
  memory: { module: '@modelcontextprotocol/server-memory/dist/index.js', args: [] },
} as const satisfies Readonly<Record<PackagedServer['program'], object>>

/** Starts those that listen, adding them to `started`; gives the entries of all. */
export async function startServers(
  story: Story,
  kind: 'attack' | 'twin',
  cell: Cell,
  home: StoryHome,
  started: ChildProcess[],
): Promise<Record<string, object>> {
  const { era, wire } = cell.servers
  const entries: Record<string, object> = {}
  for (const [id, server] of Object.entries(story.servers)) {
    if (server.kind === 'packaged') {
      entries[id] = packaged(id, server, home)
      continue
    }
    const args = [
      writeProgram(id, home, 1),
      ...['--story', story.name, '--script', kind, '--server', id],
      ...['--era', era, '--log', home.witnessFile(id)],
    ]
    if (wire === 'stdio') {
      entries[id] = { command: [process.execPath, ...args], era, ...server.entry }
      continue
    }
    const child = spawn(process.execPath, [...args, '--http', '0'], { stdio: ['pipe', 'pipe', 'inherit'] })
    started.push(child)
    entries[id] = { url: await saidBy(child, child.stdout, /listening (http:\S+)/), era, ...server.entry }
  }
  return entries
}

/** The program that a scripted server is started with: a file of its own, so that it can be replaced. Gives its path. */
export function writeProgram(id: string, home: StoryHome, version: number): string {
  const path = join('programs', id, 'main.ts')
  home.write(path, `// version ${version}\nimport ${JSON.stringify(SERVER)}\n`)
  return home.path(path)
}

function packaged(id: string, { program, files, entry }: PackagedServer, home: StoryHome): object {
  const { module, args } = PACKAGES[program]
  home.write('work/.keep', '')
  for (const [path, text] of Object.entries(files)) home.write(join('work', path), text)
  const command = [process.execPath, createRequire(import.meta.url).resolve(module), ...args]
  return {
    command: [process.execPath, WATCHED, home.witnessFile(id), ...command],
    cwd: home.path('work'),
    env: { MEMORY_FILE_PATH: home.path('work/memory.jsonl') },
    era: 'legacy',
    ...entry,
  }
}
