import type { ServerSurfaces } from './serverSurfaces.ts'
import type { SurfaceScope } from './surfaceKey.ts'
import { SurfaceView } from './surfaceView.ts'

/** Scopes in use on one connection: clients that declare many different things get no more memory for it. */
const MAX_VIEWS = 16

/**
 * The views of one session's users, by scope. A modern session has several: each request declares for itself.
 *
 * @example session.views.of(scope).page('tools/list', undefined)
 */
export class SurfaceViews {
  readonly #surfaces: ServerSurfaces
  readonly #views = new Map<string, SurfaceView>()

  constructor(surfaces: ServerSurfaces) {
    this.#surfaces = surfaces
  }

  /** True when no view has to be looked at again before a call on this connection: what costs a scope can be spared. */
  areCurrent(connection: object): boolean {
    for (const view of this.#views.values()) if (!view.isCurrent(connection)) return false
    return true
  }

  of(scope: SurfaceScope): SurfaceView {
    const { era, revision, principal, declared, client } = scope
    const key = JSON.stringify([era, revision, principal, declared, client])
    const known = this.#views.get(key)
    if (known !== undefined) return known
    const view = new SurfaceView(this.#surfaces, scope)
    this.#views.set(key, view)
    const [oldest] = this.#views.keys()
    if (this.#views.size > MAX_VIEWS && oldest !== undefined) this.#views.delete(oldest)
    return view
  }
}
