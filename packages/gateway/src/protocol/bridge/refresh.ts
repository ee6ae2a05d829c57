import { isObject, type JsonObject } from '@sallyport/controls/json'
import { askServer } from './ask.ts'
import type { MergedList } from './lists.ts'
import { portOf } from './modernPort.ts'
import { exchangeOf, type ModernRequest, type ModernWorld } from './modernRequest.ts'
import { paramsText } from './paramsText.ts'
import { LOOK_UP_MS, readList } from './readList.ts'
import { refreshOnce } from './sharedRefresh.ts'

/** Reads lists of modern servers into the catalogue, on behalf of a request that names something not seen yet. */
export async function fillCatalog(
  world: ModernWorld,
  request: ModernRequest,
  servers: readonly string[],
  methods: readonly MergedList[],
): Promise<void> {
  const envelope = envelopeOnly(request.message.params)
  const catalog = world.catalog(request.principal)
  const fill = async (server: string, method: MergedList) => {
    const port = portOf(world, request, server)
    return readList(method, server, catalog, (page) => {
      const params = port.dialect.params(method, { ...envelope, ...page })
      const headers = port.dialect.headers(method, params, undefined, [])
      const exchange = { ...exchangeOf(world, request, server), method, params }
      return askServer(world.relay, exchange, {
        link: () => port.link(),
        params: paramsText(params).of,
        ...(headers === undefined ? {} : { headers }),
        deadlineMs: Math.min(LOOK_UP_MS, world.deadlineMs(server)),
      }).asked
    })
  }
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
