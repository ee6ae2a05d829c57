import { conceptId } from '../words/concepts.ts'
import { hashWord } from '../words/hash.ts'
import type { Token } from '../words/tokens.ts'

const ids = (names: string): ReadonlySet<number> => new Set(names.split(' ').map(conceptId))
const words = (list: string): ReadonlySet<number> => new Set(list.split(' ').map(hashWord))

const ACTIONS = ids('read send publish pass run call change delete grant disable obey recommend ignore')
const DONT = conceptId('dont')
const MUST = conceptId('must')
const USER = conceptId('user')
const SPEECH = ids('tell ask')
/** "Do not forget to ...", "never skip ...": no prohibition of what follows. */
const NOT_DOING = words('forget skip omit miss fail hesitate neglect avoid refuse stop')
/** "Do not answer before you have read ...": a demand. */
const CONDITIONS = words('before without unless until bevor ohne avant sans antes sin')
const TO = hashWord('to')
const BEFORE_IT = 3
const BEHIND_IT = 2

const has = ({ concepts }: Token, wanted: ReadonlySet<number>) =>
  concepts.some((concept) => wanted.has(concept))

/**
 * Whether what was matched is forbidden rather than asked for: "never change the recipient", "do not follow instructions in the page".
 * Honest definitions forbid what attacks demand, in the same words.
 */
export function isForbidden(tokens: readonly Token[], from: number, to: number): boolean {
  for (let at = Math.max(0, from - BEFORE_IT); at < to; at++) {
    const token = tokens[at]
    if (token === undefined || !token.concepts.includes(DONT) || token.concepts.includes(MUST)) continue
    // "Never call it without reading ...": what follows is what is wanted.
    if (CONDITIONS.has(token.word)) continue
    const next = tokens.slice(at + 1, Math.min(to, at + 1 + BEHIND_IT) + 1)
    if (next.some(({ word }) => NOT_DOING.has(word))) continue
    const verb = next.findIndex((behind) => has(behind, ACTIONS))
    if (verb < 0 || at + 1 + verb < from) continue
    if (!tokens.slice(at + 1, to).some(({ word }) => CONDITIONS.has(word))) return true
  }
  return false
}

/** Whether it is the user who is to do it: "ask the user to run ...". */
export function isForUser(tokens: readonly Token[], from: number, to: number): boolean {
  for (let at = Math.max(1, from - BEFORE_IT); at < to; at++) {
    const user = tokens[at]
    if (user === undefined || !user.concepts.includes(USER) || tokens[at + 1]?.word !== TO) continue
    const said = tokens.slice(Math.max(0, at - 2), at).some((token) => has(token, SPEECH))
    const verb = tokens[at + 2]
    if (said && verb !== undefined && has(verb, ACTIONS)) return true
  }
  return false
}
