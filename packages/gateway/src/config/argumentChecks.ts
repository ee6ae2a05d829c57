/**
 * What the configuration says of the arguments of a server's tools: what its parameters mean and what they may be, and how
 * strictly its schemas are taken.
 */
import type { CommandPolicy } from '@sallyport/controls/commands'
import type { Format } from '@sallyport/controls/formats'
import type { PathPolicy } from '@sallyport/controls/paths'
import type { SqlPolicy } from '@sallyport/controls/sql'
import type { UrlPolicy } from '@sallyport/controls/urls'
import type { Profile, ServerConfig } from './config.ts'
import {
  choice,
  flag,
  integer,
  list,
  map,
  optional,
  preset,
  type Read,
  record,
  required,
  size,
} from './shape.ts'
import {
  commandPattern,
  functionName,
  hostPattern,
  parameterPlace,
  path,
  schemeName,
  tableName,
  toolGlob,
} from './texts.ts'

/** An empty list reads as "nothing" to one person and as "no restriction" to the next (control L02). */
const notEmpty = 'it could be read as "nothing" or as "everything"; leave the key out instead'

const pathRule = record({
  roots: required(
    list(path, { notEmpty }),
    'The folders it must stay in, as the server sees them, relative to this file. Links are resolved where the server is local.',
    { alias: ['allow', 'root'] },
  ),
  deny: optional(
    list(path, { notEmpty }),
    'Patterns that are refused inside the roots: `.env`, `*.pem`, `.git/**`.',
    { otherwise: 'none', alias: ['exclude'] },
  ),
  caseInsensitive: optional(flag, 'Whether the file system takes `A` and `a` for one name.', {
    otherwise: 'true where the roots are folders of Windows',
  }),
  base: optional(path, 'The folder that relative paths start from, as the server sees it.', {
    otherwise: 'the first of `roots`',
    alias: ['cwd'],
  }),
  flavour: preset(choice('any', 'posix', 'windows'), 'any', 'Who reads it: which ways to part names count.'),
  refuseHardLinks: preset(
    flag,
    false,
    'Of local servers: whether a file with a second name is refused, since that name may lie outside the roots. Package stores make many.',
  ),
})

const urlRule = record({
  schemes: optional(list(schemeName, { notEmpty }), 'Schemes that are allowed.', {
    otherwise: '`http` and `https`',
    alias: ['protocols'],
  }),
  allowHosts: optional(
    list(hostPattern, { notEmpty }),
    'The only hosts that are allowed: `api.example`, `*.example`.',
    {
      otherwise: 'all that are public',
      alias: ['hosts', 'allow'],
    },
  ),
  denyHosts: optional(list(hostPattern, { notEmpty }), 'Hosts that are refused whatever else is said.', {
    otherwise: 'none',
    alias: ['deny'],
  }),
  allowPrivate: preset(
    flag,
    false,
    'Whether it may lead to this machine and private networks. Never to link-local addresses and metadata services.',
  ),
  ports: optional(list(integer(1, 65_535), { notEmpty }), 'The only ports that are allowed.', {
    otherwise: 'all',
  }),
  resolve: preset(
    flag,
    true,
    'Whether names are resolved and every address checked. A name that does not resolve is refused.',
  ),
})

const sqlRule = record({
  dialect: preset(
    choice('any', 'postgresql', 'mysql', 'sqlite'),
    'any',
    'The database that runs it. `any`: it must pass as each of them would read it.',
  ),
  mode: preset(
    choice('read', 'write', 'ddl'),
    'read',
    'What a query may do; each includes the ones before it.',
  ),
  tables: optional(list(tableName, { notEmpty }), 'The only tables that may be named: `orders`, `sales.*`.', {
    otherwise: 'all but those of the system',
  }),
  denyTables: optional(list(tableName, { notEmpty }), 'Tables that are refused in every schema.', {
    otherwise: 'none',
  }),
  functions: optional(
    list(functionName, { notEmpty }),
    'Functions that may be called beside those that are known to compute only: `my_total`.',
    { otherwise: 'none', alias: ['allowFunctions'] },
  ),
  denyFunctions: optional(list(functionName, { notEmpty }), 'Functions that are refused. Wins.', {
    otherwise: 'none',
  }),
  maxBytes: preset(size('16B', '1MiB'), '64KiB', 'The longest query.'),
})

