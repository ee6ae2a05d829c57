import type { Config } from './config.ts'
import type { Complaint } from './document.ts'
import { dotted, type Path, pointer } from './document.ts'

/** A parameter that nothing fits, since its least is more than its most, would be a tool that nobody can call. */
export function refuseEmptyRanges(
  { servers, source }: Config,
  complain: (complaint: Complaint) => void,
): void {
  const places = source.kind === 'file' ? source.places : undefined
  const refuse = (path: Path, explain: string) => {
    const place = places?.get(pointer(path)) ?? { line: 1, column: 1 }
    complain({
      rule: 'config/range',
      explain: `${dotted(path)} ${explain}`,
      hint: 'nothing would fit',
      path,
      place,
    })
  }
  for (const { id, checks } of servers) {
    for (const { tool, parameters } of checks?.tools ?? []) {
      for (const { place, check } of parameters) {
        const at: Path = ['servers', id, 'arguments', tool, place]
        const { integer, text, maxLength } = check
        if (integer?.min !== undefined && integer.max !== undefined && integer.min > integer.max)
          refuse([...at, 'integer', 'min'], `is more than "max", ${integer.max}`)
        const least = text?.kind === 'plain' ? text.minLength : undefined
        if (least !== undefined && maxLength !== undefined && least > maxLength)
          refuse([...at, 'text', 'minLength'], `is more than "maxLength", ${maxLength}`)
      }
    }
  }
}
