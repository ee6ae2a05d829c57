/**
 * Runs the controls over an exchange. Fails closed: a control that throws, rejects, hangs, or answers with something
 * that is no verdict, refuses.
 */
import type { Inbound } from '../protocol/message.ts'
import type { RequestControl, ResponseControl } from './control.ts'
import type { Exchange } from './exchange.ts'
import { PASS, type Refusal, type Verdict } from './verdict.ts'

/** The most one control may take, in milliseconds; asking a person is not part of it. */
export const CONTROL_BUDGET_MS = 5_000

type Decision = Verdict | Promise<Verdict>
export type Failure = (control: string, error: unknown) => void

/**
 * The verdict on a request: the first that is not `pass`. Synchronous as long as every control is.
 *
 * @example
 * const verdict = await decideRequest(requestControls(config), exchange, (control, error) => log.error(...))
 */
export function decideRequest(
  controls: readonly RequestControl[],
  exchange: Exchange,
  failed: Failure,
): Decision {
  return runFrom(controls, 0, (control) => control.decide(exchange), failed)
}

/** The verdict on one message of a server. */
export function decideResponse(
  controls: readonly ResponseControl[],
  exchange: Exchange,
  message: Inbound,
  failed: Failure,
): Decision {
  return runFrom(controls, 0, (control) => control.inspect(exchange, message), failed)
}

function runFrom<C extends { readonly name: string }>(
  controls: readonly C[],
  start: number,
  call: (control: C) => Decision,
  failed: Failure,
): Decision {
  for (let at = start; at < controls.length; at++) {
    const control = controls[at] as C
    let verdict: Decision
    try {
      verdict = call(control)
    } catch (error) {
      failed(control.name, error)
      return brokenControl(control.name)
    }
    if (verdict instanceof Promise) {
      return within(verdict, control.name, failed).then((settled) =>
        settled.kind === 'pass' ? runFrom(controls, at + 1, call, failed) : settled,
      )
    }
    if (!isVerdict(verdict)) {
      failed(control.name, new TypeError('a control answered with something that is no verdict'))
      return brokenControl(control.name)
    }
    if (verdict.kind !== 'pass') return verdict
  }
  return PASS
}

function within(verdict: Promise<Verdict>, name: string, failed: Failure): Promise<Verdict> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      failed(name, new Error(`no verdict within ${CONTROL_BUDGET_MS} ms`))
      resolve(brokenControl(name))
    }, CONTROL_BUDGET_MS)
    verdict.then(
      (settled) => {
        clearTimeout(timer)
        if (isVerdict(settled)) return resolve(settled)
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
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  return value.kind === 'pass' || value.kind === 'refuse' || value.kind === 'ask' || value.kind === 'rewrite'
}

/** The error itself stays in the log: it may quote what it choked on. */
function brokenControl(name: string): Refusal {
  return {
    kind: 'refuse',
    rule: 'gateway/control-failed',
    explain: `the control "${name}" could not decide, so the call was not made`,
    remedy: "The gateway's log says why; please report it if it is a bug.",
  }
}
