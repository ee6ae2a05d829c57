// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
/**
 * The kinds of text a configuration holds, each with the pattern that decides (in the reader and in the JSON Schema)
 * and, where "must be ..." would not help, a sentence that does.
 */

import { adviseRate, checkRate, parseRate, RATE_PATTERN } from '@sallyport/controls/limits'
import { compileCondition } from '@sallyport/controls/policy'
import { SECRET_RULES } from '@sallyport/controls/secrets'
import { readNetwork } from '@sallyport/controls/urls'
import { splitCommand } from './commandLine.ts'
import { namesSecret } from './literalSecrets.ts'
import { parseSecretText } from './secrets.ts'
import type { Objection, TextShape } from './shape.ts'

const PORT = '(?:0|[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])'
const BYTE = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
const HOST = String.raw`(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])`

type Rules = Pick<TextShape, 'advise' | 'check'>

function text(called: string, means: string, pattern: RegExp, rules: Rules = {}): TextShape {
  return { kind: 'text', called, means, pattern, ...rules }
}

/** One line without control characters and lone surrogates: they could not be shown or passed on faithfully. */
export const line = text('text', 'one line of text without control characters', /^[^\p{Cc}\p{Cs}]*$/u)

export const path = text('path', 'a path', /^[^\p{Cc}\p{Cs}]+$/u, { check: refuseReference })

export const commandText = text('command', 'a command', /^[^\p{Cs}]*\S[^\p{Cs}]*$/u, {
  check: (command) => {
    const split = splitCommand(command)
    return split.ok ? undefined : { rule: 'config/command', ...split.advice }
  },
})

export const argument = text('argument', 'one line of text without control characters', line.pattern, {
  check: refuseReference,
})

export const program = text(
  'program',
  'the name or path of a program',
  /^[^\p{Cc}\p{Cs}]*[^\s\p{Cc}\p{Cs}][^\p{Cc}\p{Cs}]*$/u,
  {
    check: refuseReference,
  },
)

/** Names of tools and prompts and URIs, where `*` stands for anything. Not empty: it would match nothing. */
export const nameGlob = text('name', 'a name or URI, in which `*` stands for anything', /^[^\p{Cc}\p{Cs}]+$/u)

export const serverGlob = text(
  'id',
  'the id of a server, in which `*` stands for anything',
  /^[a-z0-9_*]{1,32}$/,
)

/** Both, so that nobody of one issuer is taken for somebody of another. */
export const principalGlob = text(
  'principal',
  '`ISSUER SUBJECT`, in which `*` stands for anything',
  /^[^\s\p{Cc}\p{Cs}]+ [^\p{Cc}\p{Cs}]+$/u,
)

export const condition = text('condition', 'a condition', /^[^\p{Cs}]*\S[^\p{Cs}]*$/u, {
  check: (source) => {
    const compiled = compileCondition(source)
    if (compiled.ok) return undefined
    return {
      rule: 'config/rule',
      explain: `is no condition: ${compiled.explain} (character ${compiled.offset + 1})`,
    }
  },
})
export const rateText = text(
  'rate',
  'a count and a window such as 60/min or 100/10s, or "unlimited"',
  new RegExp(`^unlimited$|${RATE_PATTERN.source}`, 'u'),
  {
    advise: adviseRate,
    check: (said) => {
      const rate = parseRate(said)
      const fault = rate === undefined ? undefined : checkRate(rate)
      return fault === undefined ? undefined : { rule: 'config/range', ...fault }
    },
  },
)

/** Values of variables may have several lines. NUL would cut them off in the server. */
export const variableValue = text(
  'text',
  'a text without control characters',
  /^(?:[^\p{Cc}\p{Cs}]|[\t\n])*$/u,
  {
    check: checkReferences,
  },
)

/** RFC 9110, field values: a line break here would be header injection. */
export const headerValue = text(
  'header value',
  'a header value: printable ASCII without spaces at the ends',
  /^[!-~](?:[ -~]*[!-~])?$/u,
  { check: checkReferences },
)

function checkReferences(source: string): Objection | undefined {
  const parsed = parseSecretText(source)
  return parsed.ok ? undefined : { rule: 'config/reference', ...parsed.advice }
}

function refuseReference(source: string): Objection | undefined {
  if (!/\$\{(?:env|file|keychain|vault|exec|op):/u.test(source)) return undefined
  return {
    rule: 'config/reference',
    explain: 'has a secret reference, which works only in env, headers and keys for secrets',
    hint: 'arguments and addresses are visible to others and end up in logs',
  }
}

const RESERVED_IDS = new Map([
  ['gate', 'is reserved: it is what the gateway calls itself in host configurations'],
  ['all', 'is reserved: commands use it for all servers'],
  ['constructor', 'is reserved: it has a meaning of its own in JavaScript objects'],
])

export const serverId = text(
  'id',
  'up to 16 of a-z, 0-9 and "_", without "__" and without "_" at either end',
  /^(?!(?:gate|all|constructor)$)(?!.*__)[a-z0-9](?:[a-z0-9_]{0,14}[a-z0-9])?$/u,
  {
    advise: (id) => {
      const reserved = RESERVED_IDS.get(id)
      if (reserved) return { explain: reserved, hint: 'choose another id' }
      const fitting = id
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '_')
        .replaceAll(/^_+|_+$/g, '')
        .slice(0, 16)
        .replace(/_+$/, '')
      const explain = 'must be up to 16 of a-z, 0-9 and "_", without "__" and without "_" at either end'
      return fitting === '' || RESERVED_IDS.has(fitting)
        ? { explain }
        : { explain, hint: `write it as "${fitting}"` }
    },
  },
)

