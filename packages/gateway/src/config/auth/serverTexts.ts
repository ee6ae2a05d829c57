/** Kinds of text that only `auth.server` has. */
import { redirectFault } from '../../identity/server/clients/redirectRule.ts'
import type { TextShape } from '../shape.ts'

/** No address: those are the ids of programs that are known by a document. */
export const clientId: TextShape = {
  kind: 'text',
  called: 'registered id',
  means: 'up to 64 of letters, digits, ".", "_" and "-"',
  pattern: /^(?!constructor$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
}

export const redirectAddress: TextShape = {
  kind: 'text',
  called: 'redirect',
  means: 'an address that answers may go to',
  pattern: /^[\x21-\x7e]+$/,
  check: (uri) => {
    const why = redirectFault(uri)
    return why === undefined ? undefined : { rule: 'config/url', explain: why }
  },
}

export const allowedPerson: TextShape = {
  kind: 'text',
  called: 'who',
  means: '`group:NAME`, `domain:NAME`, `email:ADDRESS`, `subject:ID` or `anyone`',
  pattern: /^(?:anyone|(?:group|domain|email|subject):[^\p{Cc}\p{Cs}]+)$/u,
}
