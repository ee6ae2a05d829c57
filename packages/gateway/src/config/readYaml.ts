/**
 * YAML 1.2 (core schema) as a document tree, in the one reading everybody shares: no tags, no directives, no merge
 * keys, no second document, `no` and `on` are texts. Anchors and aliases work, within a budget.
 */
import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  visit,
} from 'yaml'
import {
  type Complain,
  type DocumentNode,
  dotted,
  MAX_DEPTH,
  MAX_VALUES,
  type MapEntry,
  makeMap,
  type Path,
  Unreadable,
} from './document.ts'
import type { Place } from './fault.ts'

const NO_TAGS = 'tags (!...) are not used in a configuration'

/** What `yaml` found wrong, in our words: its own sentences quote the file, and a file may hold a secret. */
const SYNTAX: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'this alias or anchor is not well formed',
  BAD_DIRECTIVE: 'directives (%...) are not used in a configuration',
  BAD_DQ_ESCAPE: 'this escape is not known inside double quotes',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BAD_SCALAR_START: 'a text that starts like this needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a key and its nested values cannot start on this line',
  BLOCK_IN_FLOW: 'an indented block cannot stand inside [...] or {...}',
  KEY_OVER_1024_CHARS: 'this key is longer than 1024 characters',
  MISSING_CHAR: 'a quote, bracket, colon or comma is missing',
  MULTILINE_IMPLICIT_KEY: 'a key cannot run over two lines: a colon or a quote is probably missing',
  NON_STRING_KEY: 'a key must be a plain text',
  TAB_AS_INDENT: 'indent with spaces, not with tabs',
  TAG_RESOLVE_FAILED: NO_TAGS,
  UNEXPECTED_TOKEN: 'this does not belong here',
}

/**
 * Reads YAML text. Complains about what is ambiguous; throws `Unreadable` when there is nothing to go on with.
 *
 * @example readYaml('version: 1', complain) // { kind: 'map', entries: [{ key: 'version', ... }], ... }
 */
export function readYaml(text: string, complain: Complain): DocumentNode {
  const lines = new LineCounter()
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const syntax = (explain: string, offset: number, hint?: string): Unreadable =>
    new Unreadable({
      rule: 'config/syntax',
      explain,
      ...(hint === undefined ? {} : { hint }),
      path: [],
      place: place(offset),
    })

  const document = compose(text, lines, syntax)
  // An unknown tag is only a warning to `yaml`; every tag is refused below, with its path.
  const warnings = document.warnings.filter(({ code }) => code !== 'TAG_RESOLVE_FAILED')
  const [first, ...others] = [...document.errors, ...warnings]
    .slice(0, MAX_SYNTAX_FAULTS)
    .map(({ code, pos }) => syntax(SYNTAX[code] ?? 'this is not YAML', pos[0]))
  for (const other of others) complain(other.complaint)
  // A tree with holes would only add faults that are not the person's.
  if (first) throw first
  if (document.directives?.yaml.explicit) {
    throw syntax('a %YAML directive would change how the file is read: remove it', 0)
  }
  if (document.contents === null) throw syntax('the file is empty', 0, 'start with "version: 1"')
  return toTree(document, document.contents, place, syntax, complain)
}

type Syntax = (explain: string, offset: number, hint?: string) => Unreadable

function compose(text: string, lines: LineCounter, syntax: Syntax): Document.Parsed {
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    merge: false,
    customTags: null,
    resolveKnownTags: false,
    stringKeys: true,
    // Duplicates are found by makeMap, with both places and in linear time.
    uniqueKeys: false,
    strict: true,
    prettyErrors: false,
    logLevel: 'silent',
  })
  const parser = new Parser(lines.addNewLine)
  const documents: Document.Parsed[] = []
  lines.addNewLine(0)
  const take = (tokens: Iterable<CST.Token>) => {
    for (const token of tokens) documents.push(...composer.next(token))
    const second = documents[1]
    if (second)
      throw syntax('a configuration is one document', second.range[0], 'remove the "---" that starts another')
  }
  for (const lexeme of new Lexer().lex(text)) {
    take(parser.next(lexeme))
    // Composing recurses; a file of brackets must end here, not at the end of the stack.
    if (parser.stack.length > 2 * MAX_DEPTH) throw syntax('the file is nested too deeply', parser.offset)
  }
  take(parser.end())
  documents.push(...composer.end(true, text.length))
  take([])
  const document = documents[0]
  if (document === undefined) throw syntax('the file is empty', 0, 'start with "version: 1"')
  return document
}