const commandRule = record({
  allow: optional(
    list(commandPattern, { notEmpty }),
    'It is a whole command, and only these are allowed: `git status`, `ls *`. A `*` never stands for an option that runs, writes or sends.',
    { otherwise: 'it is a value that is put into a command, and must be harmless there' },
  ),
  context: preset(
    choice('any', 'argument', 'bare', 'single', 'double'),
    'any',
    'Of a value: where it is put. `argument`: as one argument, without a shell.',
  ),
  shell: optional(choice('sh', 'cmd', 'powershell'), 'The shell that reads it; `sh`: all POSIX shells.', {
    otherwise: '`sh` for a whole command, any of the three for a value',
  }),
})

/** JSON has no more in a double. */
const MOST = Number.MAX_SAFE_INTEGER

const integerRule = record({
  min: optional(integer(-MOST, MOST), 'The least it may be.'),
  max: optional(integer(-MOST, MOST), 'The most it may be.'),
})

const textRule = record({
  minLength: optional(integer(0, 100_000_000), 'The fewest characters it may have.'),
  refuse: optional(
    list(choice('ldap', 'xpath', 'nosql', 'template', 'sql', 'printf', 'markup'), { notEmpty }),
    'Languages that its server may put it into unquoted: their marks are refused.',
    { otherwise: 'none' },
  ),
})

const parameter = record({
  path: optional(pathRule, 'It is a path.', { alias: ['file', 'folder'] }),
  url: optional(urlRule, 'It is a URL.', { alias: ['uri'] }),
  sql: optional(sqlRule, 'It is a query.', { alias: ['query'] }),
  command: optional(commandRule, 'It is a command, or a value that is put into one.', {
    alias: ['shell'],
  }),
  format: optional(
    choice('email', 'date', 'date-time', 'uuid', 'hostname', 'ipv4', 'ipv6', 'semver', 'slug', 'id', 'line'),
    'The form it must have. `line`: no control characters but tabs.',
  ),
  integer: optional(integerRule, 'It is a whole number, as a number or as a text.', { alias: ['number'] }),
  text: optional(textRule, 'It is plain text: no NUL, no half of a surrogate pair.', { alias: ['plain'] }),
  maxLength: optional(integer(0, 100_000_000), 'The most characters it may have.', { alias: ['max'] }),
  infer: preset(
    flag,
    true,
    'False: nothing is made of its name and schema. What is declared here is checked all the same.',
  ),
})

/** Keys of a server's entry. */
export const argumentFields = {
  arguments: optional(
    map('tool', toolGlob, map('parameter', parameterPlace, parameter)),
    'What parameters mean and may be, by tool and parameter: `read_*: { path: { path: { roots: [data] } } }`. `*` in the name of a tool stands for any characters; a place within an argument is written `files.*.path`. Of prompts by the name of the prompt, of resources under `resources/read`, parameter `uri`. Of several that fit, all count.',
    { otherwise: 'inferred from schemas and names; see docs/arguments.md' },
  ),
  schemas: optional(
    record({
      arguments: preset(
        choice('refuse', 'report', 'off'),
        'refuse',
        'Arguments that are not as the tool’s `inputSchema` has them.',
      ),
      results: optional(
        choice('withhold', 'report', 'off'),
        'Structured results that are not as the tool’s `outputSchema` has them.',
        { otherwise: '`report` for trusted servers, else `withhold`' },
      ),
    }),
    'How strictly the schemas of its tools are taken.',
    { otherwise: 'arguments are refused; results by trust' },
  ),
} as const

export interface UrlCheck extends UrlPolicy {
  readonly resolve: boolean
}

export type IntegerFormat = Extract<Format, { readonly kind: 'integer' }>

/** Where a path may lead, and what is asked of the file at its end. */
export interface PathCheck extends PathPolicy {
  readonly refuseHardLinks?: boolean
}

/** What one parameter may be. */
export interface ParameterCheck {
  readonly path?: PathCheck
  readonly url?: UrlCheck
  readonly sql?: SqlPolicy
  readonly command?: CommandPolicy
  readonly format?: Format
  readonly integer?: IntegerFormat
  readonly text?: Format
  readonly maxLength?: number
  readonly infer: boolean
}

