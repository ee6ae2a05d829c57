import { isObject, type JsonObject } from '@sallyport/controls/json'

/**
 * Can this client have its person open an address (2025-11-25 and 2026-07-28, "URL mode")?
 *
 * @example elicitsUrls({ elicitation: { form: {}, url: {} } }) // true
 */
export function elicitsUrls({ elicitation }: JsonObject): boolean {
  return isObject(elicitation) && isObject(elicitation.url)
}

/**
 * May this client be asked with a form? An empty `elicitation` means forms (2025-06-18, and 2025-11-25 "Capabilities"); one
 * that names only other modes does not.
 *
 * @example elicitsForms({ elicitation: { url: {} } }) // false
 */
export function elicitsForms({ elicitation }: JsonObject): boolean {
  if (!isObject(elicitation)) return false
  const { length } = Object.keys(elicitation)
  return length === 0 || isObject(elicitation.form)
}
