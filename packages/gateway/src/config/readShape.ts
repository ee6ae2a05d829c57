/**
 * Reads a document tree by its description: every fault at once, nothing coerced, nothing unknown let through.
 */

import { checkKeys } from './checkKeys.ts'
import { type Complain, type DocumentNode, dotted, type MapNode, type Path, quoteKey } from './document.ts'
import type { ConfigRule, Place } from './fault.ts'
import type { DurationShape, MapShape, Objection, Plain, Read, Shape, SizeShape, TextShape } from './shape.ts'
import { suggest } from './suggest.ts'
import { parseDuration, parseSize } from './units.ts'

/**
 * What the document says, typed and with defaults filled in. The result means something only when nothing was
 * complained about: a value with a fault is left out.
 *
 * @example
 * readShape(record({ level: preset(choice('info', 'debug'), 'info', '...') }), node, complain) // { level: 'info' }
 */
export function readShape<S extends Shape>(shape: S, node: DocumentNode, complain: Complain): Read<S> {
  // The one place where the description's type becomes the value's: `read` follows the same kinds as `Read`.
  return read(shape, node, [], node.place, complain) as Read<S>
}

const KINDS: Readonly<Record<DocumentNode['kind'], string>> = {
  map: 'a map of keys',
  list: 'a list',
  text: 'a text',
  number: 'a number',
  flag: 'true or false',
  null: 'empty',
}

/** `owner`: the key this value stands under, for faults about what is not there. */
function read(shape: Shape, node: DocumentNode, path: Path, owner: Place, complain: Complain): unknown {
  const fault = (rule: ConfigRule, explain: string, hint?: string, place = node.place) => {
    complain({
      rule,
      explain: `${dotted(path)} ${explain}`,
      ...(hint === undefined ? {} : { hint }),
      path,
      place,
    })
    return undefined
  }
  const wrongType = (wanted: string, hint?: string) =>
    fault('config/type', `must be ${wanted}, not ${KINDS[node.kind]}`, hint)

  switch (shape.kind) {
    case 'text': {
      if (node.kind !== 'text') {
        return wrongType(
          shape.means,
          node.kind === 'number' || node.kind === 'flag' ? 'put it in quotes' : undefined,
        )
      }
      const objection = refuseText(shape, node.value)
      return objection ? fault(objection.rule, objection.explain, objection.hint) : node.value
    }
    case 'choice': {
      const wanted = shape.options.length === 1 ? `${shape.options[0]}` : `one of ${shape.options.join(', ')}`
      if (node.kind !== typeOf(shape.options[0])) return wrongType(wanted)
      const option = shape.options.find((each) => 'value' in node && each === node.value)
      if (option !== undefined) return option
      const near = node.kind === 'text' ? suggest(node.value, shape.options.map(String)) : undefined
      return fault('config/value', `must be ${wanted}`, near && `did you mean "${near}"?`)
    }
    case 'integer': {
      const wanted = `a whole number from ${shape.min} to ${shape.max}`
      if (node.kind !== 'number')
        return wrongType(wanted, node.kind === 'text' ? 'write it without quotes' : undefined)
      if (!Number.isInteger(node.value) || node.value < shape.min || node.value > shape.max) {
        return fault('config/value', `must be ${wanted}`)
      }
      return node.value
    }
    case 'flag':
      return node.kind === 'flag' ? node.value : wrongType('true or false')
    case 'duration':
    case 'size':
      return readQuantity(shape, node, fault, wrongType)
    case 'list': {
      if (node.kind !== 'list') return wrongType('a list')
      if (node.items.length === 0 && shape.notEmpty !== undefined) {
        return fault('config/value', `is an empty list: ${shape.notEmpty}`)
      }
      return node.items.map((item, index) => {
        const items = index === 0 && shape.first ? shape.first : shape.items
        return read(items, item, [...path, index], item.place, complain)
      })
    }
    case 'either':
      if (node.kind === 'text') return read(shape.text, node, path, owner, complain)
      if (node.kind === 'list') return read(shape.list, node, path, owner, complain)
      return wrongType(`${shape.text.means} or a list`)
    case 'map':
      return node.kind === 'map' ? readMap(shape, node, path, complain) : wrongType(`a map of ${shape.key}s`)
    case 'record': {
      if (node.kind !== 'map') return wrongType('a map of keys')
      checkKeys(shape, node, path, owner, complain)
      const values: [string, unknown][] = []
      const written = new Map(node.entries.map((entry) => [entry.key, entry]))
      for (const [name, field] of Object.entries(shape.fields)) {
        const entry = written.get(name)
        if (entry) {
          values.push([name, read(field.shape, entry.node, [...path, name], entry.keyPlace, complain)])
        } else if (field.default !== undefined) {
          values.push([
            name,
            read(field.shape, plainNode(field.default, owner), [...path, name], owner, complain),
          ])
        }
      }
      return Object.fromEntries(values)
    }
  }
}

