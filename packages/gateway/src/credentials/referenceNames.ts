/**
 * What the names around a reference say of its value: the variable that is set, and the one that is read.
 */
import { isJumble } from '@sallyport/controls/secrets'
import { namesSecret } from '../config/literalSecrets.ts'

/** Where somebody chose to write a reference, these words say so as well; anywhere else too many mean something else. */
export function namesLikely(name: string): boolean {
  if (namesSecret(name)) return true
  const words = wordsOf(name)
  return LIKELY.has(words.at(-1) ?? '') && !NO_KEYS.has(words.at(-2) ?? '')
}
const LIKELY = new Set('key pass pwd pw pat auth creds salt seed pepper psk'.split(' '))
/** `SERVICE_KEY_2`, `KEY_PROD`. */
const WHICH = /^(?:\d+|prod|production|stage|staging|live|dev|test|old|new|primary|secondary)$/
/** `PRIMARY_KEY` names a column, `PROJECT_KEY` a project. */
const NO_KEYS = new Set(
  'public publishable primary foreign sort partition range project issue cache object routing shortcut hot'.split(
    ' ',
  ),
)

/** A generator made it, and no name says that it is an id, or where something is. */
export function isMade(value: string, names: readonly string[]): boolean {
  if (!isJumble(value) || ADDRESS.test(value)) return false
  return !names.some((one) => {
    const words = wordsOf(one)
    return HARMLESS.has(words.at(-1) ?? '') || (words.at(-1) === 'key' && NO_KEYS.has(words.at(-2) ?? ''))
  })
}
/** A host, somebody's mail, a resource of AWS. */
const ADDRESS = /^(?:(?:[^@\s]+@)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?::\d+)?|arn:.*)$/
/** What is named so goes from call to call: `SHEET_ID`, `DB_HOST`. */
const HARMLESS = new Set(
  (
    'id ids uuid guid host hostname server domain address addr ip ipv url uri arn region zone account tenant org organization team ' +
    'project channel database db bucket container namespace cluster instance conn connection email mail user username owner version tag ' +
    'image commit sha digest revision build branch date model device wallet path dir file name'
  ).split(' '),
)

/** @example wordsOf('serviceKey_PROD_2') // ['service', 'key'] */
function wordsOf(name: string): readonly string[] {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])|([A-Za-z])(?=\d+$)/g, '$1$3_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  while (words.length > 1 && WHICH.test(words.at(-1) ?? '')) words.pop()
  return words
}
