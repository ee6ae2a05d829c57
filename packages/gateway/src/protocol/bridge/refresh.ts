import { askServer } from './ask.ts'
import type { MergedList } from './lists.ts'
import { portOf } from './modernPort.ts'
import { exchangeOf, type ModernRequest, type ModernWorld } from './modernRequest.ts'
import { envelopeOnly, noteLookUp, recallModern, surfaceOf } from './modernSurface.ts'
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
    const surface = surfaceOf(world, request, server)
    return readList(method, server, catalog, async (page) => {
      const recalled = await recallModern(world, request, server, surface, method, page.cursor)
      if (recalled !== undefined) return { ok: true, result: recalled, said: recalled }
      const params = port.dialect.params(method, { ...envelope, ...page })
      const headers = port.dialect.headers(method, params, undefined, [])
      const exchange = { ...exchangeOf(world, request, server), method, params }
      const got = await askServer(world.relay, exchange, {
        link: () => port.link(),
        params: paramsText(params).of,
        ...(headers === undefined ? {} : { headers }),
        deadlineMs: Math.min(LOOK_UP_MS, world.deadlineMs(server)),
      }).asked
      if (got.ok) noteLookUp(surface, method, page, got.said)
      return got
    })
  }
  await Promise.all(
    servers.flatMap((server) =>
      methods.map((method) => refreshOnce(catalog, server, method, () => fill(server, method))),
    ),
  )
}
