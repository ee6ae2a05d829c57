/** The servers whose surfaces are recorded: two releases each, some weeks to months apart. */
export interface RecordedServer {
  /** Package on npm. */
  readonly name: string
  readonly licence: 'MIT' | 'Apache-2.0'
  readonly versions: readonly [before: string, after: string]
  readonly args?: readonly string[]
  /** Obviously no credentials: some servers do not start without a value. */
  readonly env?: Readonly<Record<string, string>>
}

const FAKE = 'not-a-real-key'

export const SERVERS: readonly RecordedServer[] = [
  {
    name: '@modelcontextprotocol/server-filesystem',
    licence: 'MIT',
    versions: ['2026.1.14', '2026.8.31'],
    args: ['.'],
  },
  { name: '@modelcontextprotocol/server-memory', licence: 'MIT', versions: ['2025.8.4', '2026.8.31'] },
  { name: '@modelcontextprotocol/server-everything', licence: 'MIT', versions: ['2026.1.14', '2026.8.31'] },
  {
    name: '@modelcontextprotocol/server-sequential-thinking',
    licence: 'MIT',
    versions: ['2025.7.1', '2026.8.31'],
  },
  {
    name: '@modelcontextprotocol/server-github',
    licence: 'MIT',
    versions: ['2025.3.19', '2025.4.8'],
    env: { GITHUB_PERSONAL_ACCESS_TOKEN: FAKE },
  },
  { name: 'chrome-devtools-mcp', licence: 'Apache-2.0', versions: ['1.3.0', '1.11.0'] },
  { name: '@playwright/mcp', licence: 'Apache-2.0', versions: ['0.0.75', '0.0.83'] },
  { name: 'mcp-server-kubernetes', licence: 'MIT', versions: ['2.9.6', '4.1.7'] },
  {
    name: '@notionhq/notion-mcp-server',
    licence: 'MIT',
    versions: ['2.2.1', '2.5.2'],
    env: { NOTION_TOKEN: FAKE },
  },
  {
    name: 'firecrawl-mcp',
    licence: 'MIT',
    versions: ['3.20.0', '3.26.0'],
    env: { FIRECRAWL_API_KEY: FAKE },
  },
  { name: 'exa-mcp-server', licence: 'MIT', versions: ['3.1.8', '3.4.1'], env: { EXA_API_KEY: FAKE } },
  { name: 'tavily-mcp', licence: 'MIT', versions: ['0.2.10', '0.2.22'], env: { TAVILY_API_KEY: FAKE } },
  { name: '@upstash/context7-mcp', licence: 'MIT', versions: ['3.2.1', '4.1.1'] },
  { name: 'mongodb-mcp-server', licence: 'Apache-2.0', versions: ['2.1.1', '3.0.4'] },
  { name: 'xcodebuildmcp', licence: 'MIT', versions: ['2.1.0', '2.7.0'], args: ['mcp'] },
  { name: '@mobilenext/mobile-mcp', licence: 'Apache-2.0', versions: ['0.0.58', '1.0.4'] },
  {
    name: 'mcp-gsheets',
    licence: 'MIT',
    versions: ['1.6.0', '1.10.3'],
    env: { GOOGLE_PROJECT_ID: 'fake', GOOGLE_APPLICATION_CREDENTIALS: './fake.json' },
  },
]

/** The file a surface is kept in. @example surfaceFile('@a/b', '1.0.0') // 'a-b@1.0.0.json' */
export function surfaceFile(name: string, version: string): string {
  return `${name.replace('@', '').replace('/', '-')}@${version}.json`
}