/** POSIX names. `SALLYPORT_*` is how the gateway finds what a server started; `__proto__` is nobody's variable. */
export const variableName = text(
  'variable name',
  'a variable name: letters, digits and "_"',
  /^(?!__proto__$)(?!SALLYPORT_)[A-Za-z_][A-Za-z0-9_]*$/u,
  {
    advise: (name) =>
      name.startsWith('SALLYPORT_')
        ? { explain: 'is reserved: variables that begin with SALLYPORT_ are the gateway’s own' }
        : undefined,
  },
)

/** What every server inherits. */
export const inheritedName = text('variable name', variableName.means, variableName.pattern, {
  ...variableName,
  check: (name) =>
    namesSecret(name)
      ? {
          rule: 'config/secret',
          explain: 'would hand a secret to every server',
          hint: `give it to the one that needs it, in its env: ${name}: "\${env:${name}}"`,
        }
      : undefined,
})

/** RFC 9110, `token`. */
export const headerName = text(
  'header name',
  'a header name',
  /^(?!__proto__$)[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/u,
)

/** Set by the gateway from the message itself; a second opinion is how headers and body come to differ. */
const OWN_HEADERS =
  /^(?:host|content-length|content-type|content-encoding|transfer-encoding|connection|keep-alive|proxy-connection|upgrade|te|trailer|expect|accept|accept-encoding|last-event-id|mcp-.*)$/iu

/** A header of ours for one credential: none that the protocols give a meaning to. */
export const credentialHeader = text(
  'name of a header',
  'the name of a header',
  /^[A-Za-z][A-Za-z0-9-]{0,63}$/u,
  {
    check: (name) =>
      OWN_HEADERS.test(name) ||
      /^(?:authorization|cookie|origin|referer|forwarded|via|sallyport-.*|x-forwarded-.*)$/iu.test(name)
        ? {
            rule: 'config/header',
            explain: 'has a meaning of its own',
            hint: 'use one such as X-API-Key; `Authorization: Bearer` is always good',
          }
        : undefined,
  },
)

/** One reference and nothing around it, to what is there before any store of secrets: the token of a vault, peppers. */
export const plainReference = text(
  'env or file reference',
  'one reference: ${env:NAME} or ${file:/path}, with a whole path',
  /^\$\{(?:env:[A-Za-z_][A-Za-z0-9_]*|file:\/[^\p{Cc}\p{Cs}{}]+)\}$/u,
)

/** A token goes there: no user, no query, and nobody on the way who could read it. */
export const vaultAddress = text(
  'vault address',
  'an https address, or http on this machine, such as https://vault.example:8200',
  /^(?:https:\/\/[^\s\p{Cc}\p{Cs}@?#]{1,256}|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?\/?)$/u,
)

/** Segments as `SECRET_NAME` has them. */
export const vaultPath = text(
  'vault path',
  'a path such as secret or teams/blue',
  /^(?!\.{1,2}(?:\/|$))[A-Za-z0-9_.-]{1,64}(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9_.-]{1,64}){0,7}$/u,
)

export const secretName = text(
  'secret',
  'letters, digits, "_", "-" and "."',
  /^(?!\.{1,2}$|__proto__$)[A-Za-z0-9_.-]{1,64}$/u,
)

/** Headers that are the gateway's own, or the same header twice in different case. */
export function checkHeaderNames(names: readonly string[]): ReadonlyMap<string, Objection> {
  const objections = new Map<string, Objection>()
  const seen = new Map<string, string>()
  for (const name of names) {
    const first = seen.get(name.toLowerCase())
    if (OWN_HEADERS.test(name)) {
      objections.set(name, {
        rule: 'config/header',
        explain: 'is set by the gateway itself',
        hint: 'remove it',
      })
    } else if (first === undefined) {
      seen.set(name.toLowerCase(), name)
    } else {
      const explain = `is the same header as "${first}": upper and lower case do not matter`
      objections.set(name, { rule: 'config/header', explain, hint: 'keep one' })
    }
  }
  return objections
}

export const methodName = text(
  'method',
  'a method name such as "vendor/search"',
  /^[A-Za-z$_][A-Za-z0-9$_./-]{0,127}$/u,
)

/** Those that may be excepted: a value of the gateway's own never is. */
export const secretRule = text(
  'rule',
  'a rule of docs/rules.md such as "secret/jwt" or "personal/email"',
  new RegExp(
    `^(?:${Object.keys(SECRET_RULES)
      .filter((rule) => rule !== 'secret/own')
      .join('|')})$`,
    'u',
  ),
)

/** Rules whose question can be answered for good; the others are answered where they are set. */
export const askingRule = text(
  'asking rule',
  'a rule that asks, such as "approvals/destructive" or "flow/private-to-outside"',
  /^(?:approvals\/(?:destructive|write)|flow\/[a-z]+(?:-[a-z]+)*)$/u,
)

export const clientName = text(
  'client',
  'a name as clients give it, such as "claude-code"',
  /^(?!\s)[^\p{Cc}\p{Cf}\p{Cs}]{1,64}(?<!\s)$/u,
)

export const serverUrl = text(
  'address',
  'an http:// or https:// address',
  /^https?:\/\/[^\s\p{Cc}\p{Cs}/?#@\\]+(?:[/?][^\s\p{Cc}\p{Cs}#\\]*)?$/u,
  {
    advise: (url) => {
      if (/^https?:\/\/[^/?#]*@/iu.test(url)) {
        return {
          explain: 'must not carry a user name or password: addresses end up in logs',
          hint: 'put the credential into headers, as a reference: Authorization: "Bearer ${env:NAME}"',
        }
      }
      if (/^https?:\/\/[^#]*#/iu.test(url)) return { explain: 'must not have a fragment (#...)' }
      if (/^[A-Za-z0-9.-]+(?::\d+)?(?:\/|$)/u.test(url)) {
        return { explain: 'must be an http:// or https:// address', hint: 'put https:// in front' }
      }
      return undefined
    },
    check: (url) =>
      refuseReference(url) ??
      (URL.canParse(url) ? undefined : { rule: 'config/url', explain: 'is no address that can be called' }),
  },
)

/** Where the door listens. Whether others may reach it depends on other keys (`refuseOpenListener`). */
export const listenAddress = text(
  'address:port',
  'an address of this machine and a port, such as "127.0.0.1:7337" or "0.0.0.0:8443"',
  new RegExp(String.raw`^(?:${BYTE}(?:\.${BYTE}){3}|localhost|\[[0-9a-f:.]{2,45}\]):${PORT}$`, 'u'),
)

export const addressRange = text(
  'address or range',
  'an IP address or a range of them, such as "10.0.0.0/8"',
  /^[0-9a-fA-F.:]+(?:\/\d{1,3})?$/u,
  {
    check: (range) =>
      readNetwork(range) === undefined
        ? { rule: 'config/range', explain: 'is no address and no range of them' }
        : undefined,
  },
)

export const hostValue = text(
  'host[:port]',
  'a host as browsers send it, lower case, with its port unless that is the default: "gate.example:8443"',
  new RegExp(`^${HOST}(?::${PORT})?$`, 'u'),
  {
    advise: (host) =>
      host.includes('*') ? { explain: 'must not have wildcards', hint: 'name each host' } : undefined,
  },
)

export const originValue = text(
  'origin',
  'an origin as browsers send it: "https://app.example"',
  new RegExp(`^[a-z][a-z0-9+.-]*://${HOST}(?::${PORT})?$`, 'u'),
  {
    advise: (origin) =>
      origin === '*' || origin === 'null' || origin.includes('*')
        ? {
            explain: 'must name one origin: "*" and "null" would let any web page use the gateway',
            hint: 'write each origin, e.g. "https://app.example"',
          }
        : undefined,
  },
)

export const toolGlob = text(
  'tool',
  'the name of a tool as its server has it, `*` for any characters',
  /^[^\p{Cc}\p{Cs}]{1,128}$/u,
)

export const parameterPlace = text(
  'parameter',
  'the name of an argument, or a place within it such as "files.*.path"',
  /^[^\p{Cc}\p{Cs}.]+(?:\.[^\p{Cc}\p{Cs}.]+)*$/u,
)

export const schemeName = text('scheme', 'a scheme without its colon: "https"', /^[a-z][a-z0-9+.-]*$/u)

export const hostPattern = text(
  'host',
  'a host, lower case, or a pattern such as "*.example"',
  /^[a-z0-9*._:[\]-]+$/u,
)

export const tableName = text(
  'table',
  'a table as the database stores its name: "orders", "sales.orders", "sales.*"',
  /^[^\p{Cc}\p{Cs}\s]+$/u,
)

export const functionName = text(
  'function',
  'a function as the database stores its name: "my_total", "sales.total"',
  /^[^\p{Cc}\p{Cs}\s()]+$/u,
)

export const commandPattern = text(
  'command pattern',
  'the words of a command, `*` for one argument: "git status", "ls *"',
  /^[^\p{Cc}\p{Cs}]*[^\s\p{Cc}\p{Cs}*][^\p{Cc}\p{Cs}]*$/u,
)
