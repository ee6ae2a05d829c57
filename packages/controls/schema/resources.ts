/**
 * Which schema a `$ref` means: identifiers and anchors of one document. Nothing is ever fetched, and nothing outside of
 * the document is known: a reference to it is a fault (control D08; a server could else have the gateway call anybody).
 */
import { isObject, type JsonObject, type JsonValue } from '../json/index.ts'
import type { Dialect } from './dialects.ts'
import { SchemaFault } from './fault.ts'
import { subSchemas } from './places.ts'

/** A document, or a part of it with an identifier of its own. */
export interface Resource {
  /** Known once its root was read. */
  uri: string
  readonly root: JsonValue
  readonly anchors: Map<string, JsonValue>
  /** Anchors that `$dynamicRef` may find in whoever refers to this resource. */
  readonly dynamic: Map<string, JsonObject>
}

/** What a reference means. */
export interface Target {
  readonly schema: JsonValue
  readonly resource: Resource
  /** The name that is looked for dynamically, where the target has a dynamic anchor of this name. */
  readonly dynamic?: string
}

/** Where a document without an identifier is. */
const NOWHERE = 'schema://document/'
/** Schemas within one schema, each of which becomes a function. */
export const MAX_SCHEMAS = 20_000

export class Resources {
  readonly root: Resource
  readonly #byUri = new Map<string, Resource>()
  readonly #owners = new Map<JsonObject, Resource>()
  readonly #dialect: Dialect
  #count = 0

  constructor(document: JsonValue, dialect: Dialect) {
    this.#dialect = dialect
    this.root = this.#open(NOWHERE, document)
    this.#index(document, this.root, '')
  }

  get all(): readonly Resource[] {
    return [...new Set(this.#byUri.values())]
  }

  ownerOf(schema: JsonValue): Resource | undefined {
    return isObject(schema) ? this.#owners.get(schema) : undefined
  }

  /** @throws SchemaFault when there is no such schema in the document */
  resolve(reference: string, from: Resource, where: string): Target {
    const url = absolute(reference, from.uri, where)
    const fragment = decode(url.hash.slice(1), where)
    url.hash = ''
    const resource = this.#byUri.get(url.href)
    if (resource === undefined)
      throw new SchemaFault(where, 'refers to something outside of the schema, which is never fetched')
    if (fragment === '' || fragment.startsWith('/')) return this.#walk(fragment, resource, where)
    const dynamic = resource.dynamic.get(fragment)
    const schema = dynamic ?? resource.anchors.get(fragment)
    if (schema === undefined) throw new SchemaFault(where, 'refers to an anchor that is not there')
    return { schema, resource, ...(dynamic === undefined ? {} : { dynamic: fragment }) }
  }

  #walk(pointer: string, from: Resource, where: string): Target {
    let resource = from
    let schema: JsonValue | undefined = from.root
    for (const segment of pointer.split('/').slice(1)) {
      const key = segment.replaceAll('~1', '/').replaceAll('~0', '~')
      if (Array.isArray(schema)) schema = /^(?:0|[1-9]\d{0,8})$/.test(key) ? schema[Number(key)] : undefined
      else schema = isObject(schema) && Object.hasOwn(schema, key) ? schema[key] : undefined
      if (schema === undefined) throw new SchemaFault(where, 'refers to a place that is not there')
      resource = this.ownerOf(schema) ?? resource
    }
    return { schema, resource }
  }

  #index(schema: JsonValue, outer: Resource, where: string): void {
    if (!isObject(schema)) return
    if (++this.#count > MAX_SCHEMAS) throw new SchemaFault('', `has more than ${MAX_SCHEMAS} schemas in it`)
    const { refAlone, id } = this.#dialect
    let resource = outer
    const named = refAlone && schema.$ref !== undefined ? undefined : schema[id]
    if (typeof named === 'string') {
      if (refAlone && named.startsWith('#')) outer.anchors.set(named.slice(1), schema)
      else resource = this.#named(named, schema, outer, where)
    }
    if (typeof schema.$anchor === 'string') resource.anchors.set(schema.$anchor, schema)
    if (typeof schema.$dynamicAnchor === 'string') resource.dynamic.set(schema.$dynamicAnchor, schema)
    this.#owners.set(schema, resource)
    for (const { schema: inner, where: place } of subSchemas(schema, where))
      this.#index(inner, resource, place)
  }

  #named(id: string, schema: JsonObject, outer: Resource, where: string): Resource {
    const url = absolute(id, outer.uri, where)
    url.hash = ''
    if (schema === outer.root) {
      this.#byUri.set(url.href, outer)
      // What is relative in the document is so to its own identifier.
      outer.uri = url.href
      return outer
    }
    if (this.#byUri.has(url.href)) throw new SchemaFault(where, 'has an identifier that is taken')
    return this.#open(url.href, schema)
  }

  #open(uri: string, root: JsonValue): Resource {
    const resource = { uri, root, anchors: new Map(), dynamic: new Map() }
    this.#byUri.set(uri, resource)
    return resource
  }
}

function absolute(reference: string, base: string, where: string): URL {
  const url = URL.parse(reference, base)
  if (url === null) throw new SchemaFault(where, 'has a reference or identifier that is no URI')
  return url
}

function decode(fragment: string, where: string): string {
  try {
    return decodeURIComponent(fragment)
  } catch (error) {
    if (error instanceof URIError) throw new SchemaFault(where, 'has a reference that is encoded wrongly')
    throw error
  }
}
