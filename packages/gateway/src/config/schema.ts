// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
/**
 * The configuration file, described once. Its errors, its types, `sallyport.schema.json` and docs/config.md all come
 * from here; after a change run `node scripts/schema.ts --write`.
 */

import { PERSONAL_KINDS } from '@sallyport/controls/secrets'
import { argumentFields } from './argumentChecks.ts'
import { auth } from './auth/authFields.ts'
import { tokenVault, upstreamOauth } from './auth/upstreamFields.ts'
import { listen } from './listenFields.ts'
import { secretStoreFields } from './secretStoreFields.ts'
import {
  choice,
  duration,
  either,
  flag,
  integer,
  list,
  map,
  optional,
  preset,
  record,
  required,
  size,
} from './shape.ts'
import {
  argument,
  askingRule,
  checkHeaderNames,
  clientName,
  commandText,
  condition,
  headerName,
  headerValue,
  hostValue,
  inheritedName,
  line,
  methodName,
  nameGlob,
  path,
  principalGlob,
  program,
  rateText,
  secretRule,
  serverGlob,
  serverId,
  serverUrl,
  variableName,
  variableValue,
} from './texts.ts'

const trust = choice('trusted', 'partial', 'untrusted')
const era = choice('auto', 'legacy', 'modern')
const deadline = duration('100ms', '24h')
const startDeadline = duration('100ms', '1h')
const idle = duration('1s', '7d')
const deadlineCap = duration('100ms', '7d')

/** An empty list reads as "nothing" to one person and as "no restriction" to the next (control L02). */
const notEmpty = 'it could be read as "nothing" or as "everything"; leave the key out to add nothing'

/** Lists of one kind of item; a `*` in a name stands for any run of characters. */
const accessLists = (what: string, names: string) =>
  record({
    allow: optional(list(nameGlob, { notEmpty }), `The only ${what} that can be used.`, {
      otherwise: 'everything that was approved and is not denied',
      alias: ['include', 'only', 'allowlist'],
    }),
    deny: optional(list(nameGlob, { notEmpty }), `Refused, and left out of lists. Wins over \`allow\`.`, {
      otherwise: 'none',
      alias: ['exclude', 'block', 'denylist', 'disabled'],
    }),
    hide: optional(list(nameGlob, { notEmpty }), `Refused as if the server had no such ${names}.`, {
      otherwise: 'none',
      alias: ['hidden'],
    }),
    ask: optional(list(nameGlob, { notEmpty }), 'Used only after a person agreed.', {
      otherwise: 'none',
      alias: ['confirm', 'approve'],
    }),
  })
const accessKinds = {
  tools: optional(accessLists('tools', 'tool'), 'Which tools can be used, by their own exact names.', {
    otherwise: 'all that were approved',
  }),
  prompts: optional(accessLists('prompts', 'prompt'), 'Which prompts can be used.', {
    otherwise: 'all that were approved',
  }),
  resources: optional(
    accessLists('resources', 'resource'),
    'Which resources can be read, by URI. Denied is what any reading of a URI (percent-decoded, dot segments resolved) matches; allowed is what all of them match.',
    { otherwise: 'all of a server of which something was approved' },
  ),
}
const sent = (what: string) =>
  optional(choice('pass', 'ask', 'refuse'), what, { otherwise: 'by trust, see docs/secrets.md' })
const shown = (what: string) =>
  optional(choice('pass', 'redact', 'refuse'), what, { otherwise: 'by trust, see docs/secrets.md' })

const secrets = record({
  toServer: preset(
    record({
      token: sent('A secret by its form: a token, a private key, a password in an address.'),
      likely: sent('A jumble of characters under a name such as `api_key`.'),
      personal: sent('Personal data of the kinds in `personal`.'),
    }),
    {},
    'What is done when a client sends one to a server. `ask` waits for a person, and refuses where nobody can be asked. The gateway’s own secrets are always refused.',
    { alias: ['arguments', 'requests'] },
  ),
  fromServer: preset(
    record({
      token: shown('A secret by its form: a token, a private key, a password in an address.'),
      likely: shown('A jumble of characters under a name such as `api_key`.'),
      personal: shown('Personal data of the kinds in `personal`.'),
    }),
    {},
    'What is done when a server sends one, in whatever it says. `redact` puts `[redacted:RULE]` in its place. The gateway’s own secrets are always taken out.',
    { alias: ['results', 'answers', 'responses'] },
  ),
  personal: optional(list(choice(...PERSONAL_KINDS), { notEmpty }), 'Kinds of personal data to look for.', {
    otherwise: 'none',
    alias: ['pii'],
  }),
  except: optional(list(secretRule, { notEmpty }), 'Rules that nothing is done about.', {
    otherwise: 'none',
    alias: ['exceptions', 'allow', 'ignore'],
  }),
})

