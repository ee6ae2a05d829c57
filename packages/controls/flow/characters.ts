/** Characters of ASCII by their codes, as texts are read unit by unit. */
export const PLUS = 43
export const DASH = 45
export const POINT = 46
export const SLASH = 47
export const COLON = 58
export const AT = 64
export const UNDERSCORE = 95

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

export function isCapital(code: number): boolean {
  return code >= 65 && code <= 90
}

export function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || isCapital(code)
}

/** A letter or a digit. */
export function isPlain(code: number): boolean {
  return isLetter(code) || isDigit(code)
}
