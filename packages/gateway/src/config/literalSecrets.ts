// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
/**
 * Finds secrets written into the configuration itself (control B11): by what they look like, and by the name they
 * stand under. The fault names the key, never the value.
 */
import { isSecretName, looksLikeSecret } from '@sallyport/controls/secrets'
import { splitCommand } from './commandLine.ts'
import { type Complain, type DocumentNode, dotted, type Path } from './document.ts'
import type { Place } from './fault.ts'

/** Under a telling name, anything of this length or more that is no reference is taken for the secret. */
const TELLING_LENGTH = 8

/** Anywhere in a variable's name these words tell, as in `GITHUB_TOKEN_PROD`. */
const SECRET_WORDS = new Set(['token', 'secret', 'password', 'passwd', 'passphrase', 'apikey'])
/** Names that end in these say something about a secret: `TOKEN_FILE` where it is, `TOKEN_TTL` how long it lives. */
const ABOUT_WORDS = new Set(
  'file path dir url uri endpoint name type ttl expiry length limit count budget size prefix algorithm issuer provider'.split(
    ' ',
  ),
)

/**
 * Does the name of this variable, header or option say that its value is a secret?
 *
 * @example
 * namesSecret('GITHUB_TOKEN') // true; likewise 'X-Api-Key', 'dbPassword', '--auth-token'
 * namesSecret('MAX_TOKENS')   // false; likewise 'TOKEN_FILE'
 */
export function namesSecret(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
  if (ABOUT_WORDS.has(words.at(-1) ?? '')) return false
  return isSecretName(name) || words.some((word) => SECRET_WORDS.has(word))
}

/** Complains about every literal secret in the document, wherever it stands. */
export function refuseLiteralSecrets(root: DocumentNode, complain: Complain): void {
  const report = (what: string, path: Path, place: Place) =>
    complain({
      rule: 'config/secret',
      explain: `${dotted(path)} ${what}`,
      hint: hintFor(path),
      path,
      place,
    })

  const walk = (node: DocumentNode, path: Path, keyPlace: Place, name: string) => {
    if (node.kind === 'map') {
      for (const entry of node.entries) walk(entry.node, [...path, entry.key], entry.keyPlace, entry.key)
    } else if (node.kind === 'list') {
      const words = node.items.map((item) => (item.kind === 'text' ? item.value : ''))
      for (const [index, item] of node.items.entries()) {
        const what =
          secretArgument(words, index) ?? (item.kind === 'text' ? secretText(item.value, '') : undefined)
        if (what) report(what, [...path, index], item.place)
        else if (item.kind !== 'text') walk(item, [...path, index], item.place, '')
      }
    } else if (node.kind === 'text') {
      const what =
        secretText(node.value, name) ?? (name === 'command' ? secretInCommand(node.value) : undefined)
      if (what) report(what, path, keyPlace)
    } else if (node.kind === 'number' && namesSecret(name) && String(node.value).length >= TELLING_LENGTH) {
      report('holds a secret, to judge by its name', path, keyPlace)
    }
  }
  walk(root, [], root.place, '')
}

/** What is wrong with a text under this name, if anything. */
function secretText(value: string, name: string): string | undefined {
  const rule = looksLikeSecret(value)
  if (rule !== undefined) return `holds a literal that looks like a secret (${rule})`
  for (const [, key = '', held = ''] of value.matchAll(/[?&]([^=&#\s]+)=([^&#\s]*)/gu)) {
    if (namesSecret(key) && isTelling(held)) return 'holds an address with a secret in its query'
  }
  return namesSecret(name) && isTelling(value) && !isCredentialsPath(name, value)
    ? 'holds a secret, to judge by its name'
    : undefined
}

/** `GOOGLE_APPLICATION_CREDENTIALS` and its like hold a path by convention. */
function isCredentialsPath(name: string, value: string): boolean {
  return /credentials$/i.test(name) && /^(?:~|\.{1,2})?\/[\w./ -]+$/u.test(value)
}

/** `--token VALUE` and `--token=VALUE`; every user of the machine can read arguments. */
function secretArgument(words: readonly string[], index: number): string | undefined {
  const word = words[index] ?? ''
  const [, name = '', value = ''] = /^-{1,2}([A-Za-z][\w-]*)=(.*)$/su.exec(word) ?? []
  if (namesSecret(name) && isTelling(value)) return 'holds a secret, to judge by its name'
  const before = words[index - 1] ?? ''
  const follows = /^-{1,2}[A-Za-z][\w-]*$/u.test(before) && namesSecret(before) && !word.startsWith('-')
  return follows && isTelling(word) ? `holds a secret, to judge by the argument before it` : undefined
}

function secretInCommand(command: string): string | undefined {
  const split = splitCommand(command)
  if (!split.ok) return undefined
  const words = split.words.map((word) => word.text)
  for (const [index, word] of words.entries()) {
    const what = secretArgument(words, index) ?? secretText(word, '')
    if (what) return what
  }
  return undefined
}

function isTelling(value: string): boolean {
  return value.length >= TELLING_LENGTH && !value.includes('${')
}

function hintFor(path: Path): string {
  const section = path[2]
  const name = String(path[3] ?? 'NAME').replaceAll(/[^A-Za-z0-9]+/g, '_')
  const variable = (/^[A-Za-z_]/.test(name) ? name : `_${name}`).slice(0, 64)
  // The command asks for the value: on a command line every user of the machine could read it.
  if (section === 'env') return moved(variable)
  if (section === 'headers') return moved(variable.toUpperCase())
  return 'give it to the server in env, or to an address in headers: run "sallyport secrets set NAME", which asks for it, and write ${keychain:NAME} there (or ${env:NAME}, or ${file:/path})'
}

function moved(name: string): string {
  return `run "sallyport secrets set ${name}", which asks for the value, and write \${keychain:${name}} here (or \${env:${name}}, or \${file:/path})`
}