const believed = choice('trusted', 'untrusted')
const labels = {
  results: optional(believed, 'How far what it gives is believed.', { otherwise: 'as the server' }),
  private: optional(flag, 'Whether what it gives is private.', { otherwise: 'as the server' }),
}
const sourceFlow = record(labels)
const toolFlow = record({
  ...labels,
  writes: optional(flag, 'Whether it changes anything.', { otherwise: 'by annotation and name' }),
  destructive: optional(flag, 'Whether it destroys or overwrites.', { otherwise: 'by annotation and name' }),
  outside: optional(flag, 'Whether what it is given can reach others: it sends, publishes, posts.', {
    otherwise: 'by annotation and name',
  }),
})

const server = record(
  {
    ...accessKinds,
    command: optional(
      either(commandText, list(argument, { first: program, notEmpty: 'it names no program' })),
      'The program of a local server with its arguments: one text, split at spaces with quotes understood, or a list. No shell ever runs, so pipes, redirections and variables are refused. `~/` at the start of an argument is the home folder.',
      { alias: ['cmd', 'exec', 'program', 'run'] },
    ),
    args: optional(list(argument), 'More arguments, added after those in `command`.', {
      alias: ['argv'],
    }),
    cwd: optional(path, 'The folder the program runs in, relative to this file.', {
      otherwise: 'the folder of this file',
      alias: ['workdir', 'workingDirectory', 'dir'],
    }),
    env: optional(
      map('variable', variableName, variableValue),
      'Variables for this server, beside those of `defaults.env`. Values may contain `${env:NAME}` and `${file:PATH}`; secrets must.',
      { alias: ['environment', 'envs', 'variables'] },
    ),
    url: optional(serverUrl, 'The address of a remote server.', {
      alias: ['httpUrl', 'serverUrl', 'endpoint', 'uri'],
    }),
    transport: preset(
      choice('auto', 'streamable', 'sse'),
      'auto',
      'How to talk to `url`: Streamable HTTP, HTTP+SSE (revision 2024-11-05), or the first and then the other.',
      { alias: ['type'] },
    ),
    headers: optional(
      map('header', headerName, headerValue, { check: checkHeaderNames }),
      'Headers for every request to `url`. Values may contain `${env:NAME}` and `${file:PATH}`; secrets must.',
      { alias: ['header', 'auth', 'httpHeaders'] },
    ),
    oauth: optional(
      upstreamOauth,
      'How the gateway signs in there. `{}` is enough where the server tells the rest.',
    ),
    trust: optional(trust, 'How far this server is trusted; decides every default of the trust table.', {
      otherwise: '`defaults.trust`',
    }),
    era: preset(
      era,
      'auto',
      'Which protocol it speaks: with `initialize` (legacy), stateless (modern), or find out; see [eras.md](eras.md).',
    ),
    deadline: optional(deadline, 'How long one request may take.', {
      otherwise: '`defaults.deadline`, else the trust table',
      alias: ['timeout', 'requestTimeout', 'callTimeout'],
    }),
    deadlines: optional(
      map('glob', nameGlob, deadline),
      'How long calls of some tools may take: `"build_*": 5m`. The first that fits counts. Not more than `deadlineCap`.',
      { otherwise: '`deadline`', alias: ['timeouts', 'toolTimeouts'] },
    ),
    deadlineCap: optional(
      deadlineCap,
      'How long one request may take in all, however much progress the server reports and however often it asks for input. Not less than `deadline`.',
      {
        otherwise: '`defaults.deadlineCap`, else ten times the deadline',
        alias: ['maxTotal', 'maxTotalTimeout'],
      },
    ),
    rate: optional(
      rateText,
      'How often each principal may call each tool of this server: never more than so many in any window, such as `60/min`, `100/10s`, or `unlimited`.',
      { otherwise: '`defaults.rate`, else the trust table', alias: ['rateLimit', 'limit', 'rpm'] },
    ),
    totalRate: optional(
      rateText,
      'How often all principals together may call this server: tools, prompts, resources and completions.',
      { otherwise: 'no limit' },
    ),
    maxInFlight: optional(
      integer(1, 100_000),
      'Calls of all principals that may be under way at this server at the same time.',
      { otherwise: 'no limit of its own', alias: ['concurrency', 'maxConcurrent'] },
    ),
    circuit: preset(
      record({
        failures: preset(
          integer(1, 1000),
          5,
          'So many failures in a row (timeouts, lost connections, HTTP 5xx; never an error that a tool reports) stop the calls of that principal.',
        ),
        pause: preset(
          duration('100ms', '1h'),
          '30s',
          'For so long nothing is sent; then one call tries whether the server is back.',
        ),
      }),
      {},
      'Stops calling a server that fails, for each principal by itself.',
      { alias: ['circuitBreaker', 'breaker'] },
    ),
    startDeadline: optional(startDeadline, 'How long it may take from its start to its first answer.', {
      otherwise: '`defaults.startDeadline`',
      alias: ['startTimeout', 'startupTimeout', 'startup_timeout_sec'],
    }),
    idle: optional(
      idle,
      'It is stopped when nothing was asked of it for this long; the next call starts it again.',
      {
        otherwise: '`defaults.idle`',
        alias: ['idleTimeout'],
      },
    ),
    share: preset(
      flag,
      false,
      'True: one process for all conversations of one user, instead of one for each. For servers that keep nothing of a conversation. Such a server is told of no client capabilities and can ask no client anything (elicitation, sampling, roots): the question could reach the wrong conversation. Nor do clients get its log messages or subscribe to its resources. A remote server has its own ways to share.',
      { alias: ['shared', 'singleton'] },
    ),
    maxResult: optional(size('1KiB', '256MiB'), 'The largest result it may send.', {
      otherwise: 'the trust table',
      alias: ['maxResultKB', 'maxResultBytes', 'maxResultSize', 'resultSize'],
    }),
    ...argumentFields,
    answers: optional(
      record({
        injection: optional(
          choice('note', 'wrap', 'withhold'),
          'What becomes of a text of its answers that gives orders to a model: only noted, marked as the server’s data, or withheld and kept for a person (`sallyport review --withheld`).',
          { otherwise: 'the trust table' },
        ),
        links: optional(
          choice('all', 'no-data', 'own-hosts'),
          'Which links and pictures of its answers stay as they are: all, those that carry no data, or of pictures only those of its own hosts.',
          { otherwise: 'the trust table' },
        ),
        hosts: optional(
          list(hostValue, { notEmpty }),
          'More hosts that pictures in its answers may come from, e.g. `img.shields.io`.',
          { otherwise: 'the host of `url`, and what a call names' },
        ),
      }),
      'How its answers are treated, where that differs from its level of trust.',
      { otherwise: 'the trust table' },
    ),
    ask: optional(
      record({
        elicitation: optional(flag, 'Whether it may ask a person for input.', {
          otherwise: 'the trust table',
        }),
        sampling: optional(flag, 'Whether it may ask the client’s model.', { otherwise: 'the trust table' }),
        roots: optional(flag, 'Whether it may ask for the client’s folders.', {
          otherwise: 'the trust table',
        }),
        rate: optional(rateText, 'How many questions it may ask each principal.', { otherwise: '`20/min`' }),
      }),
      'What it may ask of a client, where that differs from its level of trust.',
      { otherwise: 'the trust table' },
    ),
    confirm: optional(
      choice('destructive', 'writes', 'never'),
      'Which calls of its tools a person is asked about: those that destroy or do not say that they do not, all that write, or none.',
      {
        otherwise: '`defaults.confirm`, else the trust table',
        alias: ['confirmation', 'approval', 'approvals'],
      },
    ),
    flow: optional(
      record({
        results: optional(believed, 'How far what it gives is believed.', { otherwise: 'the trust table' }),
        private: optional(flag, 'Whether what it gives is private: not to leave for other places unasked.', {
          otherwise: 'by what its tools are, see docs/flow.md',
        }),
        privateData: optional(
          choice('yes', 'ask', 'no'),
          'Whether private data of other servers may be sent to it.',
          { otherwise: 'the trust table' },
        ),
        tools: optional(map('glob', nameGlob, toolFlow), 'Tools that are otherwise, by their names.', {
          otherwise: 'by their annotations, names and schemas',
        }),
        resources: optional(
          map('glob', nameGlob, sourceFlow),
          'Resources that are otherwise, by their URIs.',
          {
            otherwise: 'as the server',
          },
        ),
      }),
      'What its tools take in and do, where that is known better than by trust and annotations.',
      { otherwise: 'the trust table and docs/flow.md', alias: ['labels', 'taint'] },
    ),
    enabled: preset(flag, true, 'False keeps the entry but not the server.', {
      alias: ['disabled', 'active'],
    }),
    secrets: optional(secrets, 'What is done about secrets to and from this server.', {
      otherwise: '`secrets`, else the table of docs/secrets.md',
    }),
  },
  {
    oneOf: ['command', 'url'],
    needs: {
      args: 'command',
      cwd: 'command',
      env: 'command',
      share: 'command',
      transport: 'url',
      headers: 'url',
      oauth: 'url',
    },
  },
)

