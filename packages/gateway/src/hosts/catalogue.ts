/**
 * Every MCP host that is known, and where it keeps its servers: for the user, in a project, and where a machine's owner
 * puts them. From the hosts' sources and documentation, and for the command-line hosts measured (November 2026).
 *
 * A row is data: nothing here looks at a disk. `findConfigs.ts` does, `readServers.ts` reads what it finds.
 */
import { posix, win32 } from 'node:path'

/** A machine as paths depend on it. */
export interface Machine {
  readonly platform: NodeJS.Platform
  readonly homeDir: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Files of one name anywhere below a folder. */
export interface Below {
  readonly folder: string
  readonly name: string
}

/** Where a host looks, all paths absolute. */
export interface HostPlaces {
  readonly user: readonly string[]
  /** Put there by whoever manages the machine. */
  readonly managed?: readonly string[]
  /** What plugins and profiles bring. */
  readonly below?: readonly Below[]
}

export interface Host {
  readonly id: string
  /** As people call it. */
  readonly title: string
  places(folders: Folders): HostPlaces
  /** In a project, relative to its folder; `/` on every platform. */
  readonly project: readonly string[]
}

/** The folders that places are made of. */
export interface Folders {
  readonly platform: 'darwin' | 'win32' | 'linux'
  readonly home: string
  /** `$XDG_CONFIG_HOME`, also on macOS: these hosts do not follow Apple's folders. */
  readonly config: string
  /** Where desktop programs keep settings: Application Support, %APPDATA%, `$XDG_CONFIG_HOME`. */
  readonly settings: string
  readonly localAppData: string
  readonly programData: string
  readonly programFiles: string
  join(...parts: string[]): string
  /** The folder that a variable names, or its usual one. */
  named(variable: string, usual: string): string
}

/** @example foldersOf({ platform: 'linux', homeDir: '/home/ada', env: {} }).config // '/home/ada/.config' */
export function foldersOf({ platform, homeDir, env }: Machine): Folders {
  const windows = platform === 'win32'
  const { join, isAbsolute } = windows ? win32 : posix
  const named = (variable: string, usual: string) => {
    const value = env[variable]
    return value !== undefined && isAbsolute(value) ? value : usual
  }
  const config = named('XDG_CONFIG_HOME', join(homeDir, '.config'))
  const settings = windows
    ? named('APPDATA', join(homeDir, 'AppData', 'Roaming'))
    : platform === 'darwin'
      ? join(homeDir, 'Library', 'Application Support')
      : config
  return {
    platform: windows || platform === 'darwin' ? platform : 'linux',
    home: homeDir,
    config,
    settings,
    localAppData: named('LOCALAPPDATA', join(homeDir, 'AppData', 'Local')),
    programData: named('ProgramData', 'C:\\ProgramData'),
    programFiles: named('ProgramFiles', 'C:\\Program Files'),
    join,
    named,
  }
}

/** VS Code and what was made of it: where extensions keep their settings. */
const EDITORS = ['Code', 'Code - Insiders', 'VSCodium', 'Cursor', 'Windsurf', 'Trae', 'Kiro'] as const

function managedPath(
  { platform, join, programData, programFiles }: Folders,
  where: { darwin: string; linux: string; win32: readonly ['data' | 'files', ...string[]] },
): string[] {
  if (platform !== 'win32') return [where[platform]]
  const [root, ...parts] = where.win32
  return [join(root === 'data' ? programData : programFiles, ...parts)]
}

export const HOSTS: readonly Host[] = [
  {
    id: 'claude-code',
    title: 'Claude Code',
    places: (at) => {
      const folder = at.join(at.home, '.claude')
      return {
        user: [at.join(at.named('CLAUDE_CONFIG_DIR', at.home), '.claude.json')],
        managed: managedPath(at, {
          darwin: '/Library/Application Support/ClaudeCode/managed-mcp.json',
          linux: '/etc/claude-code/managed-mcp.json',
          win32: ['files', 'ClaudeCode', 'managed-mcp.json'],
        }),
        below: [
          {
            folder: at.join(at.named('CLAUDE_CONFIG_DIR', folder), 'plugins', 'cache'),
            name: '.mcp.json',
          },
        ],
      }
    },
    project: ['.mcp.json'],
  },
  {
    id: 'claude-desktop',
    title: 'Claude Desktop',
    places: (at) => ({
      user: [
        at.join(at.settings, 'Claude', 'claude_desktop_config.json'),
        ...(at.platform === 'win32'
          ? [
              at.join(
                at.localAppData,
                'Packages',
                'Claude_pzs8sxrjxfjjc',
                'LocalCache',
                'Roaming',
                'Claude',
                'claude_desktop_config.json',
              ),
            ]
          : []),
        ...(at.platform === 'linux' ? [at.join(at.settings, 'claude', 'claude_desktop_config.json')] : []),
      ],
    }),
    project: [],
  },
  {
    id: 'codex',
    title: 'Codex',
    places: (at) => {
      const folder = at.named('CODEX_HOME', at.join(at.home, '.codex'))
      return {
        user: [at.join(folder, 'config.toml')],
        managed: managedPath(at, {
          darwin: '/etc/codex/config.toml',
          linux: '/etc/codex/config.toml',
          win32: ['data', 'OpenAI', 'Codex', 'config.toml'],
        }),
        below: [{ folder: at.join(folder, 'plugins'), name: '.mcp.json' }],
      }
    },
    project: ['.codex/config.toml'],
  },
  {
    id: 'gemini-cli',
    title: 'Gemini CLI',
    places: (at) => ({ user: [at.join(at.home, '.gemini', 'settings.json')] }),
    project: ['.gemini/settings.json'],
  },
  {
    id: 'qwen-code',
    title: 'Qwen Code',
    places: (at) => ({ user: [at.join(at.home, '.qwen', 'settings.json')] }),
    project: ['.qwen/settings.json'],
  },
  {
    id: 'copilot-cli',
    title: 'Copilot CLI',
    places: (at) => ({
      user: [at.join(at.named('COPILOT_HOME', at.join(at.home, '.copilot')), 'mcp-config.json')],
    }),
    project: ['.mcp.json', '.github/mcp.json'],
  },
  {
    id: 'vscode',
    title: 'VS Code',
    places: (at) => {
      const users = ['Code', 'Code - Insiders', 'VSCodium'].map((editor) =>
        at.join(at.settings, editor, 'User'),
      )
      if (at.platform === 'linux') {
        for (const server of ['.vscode-server', '.vscode-server-insiders'])
          users.push(at.join(at.home, server, 'data', 'User'))
      }
      return {
        user: users.flatMap((user) => [at.join(user, 'mcp.json'), at.join(user, 'settings.json')]),
        below: users.map((user) => ({ folder: at.join(user, 'profiles'), name: 'mcp.json' })),
      }
    },
    project: [
      '.vscode/mcp.json',
      '.vscode/settings.json',
      '.mcp.json',
      '.devcontainer/devcontainer.json',
      '.devcontainer.json',
    ],
  },
  {
    id: 'cursor',
    title: 'Cursor',
    places: (at) => ({
      user: [at.join(at.home, '.cursor', 'mcp.json')],
      below: [{ folder: at.join(at.home, '.cursor', 'plugins'), name: 'mcp.json' }],
    }),
    project: ['.cursor/mcp.json', '.mcp.json'],
  },
  {
    id: 'windsurf',
    title: 'Windsurf',
    places: (at) => ({
      user: [
        at.join(at.home, '.codeium', 'windsurf', 'mcp_config.json'),
        at.join(at.home, '.codeium', 'mcp_config.json'),
      ],
    }),
    project: ['.mcp.json'],
  },
  {
    id: 'devin-local',
    title: 'Devin Local',
    places: (at) => ({ user: [at.join(at.config, 'devin', 'mcp_config.json')] }),
    project: ['.devin/mcp_config.json', '.devin/mcp_config.local.json'],
  },
  {
    id: 'zed',
    title: 'Zed',
    places: (at) => ({
      user: [
        at.platform === 'win32'
          ? at.join(at.settings, 'Zed', 'settings.json')
          : at.join(
              at.platform === 'linux' ? at.named('FLATPAK_XDG_CONFIG_HOME', at.config) : at.config,
              'zed',
              'settings.json',
            ),
      ],
    }),
    project: ['.zed/settings.json'],
  },
  {
    id: 'cline-vscode',
    title: 'Cline',
    places: (at) => ({
      user: EDITORS.map((editor) =>
        at.join(
          at.settings,
          editor,
          'User',
          'globalStorage',
          'saoudrizwan.claude-dev',
          'settings',
          'cline_mcp_settings.json',
        ),
      ),
    }),
    project: [],
  },
  {
    id: 'cline-cli',
    title: 'Cline CLI',
    places: (at) => ({
      user: [
        at.join(
          at.named('CLINE_DIR', at.join(at.home, '.cline')),
          'data',
          'settings',
          'cline_mcp_settings.json',
        ),
      ],
    }),
    project: [],
  },
  {
    id: 'roo',
    title: 'Roo Code',
    places: (at) => ({
      user: EDITORS.map((editor) =>
        at.join(
          at.settings,
          editor,
          'User',
          'globalStorage',
          'rooveterinaryinc.roo-cline',
          'settings',
          'mcp_settings.json',
        ),
      ),
    }),
    project: ['.roo/mcp.json'],
  },
  {
    id: 'kilo',
    title: 'Kilo Code',
    places: (at) => ({
      user: ['kilo.json', 'kilo.jsonc'].map((name) => at.join(at.config, 'kilo', name)),
    }),
    project: ['kilo.json', 'kilo.jsonc', '.kilo/kilo.json', '.kilo/kilo.jsonc', '.kilocode/mcp.json'],
  },
  {
    id: 'opencode',
    title: 'OpenCode',
    places: (at) => {
      const names = ['opencode.json', 'opencode.jsonc']
      const other = at.named('OPENCODE_CONFIG', '')
      const [managed = ''] = managedPath(at, {
        darwin: '/Library/Application Support/opencode',
        linux: '/etc/opencode',
        win32: ['data', 'opencode'],
      })
      return {
        user: [
          ...names.map((name) => at.join(at.config, 'opencode', name)),
          ...(other === '' ? [] : [other]),
        ],
        managed: names.map((name) => at.join(managed, name)),
      }
    },
    project: ['opencode.json', 'opencode.jsonc', '.opencode/opencode.json', '.opencode/opencode.jsonc'],
  },
  {
    id: 'goose',
    title: 'Goose',
    places: (at) => ({
      user: [
        at.platform === 'win32'
          ? at.join(at.settings, 'Block', 'goose', 'config', 'config.yaml')
          : at.join(at.config, 'goose', 'config.yaml'),
      ],
    }),
    project: ['.goose/config.yaml'],
  },
  {
    id: 'continue',
    title: 'Continue',
    places: (at) => ({
      user: [at.join(at.home, '.continue', 'config.yaml'), at.join(at.home, '.continue', 'config.json')],
    }),
    project: ['.continue/mcpServers/*'],
  },
  {
    id: 'kiro',
    title: 'Kiro',
    places: (at) => ({
      user: [at.join(at.home, '.kiro', 'settings', 'mcp.json'), at.join(at.home, '.kiro', 'agents', '*')],
      below: [{ folder: at.join(at.home, '.kiro', 'powers', 'installed'), name: 'mcp.json' }],
    }),
    project: ['.kiro/settings/mcp.json'],
  },
  {
    id: 'amazon-q',
    title: 'Amazon Q Developer',
    places: (at) => {
      const folder = at.join(at.home, '.aws', 'amazonq')
      return { user: [at.join(folder, 'mcp.json'), at.join(folder, 'agents', '*')] }
    },
    project: ['.amazonq/mcp.json'],
  },
  {
    id: 'antigravity',
    title: 'Antigravity',
    places: (at) => ({
      user: ['config', 'antigravity'].map((folder) => at.join(at.home, '.gemini', folder, 'mcp_config.json')),
    }),
    project: [],
  },
  {
    id: 'lm-studio',
    title: 'LM Studio',
    places: (at) => ({
      user: [at.join(at.home, '.lmstudio', 'mcp.json'), at.join(at.home, '.cache', 'lm-studio', 'mcp.json')],
    }),
    project: [],
  },
  {
    id: 'jetbrains-ai',
    title: 'JetBrains AI Assistant',
    places: () => ({ user: [] }),
    project: ['.ai/mcp/mcp.json'],
  },
  {
    id: 'junie',
    title: 'Junie',
    places: (at) => ({ user: [at.join(at.home, '.junie', 'mcp', 'mcp.json')] }),
    project: ['.junie/mcp/mcp.json'],
  },
  {
    id: 'amp',
    title: 'Amp',
    places: (at) => ({
      user: ['settings.json', 'settings.jsonc'].map((name) =>
        at.join(at.platform === 'win32' ? at.settings : at.config, 'amp', name),
      ),
    }),
    project: ['.amp/settings.json', '.amp/settings.jsonc'],
  },
  {
    id: 'warp',
    title: 'Warp',
    places: () => ({ user: [] }),
    project: ['.warp/.mcp.json'],
  },
  {
    id: 'crush',
    title: 'Crush',
    places: (at) => ({
      user: [at.join(at.platform === 'win32' ? at.localAppData : at.config, 'crush', 'crush.json')],
    }),
    project: ['.crush.json', 'crush.json'],
  },
  {
    id: 'factory-droid',
    title: 'Factory Droid',
    places: (at) => ({ user: [at.join(at.home, '.factory', 'mcp.json')] }),
    project: ['.factory/mcp.json'],
  },
  {
    id: 'auggie',
    title: 'Auggie',
    places: (at) => ({ user: [at.join(at.home, '.augment', 'settings.json')] }),
    project: [],
  },
  {
    id: 'grok-build',
    title: 'Grok Build',
    places: (at) => ({
      user: [at.join(at.named('GROK_HOME', at.join(at.home, '.grok')), 'config.toml')],
    }),
    project: ['.grok/config.toml'],
  },
  {
    id: 'kimi',
    title: 'Kimi Code',
    places: (at) => ({
      user: [
        at.join(at.named('KIMI_CODE_HOME', at.join(at.home, '.kimi-code')), 'mcp.json'),
        at.join(at.home, '.kimi', 'mcp.json'),
      ],
    }),
    project: ['.kimi-code/mcp.json'],
  },
  {
    id: 'mistral-vibe',
    title: 'Mistral Vibe',
    places: (at) => ({ user: [at.join(at.home, '.vibe', 'config.toml')] }),
    project: [],
  },
  {
    id: 'trae',
    title: 'Trae',
    places: (at) => ({ user: [at.join(at.settings, 'Trae', 'User', 'mcp.json')] }),
    project: ['.trae/mcp.json'],
  },
  {
    id: 'qoder',
    title: 'Qoder',
    places: (at) => ({
      user: [
        at.platform === 'win32'
          ? at.join(at.settings, 'Qoder', 'SharedClientCache', 'mcp.json')
          : at.join(at.home, '.qoder', 'mcp.json'),
      ],
    }),
    project: [],
  },
  {
    id: 'pi',
    title: 'Pi',
    places: (at) => ({ user: [at.join(at.home, '.pi', 'agent', 'mcp.json')] }),
    project: ['.pi/mcp.json'],
  },
  {
    id: 'mcporter',
    title: 'MCPorter',
    places: (at) => ({
      user: ['mcporter.json', 'mcporter.jsonc'].map((name) => at.join(at.home, '.mcporter', name)),
    }),
    project: ['config/mcporter.json'],
  },
  {
    id: 'sema4',
    title: 'Sema4.ai Studio',
    places: (at) => ({
      user: [
        at.platform === 'win32'
          ? at.join(at.localAppData, 'sema4ai', 'sema4ai-studio', 'mcp_servers.json')
          : at.join(at.home, '.sema4ai', 'sema4ai-studio', 'mcp_servers.json'),
      ],
    }),
    project: [],
  },
]
