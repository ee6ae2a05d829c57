import type { Context } from 'oidc-provider'
import { html, PAGE_HEADERS, page } from './html.ts'

/** What a person sees where a program sent them wrongly. Says the standard's error and nothing of ours. */
export async function renderError(
  ctx: Context,
  out: { readonly error: string; readonly error_description?: string },
): Promise<void> {
  for (const [name, value] of PAGE_HEADERS) ctx.set(name, value)
  ctx.body = errorPage(out.error, out.error_description)
}

export function errorPage(error: string, explain?: string): string {
  return page(
    'This did not work',
    html`<p class="warn">${explain ?? 'The request cannot be answered.'}</p><p>Go back to the program that sent you here and start again.</p><p><small>${error}</small></p>`,
  )
}