const defaults = record({
  trust: preset(trust, 'untrusted', 'The trust level of servers that name none.'),
  env: preset(
    list(inheritedName),
    [],
    'Names of variables that every local server takes over from the gateway’s environment, beside the harmless ones that all get (`PATH`, `HOME`, `USER`, `LOGNAME`, `LANG`, `LC_ALL`, `LC_CTYPE`, `TZ`, `TMPDIR`). Nothing else is inherited.',
    { alias: ['environment', 'inheritEnv'] },
  ),
  deadline: optional(deadline, 'How long one request to any server may take.', {
    otherwise: 'the trust table',
    alias: ['timeout', 'requestTimeout'],
  }),
  deadlineCap: optional(deadlineCap, 'How long one request to any server may take in all.', {
    otherwise: 'ten times the deadline',
  }),
  rate: optional(rateText, 'How often each principal may call each tool of any server.', {
    otherwise: 'the trust table',
    alias: ['rateLimit'],
  }),
  confirm: optional(
    choice('destructive', 'writes', 'never'),
    'Which calls of tools of any server a person is asked about.',
    { otherwise: 'the trust table' },
  ),
  startDeadline: preset(
    startDeadline,
    '30s',
    'How long a server may take from its start to its first answer.',
    {
      alias: ['startTimeout', 'startupTimeout'],
    },
  ),
  idle: preset(idle, '10m', 'Servers are stopped when nothing was asked of them for this long.', {
    alias: ['idleTimeout'],
  }),
})

