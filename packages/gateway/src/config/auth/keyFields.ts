// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
/** Key `auth.keys`: API keys, made with `sallyport keys create`. */
import { list, optional, record } from '../shape.ts'
import { credentialHeader, plainReference } from '../texts.ts'

export const keyFields = {
  keys: optional(
    record({
      header: optional(
        credentialHeader,
        'A header that takes a key by itself, such as `X-API-Key`, beside `Authorization: Bearer`.',
        { otherwise: '`Authorization` alone', restart: true },
      ),
      pepper: optional(
        list(plainReference, { notEmpty: 'without a pepper nothing can be checked: leave the key out' }),
        'What the hashes of keys are made with, as `${env:NAME}` or `${file:PATH}`, of at least 32 characters. The first is for new keys; the others still count for keys that were hashed with them.',
        { otherwise: 'a file of its own, `keys.pepper` in the data folder', restart: true },
      ),
    }),
    'Lets in who shows an API key. `{}` is enough; docs/api-keys.md.',
    { otherwise: 'no API key is good', restart: true, alias: ['apiKeys', 'key'] },
  ),
}