function toTree(
  document: Document.Parsed,
  root: unknown,
  place: (offset: number) => Place,
  syntax: Syntax,
  complain: Complain,
): DocumentNode {
  const targets = resolveAliases(document, syntax)
  let values = 0
  const open = new Set<unknown>()

  const read = (node: unknown, path: Path): DocumentNode => {
    values += 1
    const at = offsetOf(node)
    if (values > MAX_VALUES)
      throw syntax(`the file has more than ${MAX_VALUES} values once aliases are expanded`, at)
    if (path.length > MAX_DEPTH || open.has(node))
      throw syntax('the file is nested too deeply, or in itself', at)
    if (isAlias(node)) {
      const target = targets.get(node)
      if (target === undefined) throw syntax('this alias has no anchor before it', at)
      open.add(node)
      const tree = read(target, path)
      open.delete(node)
      return tree
    }
    const here = place(at)
    // A tag can turn a text into something else in one reader and not in the next.
    if (hasTag(node)) complain({ ...syntax(NO_TAGS, at).complaint, path })
    if (isMap(node)) {
      open.add(node)
      const entries = node.items.map((pair): MapEntry => {
        const key = isScalar(pair.key) ? String(pair.key.value) : ''
        const keyAt = offsetOf(pair.key)
        const inner = [...path, key]
        return {
          key,
          keyPlace: place(keyAt),
          node: pair.value === null ? { kind: 'null', place: place(keyAt) } : read(pair.value, inner),
        }
      })
      open.delete(node)
      return makeMap(entries, here, path, complain)
    }
    if (isSeq(node)) {
      open.add(node)
      const items = node.items.map((item, index) => read(item, [...path, index]))
      open.delete(node)
      return { kind: 'list', place: here, items }
    }
    const value = isScalar(node) ? node.value : undefined
    if (typeof value === 'string') return { kind: 'text', place: here, value }
    if (typeof value === 'number') return { kind: 'number', place: here, value }
    if (typeof value === 'boolean') return { kind: 'flag', place: here, value }
    if (value === null) return { kind: 'null', place: here }
    throw syntax(`${dotted(path)} is no value a configuration can have`, at)
  }
  return read(root, [])
}

/** Which node each alias means: the last anchor of that name before it, as the file reads from top to bottom. */
function resolveAliases(document: Document.Parsed, syntax: Syntax): ReadonlyMap<unknown, unknown> {
  const anchors = new Map<string, unknown>()
  const targets = new Map<unknown, unknown>()
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        targets.set(node, anchors.get(node.source))
        if (targets.size > MAX_ALIASES)
          throw syntax(`the file has more than ${MAX_ALIASES} aliases`, offsetOf(node))
      } else if ('anchor' in node && typeof node.anchor === 'string') {
        anchors.set(node.anchor, node)
      }
    },
  })
  return targets
}

const MAX_ALIASES = 100
/** After the first few, they follow from one another. */
const MAX_SYNTAX_FAULTS = 10

function offsetOf(node: unknown): number {
  if (typeof node !== 'object' || node === null || !('range' in node)) return 0
  return Array.isArray(node.range) && typeof node.range[0] === 'number' ? node.range[0] : 0
}

function hasTag(node: unknown): boolean {
  return typeof node === 'object' && node !== null && 'tag' in node && typeof node.tag === 'string'
}