const limits = record({
  rate: optional(
    rateText,
    'How often one principal may call anything of all servers together, such as `600/min`.',
    { otherwise: 'no limit beside those of its tools', alias: ['rates', 'rateLimit'] },
  ),
  callsPerConversation: optional(
    integer(1, 1_000_000),
    'Calls that one conversation has in all. One that is silent for an hour begins anew.',
    { otherwise: 'no limit', alias: ['callBudget', 'budget'] },
  ),
  maxMessage: preset(size('1KiB', '256MiB'), '4MiB', 'The largest message a client may send.', {
    restart: true,
  }),
  maxDepth: preset(integer(8, 1000), 64, 'How deeply a message may be nested.', { restart: true }),
  maxKeys: preset(integer(100, 1_000_000), 65_536, 'How many keys a message may have in all.', {
    restart: true,
  }),
  maxInFlightPerClient: preset(integer(1, 100_000), 256, 'Calls in flight per connection or session.', {
    restart: true,
  }),
  maxInFlight: preset(integer(1, 1_000_000), 4096, 'Calls in flight in the whole gateway.', {
    restart: true,
  }),
  maxSubscriptions: preset(
    integer(1, 100_000),
    500,
    'Resources that one conversation may be subscribed to at the same time.',
    { alias: ['subscriptions'] },
  ),
  concurrentStarts: preset(integer(1, 256), 4, 'Local servers that may be starting at the same time.', {
    restart: true,
  }),
})

