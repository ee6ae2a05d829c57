/**
 * A question as the form of an elicitation, and the answer read back. One enum, with `deny` first and as default: hosts
 * preselect the first or the default, and some preselect "yes" on a boolean.
 */
import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import { questionLines } from './question.ts'
import { DECISIONS, type Decision, type Question, type Ticket } from './ticket.ts'

const LABELS: Readonly<Record<Decision, string>> = {
  deny: 'Deny',
  once: 'Allow this call once',
  '15-minutes': 'Allow exactly this call for 15 minutes',
  '1-hour': 'Allow this tool for an hour, for the same reasons',
  conversation: 'Allow this tool in this conversation, for the same reasons',
  always: 'Always allow it (adds the rule above to the configuration)',
}

/** What can be chosen for a question. */
export function choices({ rule, inConversation }: Question): readonly Decision[] {
  return DECISIONS.filter(
    (one) =>
      (one !== 'always' || rule !== undefined) &&
      (one !== 'conversation' || inConversation) &&
      (one !== '1-hour' || !inConversation),
  )
}

/**
 * Params of `elicitation/create` (2025-06-18 and later; a titled enum as every revision since knows it).
 *
 * @example formOf(ticket, 'legacy').requestedSchema
 */
export function formOf(
  { id, question }: Pick<Ticket, 'id' | 'question'>,
  era: 'legacy' | 'modern',
): JsonObject {
  const offered = choices(question)
  return {
    ...(era === 'modern' ? { mode: 'form' } : {}),
    message: questionLines(question, id).join('\n'),
    requestedSchema: {
      type: 'object',
      properties: {
        decision: {
          type: 'string',
          title: 'Decision',
          description: 'Nothing is sent before you decide.',
          enum: [...offered],
          enumNames: offered.map((one) => LABELS[one]),
          default: 'deny',
        },
      },
      required: ['decision'],
    },
  }
}

/** What a person said. */
export type FormReading =
  | { readonly kind: 'decision'; readonly decision: Decision }
  /** Dismissed, or said by a host in which nobody sits: the question stays open. */
  | { readonly kind: 'none' }
  /** Declined: without a form that was filled in, that is a no to this call. */
  | { readonly kind: 'declined' }
  /** Not what was asked for. */
  | { readonly kind: 'malformed'; readonly explain: string }

/**
 * Reads the result of an elicitation (`ElicitResult`). Whatever is not exactly one of the choices that were offered allows
 * nothing.
 */
export function readForm(result: JsonValue | undefined, question: Question): FormReading {
  if (result === undefined) return { kind: 'none' }
  if (!isObject(result)) return { kind: 'malformed', explain: 'the answer is no object' }
  const { action, content } = result
  if (action === 'cancel') return { kind: 'none' }
  if (action === 'decline') return { kind: 'declined' }
  if (action !== 'accept') return { kind: 'malformed', explain: 'the answer has no action of the protocol' }
  const said = isObject(content) ? content.decision : undefined
  const decision = choices(question).find((one) => one === said)
  return decision === undefined
    ? { kind: 'malformed', explain: 'the answer is none of the choices' }
    : { kind: 'decision', decision }
}
