// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
/** Kinds of text that several keys about signing in have, here and at servers. */
import { isLoopbackHost } from '@sallyport/controls/urls'
import { parseSecretText } from '../secrets.ts'
import type { Objection, TextShape } from '../shape.ts'

/** Keys and documents of an issuer come over TLS, or from this machine: whoever can change them is the issuer. */
function refuseOpen(address: string): Objection | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url?.protocol === 'https:' || isLoopbackHost(url?.hostname ?? '')) return undefined
  return {
    rule: 'config/url',
    explain: 'must be an https:// address; http:// is for this machine only (127.0.0.1, localhost)',
  }
}

const safeUrl = (called: string, means: string): TextShape => ({
  kind: 'text',
  called,
  means,
  pattern: /^https?:\/\/[^\s\p{Cc}\p{Cs}/?#@\\]+(?:\/[^\s\p{Cc}\p{Cs}?#\\]*)?$/u,
  check: refuseOpen,
})

/** A text without spaces: the value of `aud`, or the name of a claim. */
export const word = (called: string, means: string): TextShape => ({
  kind: 'text',
  called,
  means,
  pattern: /^[!-~]{1,512}$/,
})

export const issuerUrl = safeUrl(
  'issuer',
  'an https:// address without query and fragment, exactly as tokens name it in `iss`',
)
export const endpointUrl = safeUrl('endpoint', 'an https:// address without query and fragment')

/** RFC 6749, 3.3: what a scope may be made of. */
export const scopeName: TextShape = {
  kind: 'text',
  called: 'scope',
  means: 'a scope: printable characters without spaces, quotes and backslashes',
  pattern: /^(?!__proto__$)[!#-[\]-~]{1,200}$/,
}

/**
 * One reference and nothing around it: the secret itself never stands in the file, and no text is sent along with it.
 * `texts.ts` has the narrower one, for what is read before any store of secrets is there.
 */
export const reference: TextShape = {
  kind: 'text',
  called: 'secret reference',
  means: 'a reference to a secret, such as `${env:NAME}` or `${file:/path}`, and nothing else',
  pattern: /^\$\{[a-z]+:[^{}\p{Cc}\p{Cs}]+\}$/u,
  check: (source) => {
    const parsed = parseSecretText(source)
    return parsed.ok ? undefined : { rule: 'config/reference', ...parsed.advice }
  },
}
