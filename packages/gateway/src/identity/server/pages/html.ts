/**
 * Pages for people: text of ours with everything else escaped, one style sheet of ours, no script, nothing from elsewhere.
 */
import { createHash } from 'node:crypto'
import { visible } from '@sallyport/controls/text'

/** Markup that is safe to send. Only `html` makes it. */
export interface Html {
  readonly markup: string
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/**
 * Puts values into markup. Every value that is no markup itself is escaped, and shown without what hides or reorders text:
 * a client's name comes from a stranger.
 *
 * @example html`<b>${'<script>'}</b>`.markup // '<b>&lt;script&gt;</b>'
 */
export function html(
  texts: TemplateStringsArray,
  ...values: readonly (string | Html | readonly Html[])[]
): Html {
  let markup = texts[0] ?? ''
  for (const [at, value] of values.entries()) markup += written(value) + (texts[at + 1] ?? '')
  return { markup }
}

function written(value: string | Html | readonly Html[]): string {
  if (typeof value === 'string') return visible(value).replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? '')
  return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('')
}

const STYLE =
  ':root{color-scheme:light dark;--line:#8884}body{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:3rem auto;padding:0 1rem}' +
  'h1{font-size:1.25rem;margin:0 0 1rem}dl{border:1px solid var(--line);border-radius:8px;padding:.75rem 1rem;margin:1rem 0}' +
  'dt{font-size:.8rem;opacity:.7}dd{margin:0 0 .6rem;overflow-wrap:anywhere}dd:last-child{margin:0}' +
  'label{display:block;margin:1rem 0 .25rem}input[type=password]{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;border:1px solid var(--line);border-radius:6px}' +
  'button{font:inherit;padding:.5rem 1rem;border-radius:6px;border:1px solid var(--line);margin:1rem .5rem 0 0;cursor:pointer}' +
  'button.main{background:#0b5cad;color:#fff;border-color:#0b5cad}.warn{border-left:4px solid #c60;padding-left:.75rem}small{opacity:.75}'
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** Of every page. Forms go to this origin only; what follows is opened by the page, so that no redirect is cut off. */
export const PAGE_HEADERS: readonly (readonly [string, string])[] = [
  ['Content-Type', 'text/html; charset=utf-8'],
  [
    'Content-Security-Policy',
    `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  ],
  ['X-Frame-Options', 'DENY'],
  ['Cache-Control', 'no-store'],
  ['X-Content-Type-Options', 'nosniff'],
  // Not "no-referrer": browsers would then send forms with `Origin: null`.
  ['Referrer-Policy', 'same-origin'],
]

export function page(title: string, body: Html, goTo?: string): string {
  const refresh =
    goTo === undefined
      ? html``
      : html`<meta http-equiv="refresh" content="0;url=${{ markup: attribute(goTo) }}">`
  return `<!doctype html>\n${
    html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">${refresh}<title>${title}</title><style>${{ markup: STYLE }}</style></head><body><main><h1>${title}</h1>${body}</main></body></html>`
      .markup
  }`
}

/** An address of ours or of a checked client: escaped, but not made visible, which would change it. */
export function attribute(value: string): string {
  return value.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? '')
}
