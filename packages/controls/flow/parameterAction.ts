import { isObject, type JsonObject } from '../json/index.ts'
import type { Action } from './action.ts'
import { nameWords } from './nameWords.ts'
import { parametersOf } from './toolParameters.ts'
import * as tables from './verbs.ts'

/**
 * The parameter of a tool named like a reader that no reader has, and what it makes of the tool: a command, code to run, SQL that may
 * be any, a method of HTTP, what is to be kept or sent.
 *
 * `worksOnText`: the tool is one that is given a text to look at (`validate`, `search`); then what it is given is no body.
 */
export function wordOfParameter(
  definition: JsonObject | undefined,
  described: string,
  worksOnText: boolean,
): { readonly action: Action; readonly name: string } | undefined {
  const parameters = parametersOf(definition).map(({ name, schema }) => ({
    name,
    word: nameWords(name).join(''),
    about: about(schema),
  }))
  const hasAddress = parameters.some(({ word }) => ADDRESSES.has(word))
  for (const { name: given, word, about } of parameters) {
    const name = given.slice(0, 40)
    if (tables.RUN_PARAMETERS.has(word)) return { action: 'runs', name }
    if (tables.HOOK_PARAMETERS.has(word)) return { action: 'sends', name }
    if (word === 'method' && (hasAddress || HTTP_WRITES.test(about))) return { action: 'sends', name }
    if (tables.SQL_PARAMETERS.has(word) && takesSql(word, about, described) && !worksOnText) {
      if (!onlySelects(`${described}\n${about}`)) return { action: 'runs', name }
    }
    if (tables.CODE_PARAMETERS.has(word) && EXECUTES.test(`${described}\n${about}`))
      return { action: 'runs', name }
    if (!worksOnText && tables.BODY_PARAMETERS.has(word))
      return { action: hasAddress ? 'sends' : 'adds', name }
  }
  return undefined
}

function about(schema: unknown): string {
  if (!isObject(schema)) return ''
  const choices = Array.isArray(schema.enum)
    ? schema.enum
        .slice(0, 16)
        .filter((one) => typeof one === 'string')
        .join(' ')
        .slice(0, 500)
    : ''
  return `${typeof schema.description === 'string' ? schema.description.slice(0, 500) : ''} ${choices}`
}

function takesSql(word: string, about: string, described: string): boolean {
  return word.startsWith('sql') || SQL.test(about) || SQL.test(described)
}

/** Says so, whoever says it: a server that lies here could as well have been named `list`. */
function onlySelects(said: string): boolean {
  return READ_ONLY.test(said) || (SELECTS.test(said) && !SQL_WRITES.test(said))
}

const ADDRESSES: ReadonlySet<string> = new Set('url uri endpoint'.split(' '))
const HTTP_WRITES = /\b(?:POST|PUT|DELETE|PATCH)\b/
const SQL = /\bSQL\b/i
const READ_ONLY = /\bread[- ]?only\b/i
const SELECTS = /\bSELECT\b/
const SQL_WRITES = /\b(?:INSERT|UPDATE|DELETE|DROP|ALTER|TRUNCATE|any SQL|arbitrary SQL)\b/i
const EXECUTES = /\b(?:execut(?:es?|ed|ing)|evaluat(?:es?|ed|ing)|runs?|running) /i