export interface ToolArguments {
  /** Glob over the server's own names. */
  readonly tool: string
  /** Place within the arguments: `files.*.path`. */
  readonly parameters: readonly { readonly place: string; readonly check: ParameterCheck }[]
}

export interface ServerChecks {
  readonly tools: readonly ToolArguments[]
  readonly schemas: {
    readonly arguments: 'refuse' | 'report' | 'off'
    /** Absent: by trust (`schemasOf`). */
    readonly results?: 'withhold' | 'report' | 'off'
  }
}

type Written = {
  readonly [Name in keyof typeof argumentFields]?: Read<(typeof argumentFields)[Name]['shape']> | undefined
}
type ParameterFile = Read<typeof parameter>

/** What the file says for a server, if anything; `expand` makes a path of the file absolute. */
export function buildServerChecks(
  file: Written,
  expand: (path: string) => string,
): { readonly checks?: ServerChecks } {
  const { arguments: tools, schemas } = file
  if (tools === undefined && schemas === undefined) return {}
  return {
    checks: {
      tools: (tools ?? []).map(([tool, parameters]) => ({
        tool,
        parameters: parameters.map(([place, one]) => ({ place, check: buildCheck(one, expand) })),
      })),
      schemas: { arguments: 'refuse', ...schemas },
    },
  }
}

/**
 * How a server's schemas are taken. A trusted server's result that is odd is a mistake; of any other it may be an attempt
 * to be read as something else.
 */
export function schemasOf(
  { checks, trust }: Pick<ServerConfig, 'checks' | 'trust'>,
  profile: Profile,
): Required<ServerChecks['schemas']> {
  const results = trust === 'trusted' && profile !== 'strict' ? 'report' : 'withhold'
  return { arguments: 'refuse', results, ...checks?.schemas }
}

function buildCheck(file: ParameterFile, expand: (path: string) => string): ParameterCheck {
  const { path: asPath, url, sql, command } = file
  // A length that is given counts in the place of the control's own.
  const length = file.maxLength === undefined ? {} : { maxLength: file.maxLength }
  return {
    infer: file.infer,
    ...(file.maxLength !== undefined && { maxLength: file.maxLength }),
    ...(asPath !== undefined && {
      path: {
        roots: asPath.roots.map(expand),
        flavour: asPath.flavour,
        ...(asPath.refuseHardLinks && { refuseHardLinks: true }),
        ...(asPath.caseInsensitive !== undefined && { caseInsensitive: asPath.caseInsensitive }),
        ...(asPath.deny !== undefined && { deny: asPath.deny }),
        ...(asPath.base !== undefined && { base: expand(asPath.base) }),
      },
    }),
    ...(url !== undefined && { url }),
    ...(command !== undefined && {
      command:
        command.allow === undefined
          ? {
              kind: 'value',
              context: command.context,
              ...(command.shell !== undefined && { shells: [command.shell] }),
              ...length,
            }
          : {
              kind: 'command',
              allow: command.allow,
              ...(command.shell !== undefined && { shell: command.shell }),
              ...length,
            },
    }),
    ...(file.format !== undefined && {
      format:
        file.format === 'id' || file.format === 'line'
          ? { kind: file.format, ...length }
          : { kind: file.format },
    }),
    ...(file.integer !== undefined && { integer: { kind: 'integer', ...file.integer } }),
    ...(file.text !== undefined && { text: { kind: 'plain', ...file.text, ...length } }),
    ...(sql !== undefined && {
      sql: {
        dialect: sql.dialect,
        mode: sql.mode,
        maxBytes: sql.maxBytes,
        tables: {
          ...(sql.tables !== undefined && { allow: sql.tables }),
          ...(sql.denyTables !== undefined && { deny: sql.denyTables }),
        },
        ...((sql.functions !== undefined || sql.denyFunctions !== undefined) && {
          functions: {
            ...(sql.functions !== undefined && { allow: sql.functions }),
            ...(sql.denyFunctions !== undefined && { deny: sql.denyFunctions }),
          },
        }),
      },
    }),
  }
}