const audit = record({
  dir: optional(path, 'Where the audit trail is kept, relative to this file.', {
    otherwise: '`$XDG_STATE_HOME/sallyport/audit`',
    restart: true,
    alias: ['file', 'path', 'directory', 'folder'],
  }),
  durability: preset(
    choice('write', 'fsync'),
    'write',
    'What an answer waits for: `write` survives a killed gateway, `fsync` a power cut, and is slower.',
    { restart: true },
  ),
  maxSegment: preset(size('64KiB', '4GiB'), '64MiB', 'A segment of the trail is closed at this size.', {
    restart: true,
  }),
  retain: preset(
    record({
      age: preset(duration('1h', '3650d', 'forever'), '90d', 'Closed segments older than this are removed.', {
        restart: true,
        alias: ['days', 'time'],
      }),
      size: preset(
        size('1MiB', '1000000GiB', 'unlimited'),
        '10GiB',
        'The oldest segments beyond this are removed.',
        {
          restart: true,
        },
      ),
    }),
    {},
    'What is kept. What is removed is noted, so that the chain stays provable.',
  ),
})

const daemon = record({
  idle: preset(
    duration('1s', '7d'),
    '5m',
    'The daemon behind `sallyport stdio` leaves when no host was connected to it for this long.',
    { alias: ['idleTimeout', 'timeout'] },
  ),
})

const host = record({
  callTimeout: optional(
    duration('5s', '24h', 'unlimited'),
    'How long it waits for a tool call. Shortly before, the call is cancelled at its server and answered with the reason.',
    { otherwise: 'as measured, where it was', alias: ['timeout', 'toolTimeout', 'MCP_TOOL_TIMEOUT'] },
  ),
  progressExtends: optional(
    flag,
    'Whether progress makes it wait on. If so, a call that takes longer gets a heartbeat while its server is silent.',
    { otherwise: 'as measured, else `false`', alias: ['progress', 'heartbeat', 'resetTimeoutOnProgress'] },
  ),
})

const log = record({
  level: preset(choice('debug', 'info', 'warn', 'error'), 'info', 'The least level that is printed.', {
    restart: true,
  }),
  format: preset(choice('human', 'json'), 'human', 'One line an event: for people, or for machines.', {
    restart: true,
  }),
})

const access = record({
  servers: optional(list(serverGlob, { notEmpty }), 'For these servers.', { otherwise: 'all' }),
  trust: optional(list(trust, { notEmpty }), 'For servers of these trust levels.', { otherwise: 'all' }),
  principals: optional(
    list(principalGlob, { notEmpty }),
    'For these principals, as `ISSUER SUBJECT`. The user of this machine is `local NAME`.',
    { otherwise: 'all', alias: ['users', 'who'] },
  ),
  groups: optional(
    list(nameGlob, { notEmpty }),
    'For whoever is in one of these groups, as their issuer says (`auth.issuers[].claims.groups`). Beside `principals` both have to hold.',
    { otherwise: 'all', alias: ['roles', 'teams'] },
  ),
  ...accessKinds,
})

const rule = record({
  when: required(
    condition,
    'A condition in CEL over `server` (`id`, `trust`, `local`), `tool` (`name`, `annotated`, `readOnly`, `destructive`, `idempotent`, `openWorld`), `request` (`method`, `kind`, `name`), `args`, `principal` (`issuer`, `subject`, `client`, `scopes`, `groups`, `claims`), `conversation` (`id`) and `client` (`name`, `version`).',
    { alias: ['if', 'condition', 'match'] },
  ),
  do: required(choice('allow', 'ask', 'deny'), 'What happens then. No rule opens what a list denies.', {
    alias: ['then', 'action', 'effect'],
  }),
  reason: optional(line, 'For whoever is refused or asked.', { otherwise: 'the condition' }),
})

