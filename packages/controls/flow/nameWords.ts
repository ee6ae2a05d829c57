/**
 * The words of a name, in lower case: `createIssue`, `create_issue`, `API-create-issue` and `HTMLToText2` taken apart.
 *
 * @example nameWords('notion-createPages') // ['notion', 'create', 'pages']
 */
export function nameWords(name: string): string[] {
  return name
    .slice(0, 256)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '')
}
