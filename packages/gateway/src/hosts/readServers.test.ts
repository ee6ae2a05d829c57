import { describe, expect, it } from 'vitest'
import { hasServers, readDocument, readServers, syntaxOf } from './readServers.ts'

function serversOf(text: string, path: string) {
  const read = readDocument(Buffer.from(text), syntaxOf(path))
  if (!read.ok) throw new Error(read.explain)
  return readServers(read.root)
}

/** What matters of a server, without places. */
function outlines(text: string, path: string) {
  return serversOf(text, path).map(({ name, command, url, env, headers, enabled, approvals, project }) => ({
    name,
    ...(command.length === 0 ? {} : { command: command.map(({ value }) => value) }),
    ...(url === undefined ? {} : { url: url.value }),
    ...(env.length === 0 ? {} : { env: env.map((one) => `${one.name}=${one.value}`) }),
    ...(headers.length === 0 ? {} : { headers: headers.map((one) => `${one.name}: ${one.value}`) }),
    ...(enabled ? {} : { enabled }),
    ...(approvals.length === 0 ? {} : { approvals: approvals.map(({ tool }) => tool) }),
    ...(project === undefined ? {} : { project }),
  }))
}

const HOSTS: readonly (readonly [host: string, path: string, text: string, servers: readonly object[]])[] = [
  [
    'Claude Code, with servers of one project',
    '.claude.json',
    `{ "numStartups": 3, "mcpServers": { "a": { "type": "stdio", "command": "x", "args": ["y", "z"], "env": { "K": "v" } } },
       "projects": { "/src/app": { "mcpServers": { "b": { "type": "http", "url": "https://b.example/mcp", "headers": { "H": "v" } } } } } }`,
    [
      { name: 'a', command: ['x', 'y', 'z'], env: ['K=v'] },
      { name: 'b', url: 'https://b.example/mcp', headers: ['H: v'], project: '/src/app' },
    ],
  ],
  [
    'VS Code',
    'mcp.json',
    `{ // servers
      "inputs": [{ "id": "k", "type": "promptString" }],
      "servers": { "a": { "type": "stdio", "command": "x", "args": [], }, }, }`,
    [{ name: 'a', command: ['x'] }],
  ],
  [
    'VS Code settings, the old way',
    'settings.json',
    '{ "editor.tabSize": 2, "mcp": { "inputs": [], "servers": { "a": { "command": "x" } } }, "mcp.servers": { "b": { "command": "y" } } }',
    [
      { name: 'b', command: ['y'] },
      { name: 'a', command: ['x'] },
    ],
  ],
  [
    'a development container',
    'devcontainer.json',
    '{ "image": "i", "customizations": { "vscode": { "mcp": { "servers": { "a": { "command": "x" } } } } } }',
    [{ name: 'a', command: ['x'] }],
  ],
  [
    'Codex',
    'config.toml',
    `model = "m"
[mcp_servers.a]
command = "x"
args = ["y"]
default_tools_approval_mode = "approve"
[mcp_servers.a.env]
K = "v"
[mcp_servers.b]
url = "https://b.example/mcp"
http_headers = { H = "v" }
enabled = false
[mcp_servers.b.tools.wipe]
approval_mode = "approve"`,
    [
      { name: 'a', command: ['x', 'y'], env: ['K=v'], approvals: ['*'] },
      {
        name: 'b',
        url: 'https://b.example/mcp',
        headers: ['H: v'],
        enabled: false,
        approvals: ['wipe'],
      },
    ],
  ],
  [
    'Mistral Vibe',
    'config.toml',
    '[[mcp_servers]]\nname = "a"\ntransport = "stdio"\ncommand = "x"\nargs = ["y"]\n',
    [{ name: 'a', command: ['x', 'y'] }],
  ],
  [
    'Gemini CLI',
    'settings.json',
    '{ "mcpServers": { "a": { "httpUrl": "https://a.example", "trust": true } }, "mcp": { "allowed": ["a"] } }',
    [{ name: 'a', url: 'https://a.example', approvals: ['*'] }],
  ],
  [
    'Windsurf',
    'mcp_config.json',
    '{ "mcpServers": { "a": { "serverUrl": "https://a.example" } } }',
    [{ name: 'a', url: 'https://a.example' }],
  ],
  [
    'Zed, now and before',
    'settings.json',
    `{ "theme": "One", "context_servers": {
       "a": { "source": "custom", "command": "x", "args": ["y"], "env": null },
       "b": { "command": { "path": "p", "args": ["q"], "env": { "K": "v" } } } } }`,
    [
      { name: 'a', command: ['x', 'y'] },
      { name: 'b', command: ['p', 'q'], env: ['K=v'] },
    ],
  ],
  [
    'Cline and its command line',
    'cline_mcp_settings.json',
    `{ "mcpServers": { "a": { "command": "x", "autoApprove": ["read", "wipe"], "disabled": true },
       "b": { "transport": { "type": "stdio", "command": "y", "args": ["z"] } } } }`,
    [
      { name: 'a', command: ['x'], enabled: false, approvals: ['read', 'wipe'] },
      { name: 'b', command: ['y', 'z'] },
    ],
  ],
  [
    'OpenCode and Kilo',
    'opencode.jsonc',
    `{ "$schema": "https://opencode.ai/config.json", "mcp": {
       "a": { "type": "local", "command": ["x", "y"], "environment": { "K": "v" }, "enabled": false },
       "b": { "type": "remote", "url": "https://b.example" } } }`,
    [
      { name: 'a', command: ['x', 'y'], env: ['K=v'], enabled: false },
      { name: 'b', url: 'https://b.example' },
    ],
  ],
  [
    'Goose, whose built-in extensions are no servers',
    'config.yaml',
    `GOOSE_MODEL: m
extensions:
  developer: { type: builtin, enabled: true, name: developer }
  a: { type: stdio, cmd: x, args: [y], envs: { K: v } }
  b: { type: streamable_http, uri: "https://b.example" }
`,
    [
      { name: 'a', command: ['x', 'y'], env: ['K=v'] },
      { name: 'b', url: 'https://b.example' },
    ],
  ],
  [
    'Continue',
    'config.yaml',
    'name: mine\nmcpServers:\n  - name: a\n    command: x\n    args: [y]\n',
    [{ name: 'a', command: ['x', 'y'] }],
  ],
  [
    'Amp',
    'settings.json',
    '{ "amp.mcpServers": { "a": { "command": "x", "env": { "N": 5, "F": true } } } }',
    [{ name: 'a', command: ['x'], env: ['N=5', 'F=true'] }],
  ],
]

