/**
 * Runs the controls over an exchange. Fails closed: a control that throws, rejects, hangs, or answers with something
 * that is no verdict, refuses.
 */
import { isObject } from '@sallyport/controls/json'
import type { Inbound } from '../protocol/message.ts'
import { withBody } from './body.ts'
import type { RequestControl, ResponseControl } from './control.ts'
import type { Exchange } from './exchange.ts'
import {
  type Ask,
  asking,
  PASS,
  type Refusal,
  type ResponseDecision,
  type ResponseVerdict,
  type Verdict,
} from './verdict.ts'

/** The most one control may take that says nothing else, in milliseconds; asking a person is not part of it. */
export const CONTROL_BUDGET_MS = 5_000

type Now<T> = T | Promise<T>
export type Failure = (control: string, error: unknown) => void

/**
 * The verdict on a request: the first that is neither `pass` nor `ask`; what was asked is asked at the end, together.
 * Synchronous as long as every control is.
 *
 * @example
 * const verdict = await decideRequest(requestControls(config), exchange, (control, error) => log.error(...))
 */
export function decideRequest(
  controls: readonly RequestControl[],
  exchange: Exchange,
  failed: Failure,
): Now<Verdict> {
  let asks: readonly Ask[] = NONE
  const taken = (verdict: Verdict): Verdict => {
    // Whatever is no verdict is left to `isVerdict`.
    if (!isVerdict(verdict) || verdict.kind !== 'ask') return verdict
    asks = [...asks, ...verdict.asks]
    return PASS
  }
  const ended = (verdict: Verdict): Verdict => {
    const [first, ...more] = asks
    return first === undefined || verdict.kind !== 'pass' ? verdict : asking(first, ...more)
  }
  const verdict = runFrom<RequestControl, Verdict>(
    controls,
    0,
    (control) => {
      const said = control.decide(exchange)
      return said instanceof Promise ? said.then(taken) : taken(said)
    },
    failed,
    isVerdict,
  )
  return verdict instanceof Promise ? verdict.then(ended) : ended(verdict)
}

const NONE: readonly Ask[] = []

/**
 * The decision on one message of a server. A control sees the message as those before it left it.
 *
 * @example
 * const decision = await decideResponse(responseControls(config), exchange, message, failed)
 * if (decision.kind === 'rewrite') show(decision.message)
 */
export function decideResponse(
  controls: readonly ResponseControl[],
  exchange: Exchange,
  message: Inbound,
  failed: Failure,
): Now<ResponseDecision> {
  let shown = message
  const taken = (verdict: ResponseVerdict): ResponseVerdict => {
    // Whatever is no verdict is left to `isResponseVerdict`.
    if (!isResponseVerdict(verdict) || verdict.kind !== 'rewrite') return verdict
    const rewritten = withBody(shown, verdict.body)
    if (rewritten === undefined) throw new TypeError('a control made another message of what it rewrote')
    shown = rewritten
    return PASS
  }
  const ended = (verdict: ResponseVerdict): ResponseDecision => {
    if (verdict.kind === 'pass' && shown !== message) return { kind: 'rewrite', message: shown }
    return verdict as Exclude<ResponseVerdict, { readonly kind: 'rewrite' }>
  }
  const verdict = runFrom<ResponseControl, ResponseVerdict>(
    controls,
    0,
    (control) => {
      const said = control.inspect(exchange, shown)
      return said instanceof Promise ? said.then(taken) : taken(said)
    },
    failed,
    isResponseVerdict,
  )
  return verdict instanceof Promise ? verdict.then(ended) : ended(verdict)
}

type Any = { readonly kind: 'pass' } | Refusal

function runFrom<C extends Pick<ResponseControl, 'name' | 'budgetMs'>, V extends { readonly kind: string }>(
  controls: readonly C[],
  start: number,
  call: (control: C) => Now<V | Any>,
  failed: Failure,
  isOne: (value: unknown) => value is V | Any,
): Now<V | Any> {
  for (let at = start; at < controls.length; at++) {
    const control = controls[at] as C
    let verdict: Now<V | Any>
    try {
      verdict = call(control)
    } catch (error) {
      failed(control.name, error)
      return brokenControl(control.name)
    }
    if (verdict instanceof Promise) {
      return within(verdict, control, failed, isOne).then((settled) =>
        settled.kind === 'pass' ? runFrom(controls, at + 1, call, failed, isOne) : settled,
      )
    }
    if (!isOne(verdict)) {
      failed(control.name, new TypeError('a control answered with something that is no verdict'))
      return brokenControl(control.name)
    }
    if (verdict.kind !== 'pass') return verdict
  }
  return PASS
}

function within<V>(
  verdict: Promise<V | Any>,
  { name, budgetMs = CONTROL_BUDGET_MS }: Pick<ResponseControl, 'name' | 'budgetMs'>,
  failed: Failure,
  isOne: (value: unknown) => value is V | Any,
): Promise<V | Any> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      failed(name, new Error(`no verdict within ${budgetMs} ms`))
      resolve(brokenControl(name))
    }, budgetMs)
    verdict.then(
      (settled) => {
        clearTimeout(timer)
        if (isOne(settled)) return resolve(settled)
        failed(name, new TypeError('a control answered with something that is no verdict'))
        resolve(brokenControl(name))
      },
      (error: unknown) => {
        clearTimeout(timer)
        failed(name, error)
        resolve(brokenControl(name))
      },
    )
  })
}

function isVerdict(value: unknown): value is Verdict {
  if (!isKind(value)) return false
  if (value.kind === 'ask') return Array.isArray(value.asks) && value.asks.length > 0
  return value.kind !== 'rewrite' || isObject(value.params)
}

function isResponseVerdict(value: unknown): value is ResponseVerdict {
  return isKind(value) && (value.kind !== 'rewrite' || isObject(value.body))
}

type Said = {
  readonly kind: string
  readonly params?: unknown
  readonly body?: unknown
  readonly asks?: unknown
}

function isKind(value: unknown): value is Said {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  return value.kind === 'pass' || value.kind === 'refuse' || value.kind === 'ask' || value.kind === 'rewrite'
}

/** The error itself stays in the log: it may quote what it choked on. */
function brokenControl(name: string): Refusal {
  return {
    kind: 'refuse',
    rule: 'gateway/control-failed',
    explain: `the control "${name}" could not decide, and what nobody decided on does not pass`,
    remedy: "The gateway's log says why; please report it if it is a bug.",
  }
}
