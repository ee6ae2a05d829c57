/** What of a plain text to look for: languages that a server may put it into without quoting it. */
export type Marker = 'ldap' | 'xpath' | 'nosql' | 'template' | 'sql' | 'printf' | 'markup'

/** What a value should be. Lengths are in characters (UTF-16 units). */
export type Format =
  | {
      readonly kind:
        | 'email'
        | 'date'
        | 'date-time'
        | 'uuid'
        | 'hostname'
        | 'ipv4'
        | 'ipv6'
        | 'semver'
        | 'slug'
    }
  /** An identifier of somebody's system: letters, digits and `-_.:`, beginning with a letter or digit. */
  | { readonly kind: 'id'; readonly maxLength?: number }
  | { readonly kind: 'integer'; readonly min?: number; readonly max?: number }
  /** One line, as the value of a header has: no control characters but tabs. */
  | { readonly kind: 'line'; readonly maxLength?: number }
  /** Any text; refused where it has the marks of a language that is named. */
  | {
      readonly kind: 'plain'
      readonly refuse?: readonly Marker[]
      readonly minLength?: number
      readonly maxLength?: number
    }

export type FormatKind = Format['kind']
