/**
 * Other gateways from npm, each at the version that was measured, and how it is put between the same two ends.
 *
 * Three stand as we do between clients over HTTP and a local server, one of them before a remote server as well; one stands
 * between a host's pipe and a remote server. All are relays: none looks at what it passes on, and none keeps a record.
 */

export interface Place {
  /** The package's folder. */
  readonly folder: string
  /** Where it must listen, if it is one that listens. */
  readonly port: number
  /** A folder of its own, for its configuration. */
  readonly dir: string
}

interface PeerCommon {
  readonly name: string
  readonly version: string
  /** The program, relative to the package's folder. */
  readonly bin: string
}

/** Clients over HTTP, a local server behind it, and a remote one where it can. */
export interface HttpPeer extends PeerCommon {
  readonly side: 'http'
  readonly path: string
  readonly session: 'streamable' | 'sse'
  /** What the tool is called there. */
  readonly tool: (own: string) => string
  local(place: Place, server: readonly string[]): Setup
  remote?(place: Place, url: string): Setup
}

/** Arguments that make it serve a server on its port; files it needs, by their name in its folder. */
export interface Setup {
  readonly args: string[]
  readonly files?: Readonly<Record<string, string>>
}

/** A host's pipe, a remote server behind it. */
export interface StdioPeer extends PeerCommon {
  readonly side: 'stdio'
  configure(place: Place, url: string): { readonly args: string[] }
}

export type Peer = HttpPeer | StdioPeer

const same = (own: string) => own
const hub = ({ port, dir }: Place, server: object): Setup => ({
  args: ['--port', String(port), '--config', `${dir}/hub.json`],
  files: { 'hub.json': JSON.stringify({ mcpServers: { up: server } }) },
})
const quoted = (words: readonly string[]) => words.map((word) => `"${word}"`).join(' ')

export const PEERS: readonly Peer[] = [
  {
    name: 'mcp-proxy',
    version: '6.7.19',
    bin: 'dist/bin/mcp-proxy.mjs',
    side: 'http',
    path: '/mcp',
    session: 'streamable',
    tool: same,
    local: ({ port }, server) => ({
      args: ['--host', '127.0.0.1', '--port', String(port), '--server', 'stream', '--', ...server],
    }),
  },
  {
    name: 'supergateway',
    version: '4.0.0',
    bin: 'dist/index.js',
    side: 'http',
    path: '/mcp',
    session: 'streamable',
    tool: same,
    local: ({ port }, server) => ({
      args: [
        ...['--stdio', quoted(server), '--outputTransport', 'streamableHttp', '--stateful'],
        ...['--port', String(port), '--logLevel', 'none'],
      ],
    }),
  },
  {
    name: 'mcp-hub',
    version: '4.2.1',
    bin: 'dist/cli.js',
    side: 'http',
    path: '/mcp',
    session: 'sse',
    tool: (own) => `up__${own}`,
    local: (place, [command, ...args]) => hub(place, { command, args }),
    remote: (place, url) => hub(place, { url }),
  },
  {
    name: 'mcp-remote',
    version: '0.15.1',
    bin: 'dist/proxy.js',
    side: 'stdio',
    configure: (_place, url) => ({ args: [url, '--transport', 'http-only', '--allow-http', '--silent'] }),
  },
]
