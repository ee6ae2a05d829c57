import { hash } from 'node:crypto'

/**
 * SHA-256 of a text (as UTF-8) or of bytes, in lower-case hex (FIPS 180-4).
 *
 * @example digestText('') // 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
 */
export function digestText(text: string | Uint8Array): string {
  return hash('sha256', text, 'hex')
}
