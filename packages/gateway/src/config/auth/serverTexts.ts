/** Kinds of text that only `auth.server` has. */
import { redirectFault } from '../../identity/server/clients/redirectRule.ts'
import type { TextShape } from '../shape.ts'

/** RFC 6749, 3.3. */
export const scopeName: TextShape = {
  kind: 'text',
  called: 'scope',
  means: 'a scope: printable ASCII without spaces, quotes and backslashes',
  pattern: /^[!#-[\]-~]{1,128}$/,
}

/** No address: those are the ids of programs that are known by a document. */
export const clientId: TextShape = {
  kind: 'text',
  called: 'id',
  means: 'up to 64 of letters, digits, ".", "_" and "-"',
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
}

export const redirectAddress: TextShape = {
  kind: 'text',
  called: 'address',
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
