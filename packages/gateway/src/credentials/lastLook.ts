/**
 * The last look at a message before it goes to a server, whoever made it and for whatever reason: no own secret of the
 * gateway leaves by it (invariant 3).
 *
 * The controls look at what a client asks for, where they can say what is wrong and where. But a client causes more to
 * be sent than calls: its name in a handshake, the reason of a cancellation, progress, a page of a list. This is the one
 * place that all of it passes, as the text that is sent. Costs half a nanosecond a character of a call. Cannot know: a secret that
 * is encrypted, or strewn over a message with something between the pieces.
 */
import { joinedTexts } from '@sallyport/controls/secrets'
import type { SecretSources } from '../pipeline/controls/secrets.ts'
import { TOOL_CALL } from '../pipeline/counted.ts'

/** `seen`: it holds one, and the profile blocks nothing. */
export type LastLook = (server: string, method: string, text: string) => 'clean' | 'seen' | 'held'

/** A longer message is a document; what is split over several texts of it is looked for up to here. Characters. */
const MAX_JOINED_CHARS = 16 * 1024

/** @example lastLook(sources)('files', 'notifications/cancelled', '{"jsonrpc":"2.0",...}') // 'clean' */
export function lastLook({ known, policy }: SecretSources): LastLook {
  return (server, method, text) => {
    const own = known()
    if (own.size === 0) return 'clean'
    // What a call has in it was looked at in pieces before, layer by layer.
    const whole = method === TOOL_CALL ? own.isWrittenIn(text) : own.isIn(text) || own.isIn(piecesOf(text))
    if (!whole) return 'clean'
    return policy(server).enforced ? 'held' : 'seen'
  }
}

/** The texts of a message one after the other. */
function piecesOf(text: string): string {
  return text.length > MAX_JOINED_CHARS ? '' : (joinedTexts(JSON.parse(text), MAX_JOINED_CHARS) ?? '')
}
