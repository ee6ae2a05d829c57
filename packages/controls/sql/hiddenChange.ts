import { looseTexts } from './looseTexts.ts'

/**
 * Does a text that `checkSql` cannot read, or knows by its first word alone, hold what no query that reads has: the two words with
 * which a change of rows, tables or the server begins? A question in plain words has one of them at most.
 *
 * Cannot know: what a function does, and a column with the name of a statement before FROM (`SELECT a, delete FROM t`) is taken for one.
 *
 * @example hasChange('DELETE FROM notes AS ﬁ') // true
 * @example hasChange('Delete whatever is older than May') // false
 */
export function hasChange(text: string): boolean {
  return looseTexts(text).some((loose) => CHANGE.test(loose))
}

const OBJECT =
  '(?:table|view|materialized|index|schema|database|trigger|function|procedure|sequence|type|domain|extension|role|user|policy|rule|event|server|tablespace|aggregate|owned)'
const CREATED =
  '(?:(?:or\\s+replace|temp|temporary|global|local|unlogged|unique|virtual|recursive|foreign)\\s+){0,4}'
const WHATEVER = '(?:[^\\s;]+\\s+){1,6}?'
const CHANGE = new RegExp(
  `\\b(?:${[
    '(?:delete|merge)\\s+(?:(?:low_priority|quick|ignore)\\s+){0,3}(?:from|into)',
    '(?:insert|replace)\\s+(?:(?:or\\s+\\w+|low_priority|delayed|high_priority|ignore)\\s+){0,3}into',
    `update\\s+${WHATEVER}set`,
    `(?:drop|alter|create)\\s+${CREATED}${OBJECT}`,
    'rename\\s+(?:table|user)',
    'truncate\\s+(?:table|only)',
    'load\\s+(?:data|xml)',
    'execute\\s+immediate',
    'import\\s+foreign',
    'refresh\\s+materialized',
    'reindex\\s+(?:table|index|schema|database|system)',
    'kill\\s+(?:(?:query|connection)\\s+)?\\d+',
  ].join('|')})\\b|^[\\s;(]*(?:shutdown|truncate\\s+[\\w.]+)\\s*;?\\s*$`,
  'i',
)
