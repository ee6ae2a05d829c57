/** Every reason for which a value is refused. */
export const FORMAT_RULES = {
  'format/length': 'The value is longer, or shorter, than its format allows.',
  'format/control-character': 'The value has a line break or another control character where none belongs.',
  'format/email': 'The value is no e-mail address that every mail program reads the same.',
  'format/date': 'The value is no date of the calendar, `YYYY-MM-DD`.',
  'format/date-time': 'The value is no time of RFC 3339.',
  'format/uuid': 'The value is no UUID in its usual form.',
  'format/hostname': 'The value is no host name of letters, digits and dashes.',
  'format/ipv4': 'The value is no IPv4 address of four plain decimal numbers.',
  'format/ipv6': 'The value is no IPv6 address, or one with a zone.',
  'format/semver': 'The value is no version of Semantic Versioning 2.0.0.',
  'format/slug': 'The value is no lower-case word of letters, digits and single dashes.',
  'format/id': 'The value is no identifier of letters, digits, dash, underscore, dot and colon.',
  'format/integer': 'The value is no whole number in its plain form, or out of its range.',
  'format/markup': 'The value declares entities or a document type of XML.',
  'format/ldap': 'The value has characters that mean something in a search filter of LDAP.',
  'format/xpath': 'The value would end a string of XPath and go on with an expression.',
  'format/nosql': 'The value, or a key in it, is an operator of a document database.',
  'format/template': 'The value has the marks of a template that a server may fill in.',
  'format/sql': 'The value would end a string of SQL and go on with a query.',
  'format/printf': 'The value has directives that read or write memory in a format of C.',
} as const satisfies Readonly<Record<`format/${string}`, string>>

export type FormatRule = keyof typeof FORMAT_RULES
