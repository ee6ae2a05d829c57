/** What only OpenID has. This server knows no OpenID, and what a server does not know it ignores (RFC 6749, 3.1). */
const OPENID_PARAMETERS = [
  'acr_values',
  'claims',
  'claims_locales',
  'id_token_hint',
  'max_age',
  'nonce',
  'ui_locales',
]

/** The target of an authorization request without what only OpenID has. */
export function withoutOpenid(target: string): string {
  const [path = '', ...rest] = target.split('?')
  const query = new URLSearchParams(rest.join('?'))
  const prompt = query.getAll('prompt')
  const selects = prompt.length === 1 && prompt[0]?.split(' ').includes('select_account') === true
  if (!selects && !OPENID_PARAMETERS.some((name) => query.has(name))) return target
  for (const name of OPENID_PARAMETERS) query.delete(name)
  if (selects) {
    const others = prompt[0]?.split(' ').filter((one) => one !== 'select_account') ?? []
    if (others.length === 0) query.delete('prompt')
    else query.set('prompt', others.join(' '))
  }
  return `${path}?${query}`
}
