import { isObject, type JsonObject } from '@sallyport/controls/json'

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
