/**
 * Loaded before the sources of a gateway are: beside the controls of `pipeline/order.ts` stand some that fail, where a call
 * asks for it in its argument `text`: `PLACE WAY`, such as `request hangs`. Nothing else differs.
 */
import { registerHooks } from 'node:module'

/** Where each stands: right behind this line of `order.ts`. */
const BEHIND = {
  request: 'requestShape(),',
  dispatch: 'confirm(config, flow.flow, definitions),',
  response: 'hiddenText(policyOf),',
} as const

const WAYS: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw new Error('a control that throws')
  },
  rejects: async () => {
    throw new Error('a control that rejects')
  },
  hangs: () => new Promise(() => undefined),
  mumbles: () => ({ kind: 'fine' }),
}

interface Called {
  readonly arguments?: { readonly text?: string }
}

function broken(place: string) {
  const look = (exchange: Called) => {
    const [where, way = ''] = exchange.arguments?.text?.split(' ') ?? []
    return where === place ? (WAYS[way]?.() ?? { kind: 'pass' }) : { kind: 'pass' }
  }
  return { name: `broken-${place}`, decide: look, inspect: look }
}

Object.assign(globalThis, { brokenControl: broken })

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (!url.endsWith('/pipeline/order.ts')) return loaded
    let source = String(loaded.source)
    for (const [place, line] of Object.entries(BEHIND)) {
      if (source.split(line).length !== 2) throw new Error(`order.ts has not one line "${line}"`)
      source = source.replace(line, () => `${line} globalThis.brokenControl('${place}'),`)
    }
    return { ...loaded, source }
  },
})
