import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import { askServer } from './ask.ts'
import { type ListMethod, noteResult } from './lists.ts'
import { portOf } from './modernPort.ts'
import { exchangeOf, type ModernRequest, type ModernWorld } from './modernRequest.ts'
import { paramsText } from './paramsText.ts'
import { refreshOnce } from './sharedRefresh.ts'

/** Pages read at most when looking for one name. */
const MAX_PAGES = 20

/** Reads lists of modern servers into the catalogue, on behalf of a request that names something not seen yet. */
export async function fillCatalog(
  world: ModernWorld,
  request: ModernRequest,
  servers: readonly string[],
  methods: readonly ListMethod[],
): Promise<void> {
  const envelope = envelopeOnly(request.message.params)
  const fill = async (server: string, method: ListMethod) => {
    const port = portOf(world, request, server)
    let cursor: JsonValue | undefined
    for (let page = 0; page < MAX_PAGES; page++) {
      const params = port.dialect.params(method, cursor === undefined ? envelope : { ...envelope, cursor })
      const headers = port.dialect.headers(method, params, undefined, [])
      const exchange = { ...exchangeOf(world, request, server), method, params }
      const { asked } = askServer(world.relay, exchange, {
        link: () => port.link(),
        params: paramsText(params).of,
        ...(headers === undefined ? {} : { headers }),
        deadlineMs: world.deadlineMs(server),
      })
      const got = await asked
      if (!got.ok) return
      noteResult(method, server, got.result, world.catalog(request.principal))
      cursor = got.result.nextCursor
      if (cursor === undefined) return
    }
  }
  const catalog = world.catalog(request.principal)
  await Promise.all(
    servers.flatMap((server) =>
      methods.map((method) => refreshOnce(catalog, server, method, () => fill(server, method))),
    ),
  )
}

/** The request's envelope without what belongs to its own call. */
function envelopeOnly(params: JsonObject): JsonObject {
  if (!isObject(params._meta)) return {}
  const { progressToken: _token, ...meta } = params._meta
  return { _meta: meta }
}