const approvals = record({
  wait: preset(
    duration('1s', '1h'),
    '5m',
    'How long a call waits for a person at most; less where the client gives up earlier. Then it is answered with its ticket, and the same call later uses what was allowed.',
    { alias: ['timeout', 'hold'] },
  ),
  notify: preset(flag, false, 'Shows a notification on the desktop when calls wait.', {
    alias: ['notification', 'desktop'],
  }),
  allow: preset(
    list(
      record({
        server: required(serverGlob, 'Of which server.'),
        tool: required(nameGlob, 'Which tools, by their own names.'),
        rule: required(askingRule, 'Which question: the rule that asks, as the dialog names it.'),
        subject: optional(line, 'About what exactly, where the rule asks about several things.', {
          otherwise: 'whatever it is about',
        }),
      }),
    ),
    [],
    'Questions that are not asked any more. What `always` adds.',
    { alias: ['always', 'remember'] },
  ),
})

/** The whole file. */
export const configFile = record({
  $schema: optional(line, 'Where editors find this schema. The gateway ignores it.'),
  version: required(choice(1), 'The version of this format.'),
  profile: preset(
    choice('observe', 'balanced', 'strict'),
    'balanced',
    'Shifts the whole trust table: `observe` decides and records but blocks nothing, `strict` treats every server one level worse.',
  ),
  defaults: preset(defaults, {}, 'What applies to servers that do not say otherwise.', {
    alias: ['default'],
  }),
  servers: preset(
    map('id', serverId, server),
    {},
    'The servers behind the gateway. Only this file defines them: nothing that comes over the network can (invariant 8).',
    { alias: ['mcpServers', 'upstreams', 'mcp', 'mcp_servers', 'server'] },
  ),
  access: preset(
    list(access),
    [],
    'Who may use what, beside what servers say themselves. All entries that apply count: a denial wins, and every allow-list has to allow.',
    { alias: ['acl', 'permissions'] },
  ),
  rules: preset(
    list(rule),
    [],
    'Rules about calls and their arguments, in order: the first whose condition holds decides. One that has no answer, since a member is not there, refuses.',
    { alias: ['policy', 'policies'] },
  ),
  approvals: preset(approvals, {}, 'How a person is asked before a call is made.', {
    alias: ['confirmations', 'consent'],
  }),
  flow: preset(
    choice('ask', 'note'),
    'ask',
    'What is done where private data or words of strangers would go where they should not: a person is asked (`strict` refuses), or it is only noted in the record.',
    { alias: ['taint', 'labels'] },
  ),
  auth: optional(auth, 'Who may come in over HTTP, and how they prove who they are.', {
    otherwise: 'the user of this machine, from this machine only',
    alias: ['authentication', 'oauth', 'identity'],
  }),
  tokenVault: optional(tokenVault, 'Where the tokens for servers with `oauth` are kept.'),
  listen: preset(listen, {}, 'The HTTP side of `sallyport serve`.', {
    alias: ['http', 'bind', 'host', 'port'],
  }),
  limits: preset(limits, {}, 'Bounds on what a client may send. Over one, the message is refused.'),
  audit: preset(audit, {}, 'The record of every call and decision.'),
  daemon: preset(daemon, {}, 'The process that all hosts of this user share.'),
  hosts: preset(
    map('name', clientName, host),
    {},
    'Hosts, by the name they give themselves (`clientInfo.name`): what is not as it was measured (`hosts/timeBudgets.ts`).',
    { alias: ['clients', 'timeouts'] },
  ),
  log: preset(log, {}, 'The gateway’s own log, on standard error.', { alias: ['logging', 'logs'] }),
  methods: preset(
    record({
      allow: optional(
        list(methodName, { notEmpty }),
        'Methods that no revision of MCP defines and that are let through all the same.',
        { otherwise: 'none' },
      ),
    }),
    {},
    'Unknown methods are refused, in both directions, unless they are named here.',
  ),
  secrets: preset(
    record({ ...secrets.fields, ...secretStoreFields }),
    {},
    'What is done about secrets and personal data, for servers that do not say otherwise.',
    {
      alias: ['dlp', 'redaction'],
    },
  ),
  instructions: preset(
    record({
      maxBytes: preset(
        size('256B', '1MiB'),
        '8KiB',
        'The most that the instructions of all servers together may take.',
      ),
    }),
    {},
    'What clients are told about the servers.',
  ),
})
