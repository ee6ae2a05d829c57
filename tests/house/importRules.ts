/**
 * Which part may know which: imports point downwards only (DESIGN 3). Each rule says why, and is quoted when it is broken.
 */

/** Modules of Node that pure functions may use, and what of them. Anything with I/O, a clock or randomness is missing. */
export const PURE_NODE: Readonly<Record<string, readonly string[]>> = {
  'node:buffer': ['Buffer', 'isUtf8', 'isAscii', 'transcode'],
  'node:crypto': ['createHash', 'createHmac', 'hash', 'timingSafeEqual'],
  'node:net': ['isIP', 'isIPv4', 'isIPv6', 'BlockList', 'SocketAddress'],
  'node:url': ['domainToASCII', 'domainToUnicode', 'URL'],
  'node:util': ['TextDecoder', 'TextEncoder', 'isDeepStrictEqual'],
}

/** What would make a control depend on more than its arguments. */
export const IMPURE_CODE: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b/, what: 'a clock' },
  { pattern: /\bMath\.random\b|\bcrypto\.(getRandomValues|randomUUID)\b/, what: 'randomness' },
  { pattern: /\bprocess\.\w/, what: 'the process' },
  { pattern: /\b(setTimeout|setInterval|setImmediate)\(/, what: 'a timer' },
  { pattern: /\b(fetch|new WebSocket|new EventSource)\(/, what: 'the network' },
  { pattern: /\bconsole\.\w/, what: 'output' },
]

export interface LayerRule {
  /** Files whose path starts with one of these ... */
  readonly from: readonly string[]
  /** ... but not with one of these ... */
  readonly except?: readonly string[]
  /** ... must not import files whose path starts with one of these ... */
  readonly never: readonly string[]
  /** ... unless it is one of these. */
  readonly allowed?: readonly string[]
  readonly why: string
}

const GATEWAY = 'packages/gateway/src'
const in_ = (...folders: string[]) => folders.map((folder) => `${GATEWAY}/${folder}`)
const DOORS = in_('ingress/', 'upstream/')
/** What the doors offer to the inside: types and errors, no sockets and no processes. */
const INGRESS_PORT = in_('ingress/port.ts')
const UPSTREAM_PORTS = in_(
  'upstream/transport.ts',
  'upstream/link.ts',
  'upstream/session.ts',
  'upstream/surface/surface.ts',
  'upstream/surface/surfaceView.ts',
  'upstream/unavailable.ts',
)

export const LAYER_RULES: readonly LayerRule[] = [
  {
    from: ['packages/'],
    never: ['bench/', 'conformance/', 'examples/', 'tests/', 'scripts/', 'deploy/'],
    why: 'a package is used without the harnesses around it',
  },
  {
    from: ['packages/controls/'],
    never: ['packages/gateway/', 'packages/toolkit/', 'packages/console/'],
    why: 'controls are used by gateway and toolkit and know neither',
  },
  {
    from: ['packages/toolkit/', 'packages/console/'],
    never: ['packages/gateway/'],
    why: 'the toolkit and the console work without the gateway program',
  },
  {
    from: ['packages/', 'bench/', 'conformance/', 'tests/'],
    except: in_('cli/'),
    never: in_('cli/'),
    why: 'the command line is the top: arguments and printing, started as a process, imported by nothing',
  },
  {
    from: in_('protocol/'),
    except: in_('protocol/bridge/'),
    never: [
      ...DOORS,
      ...in_('pipeline/', 'protocol/bridge/', 'audit/', 'config/', 'identity/', 'sandbox/', 'state/'),
    ],
    why: 'the protocol is text and tables: whoever speaks it comes later',
  },
  {
    from: in_('protocol/bridge/'),
    never: [...DOORS],
    allowed: [...INGRESS_PORT, ...UPSTREAM_PORTS],
    why: 'a bridge joins the two doors by their ports and knows no socket, process or framing',
  },
  {
    from: in_('pipeline/'),
    never: [...DOORS, ...in_('protocol/bridge/')],
    allowed: INGRESS_PORT,
    why: 'a control decides on an exchange and knows neither how it came nor where it goes',
  },
  {
    from: in_('ingress/'),
    never: in_('upstream/', 'pipeline/', 'protocol/bridge/'),
    why: 'door 1 hands over to the front and never reaches door 2 by itself',
  },
  {
    from: in_('cluster/'),
    never: in_('upstream/', 'pipeline/', 'protocol/bridge/'),
    why: 'workers are placed by what a request says of itself, not by what is done with it',
  },
  {
    from: in_('upstream/'),
    never: in_('ingress/', 'pipeline/', 'protocol/bridge/'),
    why: 'door 2 is opened from inside and never answers a client by itself',
  },
  {
    from: ['packages/', 'bench/', 'conformance/'],
    except: in_('daemon/proof.ts', 'daemon/address.ts', 'state/socketFolder.ts', 'state/sha256.test.ts'),
    never: in_('state/sha256.ts'),
    why: 'our own SHA-256 is for what a relay loads; whatever else needs a hash uses node:crypto',
  },
  {
    from: [`${GATEWAY}/`],
    except: in_('daemon/', 'cli/'),
    never: in_('daemon/'),
    why: 'the daemon is one way to run a gateway, which does not know how it is run',
  },
  {
    from: in_('audit/', 'config/', 'hosts/', 'ingress/', 'pipeline/', 'protocol/', 'state/', 'upstream/'),
    never: in_('assemble.ts', 'gateway.ts', 'gateway/'),
    why: 'the whole wires the parts together; a part that knew the whole could reach every other part',
  },
  {
    from: in_('audit/', 'config/', 'state/'),
    never: [...DOORS, ...in_('pipeline/', 'protocol/bridge/')],
    why: 'the record, the configuration and the store serve all parts and depend on none',
  },
]

/** Code that exists for tests: product code must not import it. */
export function isTestCode(path: string): boolean {
  return /\.(test|fixture)\.ts$|\/testing\//.test(path)
}
