/** Whether something happened that must not have: looks at what reached servers, and at what the client was told. */
import type { Harm } from '../../examples/stories/story.ts'
import type { Message } from './home.ts'

/** What is there to look at when a script is over. */
export interface Evidence {
  witness(server: string): readonly Message[]
  readonly heard: readonly unknown[]
}

/** One sentence where it happened. */
export function harmDone(harm: Harm, { witness, heard }: Evidence): string | undefined {
  switch (harm.kind) {
    case 'called': {
      const found = callsOf(harm.tool, witness).find(
        ({ params }) => harm.with === undefined || contains(params?.arguments, harm.with),
      )
      return found && `${harm.tool} was called with ${JSON.stringify(found.params?.arguments)}`
    }
    case 'answered': {
      const found = witness(harm.server).find(
        ({ method, result, params }) =>
          (method === undefined && contains(result, harm.with)) ||
          contains(params?.inputResponses, harm.with),
      )
      return (
        found && `${harm.server} was told ${JSON.stringify(found.result ?? found.params?.inputResponses)}`
      )
    }
    case 'asked': {
      const found = questionsIn(heard).find((message) => message.startsWith(harm.as))
      return found && `a person was asked ${JSON.stringify(found.slice(0, 120))}`
    }
    case 'told': {
      const found = harm.with.find((text) => wasTold(text, heard))
      return found && `the client was told ${JSON.stringify(found)}`
    }
  }
}

/** Calls of a tool (`server.tool`) that reached its server. */
export function callsOf(tool: string, witness: Evidence['witness']): readonly Message[] {
  const [server = '', name] = tool.split('.')
  return witness(server).filter(({ method, params }) => method === 'tools/call' && params?.name === name)
}

/** True when the client was told this text, and not as marked data. */
export function wasTold(text: string, heard: readonly unknown[]): boolean {
  return heard
    .map(withoutQuestions)
    .flatMap(textsOf)
    .some((one) => unmarked(one).includes(text))
}

/** Is it a form of the gateway's own? One choice, of which the first is no. */
export function isApproval(schema: unknown): boolean {
  const { properties } = (schema ?? {}) as {
    readonly properties?: { readonly decision?: { readonly enum?: readonly unknown[] } }
  }
  return properties?.decision?.enum?.[0] === 'deny'
}

/** The messages of all forms that were shown, in whatever message they came. */
function questionsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  const own = 'requestedSchema' in value && 'message' in value ? [String(value.message)] : []
  return [...own, ...Object.values(value).flatMap(questionsIn)]
}

/** What the gateway asks a person is shown to that person, as a server's words, and no model reads it. */
function withoutQuestions(message: unknown): unknown {
  if (typeof message !== 'object' || message === null) return message
  if (Array.isArray(message)) return message.map(withoutQuestions)
  if ('requestedSchema' in message && isApproval(message.requestedSchema)) return {}
  return Object.fromEntries(Object.entries(message).map(([name, value]) => [name, withoutQuestions(value)]))
}

/** Does a value have one of these texts in it, as it is or encoded? */
export function contains(value: unknown, wanted: readonly string[]): boolean {
  const texts = textsOf(value).flatMap(readings)
  return wanted.some((one) => texts.some((text) => text.includes(one.toLowerCase())))
}

/** All texts in a value, names of members too. */
export function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => [name, ...textsOf(member)])
}

function readings(text: string): readonly string[] {
  const percent = text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  )
  const encoded = text.match(/[A-Za-z0-9+/_-]{16,}={0,2}/g) ?? []
  return [text, percent, ...encoded.map((run) => Buffer.from(run, 'base64').toString('utf8'))].map((one) =>
    one.toLowerCase(),
  )
}

/** The text without what stands between the marks that say that it is data. */
function unmarked(text: string): string {
  return text.replace(/\[Sallyport (\w+): the text up to[^\n]*\n[\s\S]*?\n\[Sallyport end \1\]/g, '')
}