describe('the servers of a host', () => {
  it.each(HOSTS)('%s', (_host, path, text, servers) => {
    expect(outlines(text, path)).toEqual(servers)
  })

  it('know where everything stands', () => {
    const text = '{\n  "mcpServers": {\n    "a": { "command": "x",\n      "args": ["y"] } } }'
    const [server] = serversOf(text, 'c.json')
    expect(server?.place).toEqual({ line: 3, column: 5 })
    expect(server?.command[1]).toEqual({
      value: 'y',
      place: { line: 4, column: 16 },
      path: ['mcpServers', 'a', 'args', 0],
    })
  })

  it('are all read where a name is given twice, since hosts differ in which they take', () => {
    const text = '{"mcpServers":{"a":{"command":"good"},"a":{"command":"evil"}}}'
    expect(outlines(text, 'c.json').map((one) => one.command)).toEqual([['good'], ['evil']])
    const inner = '{"mcpServers":{"a":{"command":"good","command":"evil"}}}'
    expect(outlines(inner, 'c.json').map((one) => one.command)).toEqual([['good'], ['evil']])
    const outer = '{"mcpServers":{},"mcpServers":{"a":{"command":"evil"}}}'
    expect(outlines(outer, 'c.json').map((one) => one.command)).toEqual([['evil']])
  })

  it('are entries also where no host can start them', () => {
    expect(outlines('{"mcpServers":{"a":null,"b":[],"c":{"command":7}}}', 'c.json')).toEqual([
      { name: 'a' },
      { name: 'b' },
      { name: 'c', command: ['7'] },
    ])
  })

  it('are not seen in settings that have none', () => {
    const read = readDocument(
      Buffer.from('{"mcp":{"allowed":[]},"extensions":{"a":{"enabled":true}}}'),
      'jsonc',
    )
    expect(read.ok && hasServers(read.root)).toBe(false)
    expect(read.ok && readServers(read.root)).toEqual([])
  })

  it('a file that is none says where', () => {
    expect(readDocument(Buffer.from('{"a":\n b}'), 'jsonc')).toMatchObject({
      ok: false,
      place: { line: 2, column: 2 },
    })
    expect(readDocument(Buffer.from([0xff, 0xfe]), 'jsonc')).toMatchObject({ ok: false })
  })
})
