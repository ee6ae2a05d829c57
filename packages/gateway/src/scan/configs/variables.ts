import { pointer } from '../../config/document.ts'
import type { NamedSpot, Spot } from '../../hosts/readServers.ts'
import type { ScanRuleId } from '../rules.ts'
import { type Launch, programName } from './launch.ts'
import type { Notice } from './notice.ts'

/** Values that switch a thing on, or off. */
const ON = /^(?:1|true|yes|on)$/i
const OFF = /^(?:0|false|no|off)$/i

/** Variables that switch the check of certificates off, and the values by which they do. */
const TLS_VARIABLES: ReadonlyMap<string, RegExp> = new Map([
  ['NODE_TLS_REJECT_UNAUTHORIZED', /^0$/],
  ['PYTHONHTTPSVERIFY', /^0$/],
  ['GIT_SSL_NO_VERIFY', /./],
  ['NPM_CONFIG_STRICT_SSL', OFF],
  ['UV_INSECURE_HOST', /./],
  ['PIP_TRUSTED_HOST', /./],
  ['REQUESTS_CA_BUNDLE', /^$/],
  ['CURL_CA_BUNDLE', /^$/],
  ['SSL_VERIFY', OFF],
  ['VERIFY_SSL', OFF],
  ['TLS_VERIFY', OFF],
  ['HTTPX_VERIFY', OFF],
])
const TLS_NAME_OFF =
  /(?:^|_)(?:INSECURE(?:_TLS|_SSL)?|(?:SKIP|DISABLE|NO)_(?:TLS|SSL|CERT(?:IFICATE)?)(?:_(?:VERIFY|VERIFICATION|CHECK))?|(?:TLS|SSL)_(?:SKIP_VERIFY|INSECURE|NO_VERIFY))$/i
const TLS_OPTIONS =
  /^--(?:insecure(?:-skip-tls-verify|-tls|-ssl)?|no-verify(?:-ssl|-tls)|no-check-certificate|skip-(?:tls|ssl)-verify|(?:tls|ssl)-(?:skip-verify|no-verify|insecure)|no-(?:tls|ssl)-verify|disable-(?:tls|ssl)(?:-verification)?|trusted-host|allow-insecure-host|unsafely-ignore-certificate-errors)$/i

/** Variables by which one process loads the code of another, whatever their value. */
const CODE_VARIABLES = new Set([
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'LD_AUDIT',
  'DYLD_INSERT_LIBRARIES',
  'DYLD_LIBRARY_PATH',
  'BASH_ENV',
  'PYTHONSTARTUP',
  'PERL5OPT',
  'RUBYOPT',
])
const NODE_CODE = /(?:^|\s)(?:-r|--require|--import|--loader|--experimental-loader)(?:[\s=]|$)/
const JAVA_CODE = /(?:^|\s)-(?:javaagent|agentlib|agentpath):/

/** Variables and options that take TLS away, or bring foreign code in. */
export function checkVariables(variables: readonly NamedSpot[], launch: Launch): Notice[] {
  const found = variables.flatMap((one): Notice[] => {
    const rule = ruleOf(one.name, one.value)
    return rule === undefined ? [] : [noticeOf(rule, one, `${one.name}=${one.value}`)]
  })
  const options = launch.words.slice(1).flatMap((word, index): Notice[] => {
    const [name = '', value = ''] = word.value.split('=', 2)
    const isCurl = programName(launch.words[0]?.value ?? '') === 'curl' && /^-[a-z]*k/i.test(name)
    if ((!TLS_OPTIONS.test(name) && !isCurl) || OFF.test(value)) return []
    // `--insecure false` is how some command lines say no.
    if (value === '' && OFF.test(launch.words[index + 2]?.value ?? '')) return []
    return [noticeOf('config/tls-off', word, word.value)]
  })
  return [...found, ...options]
}

function ruleOf(name: string, value: string): ScanRuleId | undefined {
  const upper = name.toUpperCase()
  if (TLS_VARIABLES.get(upper)?.test(value) === true) return 'config/tls-off'
  if (TLS_NAME_OFF.test(upper) && ON.test(value)) return 'config/tls-off'
  if (CODE_VARIABLES.has(upper) && value !== '') return 'config/code-injection'
  if (upper === 'NODE_OPTIONS' && NODE_CODE.test(value)) return 'config/code-injection'
  if (upper === 'JAVA_TOOL_OPTIONS' && JAVA_CODE.test(value)) return 'config/code-injection'
  return undefined
}

function noticeOf(rule: ScanRuleId, spot: Spot, evidence: string): Notice {
  return { rule, place: spot.place, pointer: pointer(spot.path), evidence }
}