type Fault = (rule: ConfigRule, explain: string, hint?: string) => undefined

function readQuantity(
  shape: DurationShape | SizeShape,
  node: DocumentNode,
  fault: Fault,
  wrongType: (wanted: string, hint?: string) => undefined,
): number | undefined {
  const [parse, example] =
    shape.kind === 'duration' ? ([parseDuration, '30s'] as const) : ([parseSize, '4MiB'] as const)
  const units = shape.kind === 'duration' ? 'ms, s, m, h, d' : 'B, kB, MB, GB, KiB, MiB, GiB'
  const never = shape.never === undefined ? '' : ` or "${shape.never}"`
  const wanted = `a ${shape.kind} such as "${example}"${never}`
  const hint = `write a whole number and a unit: ${units}`
  if (node.kind !== 'text') return wrongType(wanted, node.kind === 'number' ? hint : undefined)
  if (node.value === shape.never) return 0
  const amount = parse(node.value)
  if (amount === undefined) return fault('config/value', `must be ${wanted}`, hint)
  if (amount < (parse(shape.min) ?? 0) || amount > (parse(shape.max) ?? 0)) {
    return fault('config/range', `must be from ${shape.min} to ${shape.max}`)
  }
  return amount
}

function readMap(shape: MapShape, node: MapNode, path: Path, complain: Complain): unknown {
  const together = shape.check?.(node.entries.map((entry) => entry.key))
  return node.entries.map((entry) => {
    const inner = [...path, entry.key]
    const objection = refuseText(shape.keys, entry.key) ?? together?.get(entry.key)
    if (objection) {
      complain({
        rule: objection.rule,
        explain: `the ${shape.key} ${quoteKey(entry.key)} in ${dotted(path)} ${objection.explain}`,
        ...(objection.hint === undefined ? {} : { hint: objection.hint }),
        path: inner,
        place: entry.keyPlace,
      })
    }
    return [entry.key, read(shape.values, entry.node, inner, entry.keyPlace, complain)]
  })
}

function refuseText(shape: TextShape, text: string): Objection | undefined {
  if (shape.pattern.test(text)) return shape.check?.(text)
  return { rule: 'config/value', ...(shape.advise?.(text) ?? { explain: `must be ${shape.means}` }) }
}

function typeOf(option: string | number | undefined): DocumentNode['kind'] {
  return typeof option === 'number' ? 'number' : 'text'
}

/** A default, as if it had been written where its section stands. */
function plainNode(value: Plain, place: Place): DocumentNode {
  if (typeof value === 'string') return { kind: 'text', place, value }
  if (typeof value === 'number') return { kind: 'number', place, value }
  if (typeof value === 'boolean') return { kind: 'flag', place, value }
  if (isPlainList(value)) return { kind: 'list', place, items: value.map((item) => plainNode(item, place)) }
  const entries = Object.entries(value).map(([key, inner]) => ({
    key,
    keyPlace: place,
    node: plainNode(inner, place),
  }))
  return { kind: 'map', place, entries }
}

function isPlainList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value)
}
