import { visible } from '@sallyport/controls/text'

/**
 * A plain text table; columns are as wide as their widest cell, nothing a server wrote can move the cursor.
 *
 * @example table(['server', 'tools'], [['files', '14']])
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => visible(cell)))
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)))
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
