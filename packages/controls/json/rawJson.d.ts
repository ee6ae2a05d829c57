// ECMAScript "JSON.parse source text access" (ES2026): in Node since 21, not yet in TypeScript's lib.
interface JSON {
  /** A frozen object without prototype that `JSON.stringify` writes as `text`. Throws where `text` is no JSON primitive. */
  rawJSON(text: string): { readonly rawJSON: string }
  isRawJSON(value: unknown): value is { readonly rawJSON: string }
}
