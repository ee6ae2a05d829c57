/**
 * What was measured of one control. Numbers are its figures; lists of texts are cases for a person to look at, and are not in the
 * JSON.
 */
export type Figures = Readonly<Record<string, number | readonly string[]>>

/** How a control is measured. Pure or not, it may take its time. */
export interface ControlMeasure {
  readonly name: string
  readonly measure: () => Figures | Promise<Figures>
}

/** A table for people. Lists that are empty are left out, long ones are cut. */
export function tableOf(measured: ReadonlyMap<string, Figures>): string {
  const lines: string[] = []
  for (const [name, figures] of measured) {
    const numbers = Object.entries(figures).filter(([, value]) => typeof value === 'number')
    lines.push(name)
    for (const [figure, value] of numbers)
      lines.push(`  ${words(figure).padEnd(44)}${String(value).padStart(10)}`)
    for (const [figure, value] of Object.entries(figures)) {
      if (typeof value === 'number' || value.length === 0) continue
      lines.push(`  ${words(figure)}:`)
      for (const text of value.slice(0, SHOWN)) lines.push(`    ${shown(text)}`)
      if (value.length > SHOWN) lines.push(`    and ${value.length - SHOWN} more`)
    }
    lines.push('')
  }
  return lines.join('\n')
}

/** The figures alone. */
export function jsonOf(measured: ReadonlyMap<string, Figures>): string {
  const entries = [...measured].map(([name, figures]) => [
    name,
    Object.fromEntries(Object.entries(figures).filter(([, value]) => typeof value === 'number')),
  ])
  return JSON.stringify(Object.fromEntries(entries))
}

const SHOWN = 12
const SHOWN_CHARS = 140

function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

/** Cases are attack texts: nothing of them may reach the terminal as it is. */
function shown(text: string): string {
  const escaped = JSON.stringify(text).replace(
    /[^ -~]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return escaped.length > SHOWN_CHARS ? `${escaped.slice(0, SHOWN_CHARS)}...` : escaped
}
