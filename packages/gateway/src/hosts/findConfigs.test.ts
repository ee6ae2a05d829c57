import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { foldersOf, HOSTS } from './catalogue.ts'
import { findConfigs, findProjectConfigs } from './findConfigs.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sallyport-hosts-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

function put(path: string): string {
  const file = join(home, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, '{}')
  return file
}

const find = (cwd: string, env: Record<string, string> = {}) =>
  findConfigs({ platform: 'linux', homeDir: home, env, cwd })

describe('the catalogue', () => {
  it('names every host once, and only absolute places, on every platform', () => {
    expect(new Set(HOSTS.map(({ id }) => id)).size).toBe(HOSTS.length)
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      const homeDir = platform === 'win32' ? 'C:\\Users\\ada' : '/home/ada'
      const folders = foldersOf({ platform, homeDir, env: {} })
      for (const host of HOSTS) {
        const { user, managed = [], below = [] } = host.places(folders)
        for (const path of [...user, ...managed, ...below.map(({ folder }) => folder)])
          expect(path).toMatch(platform === 'win32' ? /^C:\\(?!.*\/)/ : /^\/(?!.*\\)/)
        for (const path of host.project) expect(path).not.toMatch(/^\/|\\|\.\.\//)
        expect(user.length + host.project.length).toBeGreaterThan(0)
      }
    }
  })

  it('follows the variables that hosts follow, unless they are no absolute path', () => {
    const codex = HOSTS.find(({ id }) => id === 'codex')
    const userOf = (env: Record<string, string>) =>
      codex?.places(foldersOf({ platform: 'linux', homeDir: '/h', env })).user
    expect(userOf({ CODEX_HOME: '/elsewhere' })).toEqual(['/elsewhere/config.toml'])
    expect(userOf({ CODEX_HOME: 'elsewhere' })).toEqual(['/h/.codex/config.toml'])
  })
})

describe('finding the files of hosts', () => {
  it('finds user, plugin and project files, each once, with every host that reads it', async () => {
    const user = put('.claude.json')
    const vscode = put('.config/Code/User/mcp.json')
    const plugin = put('.claude/plugins/cache/market/tool/1.0/.mcp.json')
    const agent = put('.kiro/agents/reviewer.json')
    put('.kiro/agents/notes.txt')
    const project = put('src/app/.mcp.json')
    mkdirSync(join(home, 'src/app/.git'))
    const files = await find(join(home, 'src/app/deep/er'))
    expect(files).toEqual([
      { path: user, scope: 'user', hosts: ['Claude Code'] },
      { path: plugin, scope: 'user', hosts: ['Claude Code'] },
      { path: vscode, scope: 'user', hosts: ['VS Code'] },
      { path: agent, scope: 'user', hosts: ['Kiro'] },
      {
        path: project,
        scope: 'project',
        hosts: ['Claude Code', 'Copilot CLI', 'VS Code', 'Cursor', 'Windsurf'],
      },
    ])
  })

  it('does not take what lies above a folder without a repository for its project', async () => {
    put('src/.mcp.json')
    expect(await find(join(home, 'src/app'))).toEqual([])
  })

  it('looks only where variables say', async () => {
    put('.codex/config.toml')
    const other = put('other/config.toml')
    expect(await find('/', { CODEX_HOME: join(home, 'other') })).toEqual([
      { path: other, scope: 'user', hosts: ['Codex'] },
    ])
  })

  it('is not led out of a plugin cache, round in a circle, or down without end', async () => {
    put('.claude/plugins/cache/a/b/c/d/e/f/g/h/i/j/.mcp.json')
    put('elsewhere/.mcp.json')
    symlinkSync(join(home, 'elsewhere'), join(home, '.claude/plugins/cache/out'))
    symlinkSync(join(home, '.claude/plugins/cache'), join(home, '.claude/plugins/cache/round'))
    expect(await find('/')).toEqual([])
  })

  it('a folder is asked as a project', async () => {
    const file = put('p/.cursor/mcp.json')
    put('p/.continue/mcpServers/x.yaml')
    mkdirSync(join(home, 'p/.vscode/mcp.json'), { recursive: true })
    expect((await findProjectConfigs(join(home, 'p'))).map(({ path }) => path)).toEqual([
      file,
      join(home, 'p/.continue/mcpServers/x.yaml'),
    ])
  })
})
