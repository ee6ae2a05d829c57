import { conceptId } from './concepts.ts'
import { hashWord } from './hash.ts'

/**
 * What a run of characters is by its form: a path that holds secrets, a file that runs at login, an address, an account.
 *
 * Plain loops and anchored patterns over one run of at most `LONGEST_RUN` characters: nothing here can backtrack.
 */
export function formOf(run: string): Form | undefined {
  const form = plainForm(run)
  return form !== undefined && SAMPLE_FORMS.has(form) && SAMPLE.test(run.slice(0, LONGEST_RUN))
    ? SAMPLE_FORMS.get(form)
    : form
}

/** Addresses that stand in documentation. Attacks that are examples themselves use them, too, so they are addresses all the same. */
const SAMPLE =
  /(?:^|[@./])(?:example|localhost|test|invalid|yourdomain|your-domain|mydomain|acme|company|mycompany|domain)\.(?:com|org|net|io|co)|:\/\/localhost|127\.0\.0\.1|0x0{40}/i

function plainForm(run: string): Form | undefined {
  if (run.length > LONGEST_RUN) return /^(?:https?|wss?|ftp):\/\//i.test(run) ? URL_FORM : undefined
  if (run.includes('://'))
    return /(?:^|[=:(@])(?:https?|wss?|ftps?|sftp|ssh|git|tcp|udp):\/\/./i.test(run) ? URL_FORM : undefined
  if (/^www\.[a-z0-9-]{1,60}\.[a-z]/i.test(run)) return URL_FORM
  const at = run.indexOf('@')
  if (at > 0 && /^[^@/\\]{1,64}@[a-z0-9-]{1,60}(?:\.[a-z0-9-]{1,60}){1,5}:?$/i.test(run)) {
    // `git@github.com:` and `user@host:` name a place to log in to.
    return EMAIL_FORM
  }
  if (at === 0) return undefined
  const path = pathForm(run)
  if (path !== undefined) return path
  if (run.charCodeAt(0) === 0x2b && /^\+\d[\d().-]{6,20}$/.test(run)) return PHONE_FORM
  if (/^\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?$/.test(run)) return isPublicIp(run) ? URL_FORM : undefined
  if (/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(run)) return ACCOUNT_FORM
  if (/^(?:0x[0-9a-fA-F]{40}|bc1[a-z0-9]{25,60})$/.test(run)) return WALLET_FORM
  if (run.startsWith('--') && /^--[a-z][a-z-]{2,40}(?:=|$)/.test(run)) {
    return /^--(?:no-verify|insecure|privileged|force|skip-|no-check|allow-|disable-|unsafe|yolo|dangerously|trust)/.test(
      run,
    )
      ? FLAG_FORM
      : undefined
  }
  if (isEnvironmentSecret(run)) return ENVIRONMENT_FORM
  if (isHostName(run)) return HOST_FORM
  return undefined
}

export interface Form {
  readonly concepts: readonly number[]
  /** Stands for the run in the model's words, so that no address or name is ever learnt by heart. */
  readonly word: number
  readonly kind: FormKind
}

export type FormKind =
  | 'url'
  | 'email'
  | 'phone'
  | 'account'
  | 'wallet'
  | 'option'
  | 'secret-variable'
  | 'path'
  | 'startup'

const form = (concept: string, kind: FormKind): Form => ({
  concepts: [conceptId(concept)],
  word: hashWord(`<${kind}>`),
  kind,
})

const LONGEST_RUN = 400

const URL_FORM = form('url!', 'url')
const HOST_FORM = form('url!', 'url')
const EMAIL_FORM = form('email!', 'email')
const PHONE_FORM = form('phone!', 'phone')
const ACCOUNT_FORM = form('account!', 'account')
const WALLET_FORM = form('wallet!', 'wallet')
const FLAG_FORM = form('flag!', 'option')
const ENVIRONMENT_FORM = form('envvar!', 'secret-variable')
const PATH_FORM = form('path!', 'path')
const SAMPLE_FORMS: ReadonlyMap<Form, Form> = new Map(
  [URL_FORM, HOST_FORM, EMAIL_FORM].map((sampled) => [
    sampled,
    { ...sampled, concepts: [...sampled.concepts, conceptId('sample!')] },
  ]),
)
const STARTUP_FORM: Form = {
  concepts: [conceptId('rcfile!'), conceptId('path!')],
  word: hashWord('<startup>'),
  kind: 'startup',
}

/** Files and folders that hold what must not leave: by the name of a step of the path. */
const SECRET_STEPS: ReadonlySet<string> = new Set(
  (
    '.ssh id_rsa id_dsa id_ecdsa id_ed25519 known_hosts .aws .azure .gnupg .kube .docker .env .envrc .npmrc .netrc _netrc ' +
    '.pypirc .pgpass .my.cnf .git-credentials .gitconfig .vault-token .terraformrc .boto .s3cfg .dockercfg mcp.json ' +
    'claude_desktop_config.json .claude.json .mcp.json wallet.dat keystore .bash_history .zsh_history .python_history ' +
    'shadow passwd sudoers environ credentials.json secrets.json secrets.yaml secrets.yml token.json auth.json ' +
    'service-account.json service_account.json hosts.yml cookies.sqlite logins.json key4.db login.keychain-db ' +
    'application_default_credentials.json .htpasswd wp-config.php ntuser.dat sam kubeconfig .cargo/credentials ' +
    'credentials.db .password-store keychains'
  ).split(' '),
)

/** What runs at a login, a start or a commit: who writes there stays. */
const STARTUP_STEPS: ReadonlySet<string> = new Set(
  (
    '.bashrc .zshrc .profile .bash_profile .zprofile .zshenv .bash_login config.fish authorized_keys cron.d cron.daily ' +
    'crontab launchagents launchdaemons autostart rc.local .cursorrules .windsurfrules init.d ' +
    'ld.so.preload .git/hooks hooks profile.d startup'
  ).split(' '),
)

/** Read by agents as orders at their start. */
const AGENT_FILES: ReadonlySet<string> = new Set([
  'agents.md',
  'claude.md',
  'gemini.md',
  'memory.md',
  'copilot-instructions.md',
])

const SECRET_ENDINGS = ['.pem', '.ppk', '.p12', '.pfx', '.kdbx', '.jks', '.keystore', '.keychain']

function pathForm(run: string): Form | undefined {
  const text = run.startsWith('@') ? run.slice(1) : run
  const first = text.charCodeAt(0)
  const hasStep = text.includes('/') || text.includes('\\')
  // A path begins at `~`, `/` or `.`, or has steps. A bare word ("shadow", "startup") is a word.
  const bare = text.toLowerCase()
  if (!hasStep && first !== 0x2e && !BARE_SECRETS.has(bare) && !AGENT_FILES.has(bare) && !endsSecretly(bare))
    return undefined
  const steps = text.toLowerCase().split(/[/\\]/)
  let secret = false
  for (const [index, step] of steps.entries()) {
    if (AGENT_FILES.has(step)) return STARTUP_FORM
    if (STARTUP_STEPS.has(step) && (index > 0 || step.startsWith('.') || !hasStep)) {
      if (step !== 'startup' && step !== 'hooks') return STARTUP_FORM
      if (step === 'hooks' && steps[index - 1] === '.git') return STARTUP_FORM
    }
    if (SECRET_STEPS.has(step)) {
      // `/etc/passwd` and `shadow` below `etc`; `environ` below `/proc`; `hosts.yml` below `gh`.
      const before = steps[index - 1]
      if (step === 'passwd' || step === 'shadow' || step === 'sudoers') secret ||= before === 'etc'
      else if (step === 'environ') secret ||= steps.includes('proc')
      else if (step === 'hosts.yml') secret ||= before === 'gh'
      else if (step === 'sam') secret ||= before === 'config'
      else if (step === 'keystore' || step === 'auth.json' || step === 'token.json') secret ||= index > 0
      else secret = true
    }
    if (step.startsWith('.env.') || step.startsWith('id_rsa')) secret = true
    if (step === 'login data' || step === 'wallets' || step === 'keychains') secret = true
  }
  const last = steps.at(-1) ?? ''
  if (endsSecretly(last)) secret = true
  return secret ? PATH_FORM : undefined
}

const BARE_SECRETS: ReadonlySet<string> = new Set(
  'id_rsa id_ed25519 id_ecdsa claude_desktop_config.json mcp.json wallet.dat credentials.json secrets.json authorized_keys kubeconfig'.split(
    ' ',
  ),
)

function endsSecretly(text: string): boolean {
  return SECRET_ENDINGS.some((ending) => text.endsWith(ending))
}

/** `OPENAI_API_KEY`, `$AWS_SECRET_ACCESS_KEY`, `process.env`: a variable that holds a secret by its name. */
function isEnvironmentSecret(run: string): boolean {
  if (run === 'process.env' || run === 'os.environ' || run === 'process.env.') return true
  const name = run.replace(/^\$\{?/, '').replace(/^process\.env\./, '')
  return (
    /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+){1,8}$/.test(name) &&
    /(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|PAT)$/.test(name)
  )
}

/** `evil-proxy.com/in`: a host without a scheme. Names of files (`notes.md`, `index.ts`) end otherwise. */
function isHostName(run: string): boolean {
  const host = run.split('/')[0] ?? ''
  return /^(?:[a-z0-9][a-z0-9-]{0,62}\.){1,4}(?:com|net|org|io|dev|cc|co|app|xyz|info|biz|ru|cn|me|site|online|top|cloud|tech|ai|us|uk|de|fr|eu|link|club|live|pro|tk|pw|ws)(?::\d{1,5})?$/i.test(
    host,
  )
}

function isPublicIp(run: string): boolean {
  const [a = 0, b = 0] = run.split('.').map((part) => Number.parseInt(part, 10))
  return !(
    a === 127 ||
    a === 10 ||
    a === 0 ||
    (a === 192 && b === 168) ||
    (a === 172 && b >= 16 && b < 32) ||
    a < 2
  )
}
