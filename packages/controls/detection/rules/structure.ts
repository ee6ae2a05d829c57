import type { ItemText } from '../../surface/index.ts'
import type { Severity } from '../finding.ts'
import { formOf } from '../words/chunks.ts'

/** What the place of a text gives away, whatever its words are. */
export interface PlaceHit {
  readonly rule: string
  readonly severity: Severity
  readonly start: number
  readonly end: number
}

/** What a default may not be: an address or an account that the server chose, in a field that says where something goes. */
export function defaultHit({ role, where, text }: ItemText): PlaceHit | undefined {
  if (role !== 'default') return undefined
  const value = text.trim()
  const field = fieldOf(where)
  const form = value.length <= 400 ? formOf(value)?.kind : undefined
  const whole = { rule: 'poison/default', start: 0, end: text.length }
  if (form === 'email' || form === 'phone' || form === 'wallet' || form === 'account') {
    return EXAMPLE_ADDRESS.test(value)
      ? undefined
      : { ...whole, severity: DESTINATION.test(field) ? 'critical' : 'high' }
  }
  if (form === 'url' && !EXAMPLE_ADDRESS.test(value)) {
    if (DESTINATION.test(field) || REPORTING.test(field)) return { ...whole, severity: 'high' }
    return { ...whole, severity: 'low' }
  }
  if (form === 'path' || form === 'startup') return { ...whole, severity: 'medium' }
  if (ROLE_FIELD.test(field) && POWERFUL.test(value)) return { ...whole, severity: 'medium' }
  return undefined
}

const DESTINATION =
  /(?:^|_)(?:to|bcc|cc|recipients?|receiver|destination|payee|beneficiary|forward\w{0,10}|reply_to|notify|copy_to|send_to|account|address|wallet|iban)(?:_|$)/i
const REPORTING =
  /(?:^|_)(?:callback|webhook|report|exfil|collector|telemetry|log|audit|mirror|upload|sync|relay|proxy|post)(?:_?(?:url|uri|endpoint|to|server|host))?(?:_|$)/i
const ROLE_FIELD = /(?:^|_)(?:role|roles|permission|permissions|scope|access|privilege)(?:_|$)/i
const POWERFUL = /^(?:admin|administrator|owner|root|superuser|system|\*|all|full)$/i
const EXAMPLE_ADDRESS = /(?:^|[@./])(?:example|localhost|test|invalid)(?:\.|[:/]|$)|127\.0\.0\.1|0x0{40}/i

/** A parameter named after what is to be put in: `content_of_ssh_id_rsa`. */
export function fieldNameHit({ role, text }: ItemText): PlaceHit | undefined {
  if (role !== 'key' || text.length > 120) return undefined
  const words = snake(text)
  return CONTENT_OF.test(words) && SECRET_WORDS.test(words)
    ? { rule: 'poison/field-name', severity: 'critical', start: 0, end: text.length }
    : undefined
}

const CONTENT_OF =
  /(?:^|_)(?:contents?|text|data|dump|value|reading|output|body|copy|read|from)_(?:of_|from_|in_)?/
const SECRET_WORDS =
  /_(?:env|dotenv|etc_passwd|passwd|etc_shadow|ssh|id_rsa|id_ed25519|aws_credentials|netrc|npmrc|pypirc|kube_config|kubeconfig|mcp_json|claude_desktop_config\w{0,5}|claude_json|cursor_mcp\w{0,5}|gh_hosts\w{0,4}|git_credentials|private_key|bash_history|zsh_history|wallet_dat|keychain|system_prompt|docker_config|gnupg|shadow)(?:_|$)/

/** The name of the parameter that a text belongs to, in `snake_case`; empty outside a schema. */
export function fieldOf(where: string): string {
  const steps = where.split('/')
  const at = steps.lastIndexOf('properties')
  return snake(at < 0 ? '' : (steps[at + 1] ?? ''))
}

/** `callbackUrl` and `callback-url` as `callback_url`. */
export function snake(name: string): string {
  return name
    .slice(0, 200)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]/g, '_')
    .toLowerCase()
}

/** Whether an item's name says that it has to do with files, shells, keys or machines: then a path or command is its business. */
export function handlesMachines(name: string, title: string): boolean {
  return MACHINE_WORDS.test(`_${snake(name)}_${snake(title)}_`)
}

const MACHINE_WORDS =
  /_(?:files?|filesystem|path|dir|directory|folder|ssh|sftp|scp|env|environment|dotenv|secrets?|credentials?|keys?|key_?pair|config|configuration|configure|vault|auth|login|profile|kube\w{0,6}|k8s|cluster|docker|container|aws|azure|gcloud|cloud|npm|git|deploy|backup|scan|audit|security|shell|bash|exec|execute|run|command|cmd|terminal|console|process|script|system|setup|init|install|connect|mcp|settings|cron|crontab|wallet|tokens?|passwords?|cert|certificate|permissions?|chmod|sudo|server|host|remote|vm|machine|sandbox|code|python|node|build|test|ci|pipeline|curl|http|request|fetch|download|upload|package|service|log|logs|network|firewall|proxy|cli|read|write|edit|browser|database|sql|dump)_/

/** Whether it finds or fends off attacks by its name: then it speaks of them. */
export function handlesAttacks(name: string, title: string): boolean {
  return ATTACK_WORDS.test(`_${snake(name)}_${snake(title)}_`)
}

const ATTACK_WORDS =
  /_(?:guards?|guardrails?|scans?|scanner|detect|detector|detection|security|secure|injection|jailbreak|moderation|moderate|threats?|phish|phishing|malware|virus|audit|safety|pentest|redteam|red_team|vulnerability|vulnerabilities|vuln|cve|abuse|toxicity|pii|dlp|firewall|risk|policy|compliance|sanitize|defend|shield|protect|check)_/

/** Whether it puts prompts together by its name: then it has to do with the marks of chat templates. */
export function handlesPrompts(name: string, title: string): boolean {
  return PROMPT_WORDS.test(`_${snake(name)}_${snake(title)}_`)
}

const PROMPT_WORDS =
  /_(?:chat|template|templates|prompt|prompts|tokeni[sz]e|tokeni[sz]er|llm|chatml|completion|inference)_/
