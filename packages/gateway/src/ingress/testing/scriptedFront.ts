/**
 * A small gateway for tests of the doors: it records what reaches it and answers as the test says.
 */
import type { AuditEntry } from '../../audit/entry.ts'
import type { Inbound } from '../../protocol/message.ts'
import type { Caller, Front, LegacyPort, ModernReply, View } from '../port.ts'
import { principalKey } from '../port.ts'

export interface SeenCall {
  readonly era: 'legacy' | 'modern'
  readonly kind: Inbound['kind']
  readonly method: string
  readonly id: string | undefined
  readonly tool: string | undefined
  readonly principal: string
  readonly view: View
  readonly conversation?: string
  readonly mirrored?: Readonly<Record<string, string>>
}

export interface LegacyScriptPort extends LegacyPort {
  readonly conversation: string
}

export interface Script {
  modern?(message: Inbound, reply: ModernReply): void
  legacy?(message: Inbound, port: LegacyScriptPort): void
  record?(entry: AuditEntry): Promise<void>
  /** Servers that have a view of their own. */
  readonly servers?: readonly string[]
}

export interface ScriptedFront extends Front {
  readonly calls: SeenCall[]
  readonly entries: AuditEntry[]
  /** `METHOD id: reason` of each cancelled modern call, in order. */
  readonly cancelled: string[]
  /** `conversation: reason` of each closed conversation, in order. */
  readonly closed: string[]
  /** Ports of the open conversations, by their id. */
  readonly ports: Map<string, LegacyScriptPort>
  /** Resolves when the condition holds; checked after everything that happens here. */
  until(condition: () => boolean): Promise<void>
}

/** `{"jsonrpc":"2.0","id":ID,"result":RESULT}`. */
export function resultBytes(id: string | undefined, result: unknown = {}): Buffer {
  return Buffer.from(`{"jsonrpc":"2.0","id":${id ?? 'null'},"result":${JSON.stringify(result)}}`)
}

/** A notification. */
export function noteBytes(method: string, params: unknown = {}): Buffer {
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', method, params }))
}

function answerModern(message: Inbound, reply: ModernReply): void {
  reply.finish(resultBytes(message.id, { resultType: 'complete', method: message.method }), 200)
}

function answerLegacy(message: Inbound, port: LegacyPort): void {
  if (message.kind !== 'request' || message.id === undefined) return
  const result =
    message.method === 'initialize'
      ? { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'gate', version: '0' } }
      : { method: message.method }
  port.send(resultBytes(message.id, result), { relatedTo: message.id, final: true })
}

export function scriptedFront(script: Script = {}): ScriptedFront {
  const calls: SeenCall[] = []
  const entries: AuditEntry[] = []
  const cancelled: string[] = []
  const closed: string[] = []
  const ports = new Map<string, LegacyScriptPort>()
  let waiting: { readonly condition: () => boolean; readonly resolve: () => void }[] = []
  let conversations = 0

  const check = (): void => {
    const met = waiting.filter(({ condition }) => condition())
    waiting = waiting.filter((one) => !met.includes(one))
    for (const { resolve } of met) resolve()
  }
  const see = (
    era: SeenCall['era'],
    caller: Caller,
    view: View,
    message: Inbound,
    more: Partial<SeenCall>,
  ): void => {
    const { name } = message.params
    calls.push({
      era,
      kind: message.kind,
      method: message.method,
      id: message.id,
      tool: typeof name === 'string' ? name : undefined,
      principal: principalKey(caller.principal),
      view,
      ...more,
    })
  }

  return {
    calls,
    entries,
    cancelled,
    closed,
    ports,
    until: (condition) =>
      condition() ? Promise.resolve() : new Promise((resolve) => waiting.push({ condition, resolve })),
    view(name) {
      if (name === undefined) return { kind: 'all' }
      return script.servers?.includes(name) ? { kind: 'one', server: name } : undefined
    },
    openLegacy(caller, view, port) {
      conversations += 1
      const id = `c${conversations}`
      const own: LegacyScriptPort = {
        conversation: id,
        send: (bytes, options) => port.send(bytes, options),
        abandon: (relatedTo) => port.abandon(relatedTo),
      }
      ports.set(id, own)
      return {
        id,
        answers: () => false,
        renew() {},
        receive(message) {
          see('legacy', caller, view, message, { conversation: id })
          ;(script.legacy ?? answerLegacy)(message, own)
          check()
        },
        async close(reason) {
          closed.push(`${id}: ${reason}`)
          ports.delete(id)
          check()
        },
      }
    },
    callModern(caller, view, message, reply, context) {
      see('modern', caller, view, message, context)
      ;(script.modern ?? answerModern)(message, reply)
      check()
      return {
        cancel(reason) {
          cancelled.push(`${message.method} ${message.id}: ${reason}`)
          check()
        },
      }
    },
    notifyModern(caller, view, message) {
      see('modern', caller, view, message, {})
      check()
    },
    async record(entry) {
      await script.record?.(entry)
      entries.push(entry)
      check()
    },
  }
}

export { answerLegacy, answerModern }
