import { type FormatFault, fault } from './fault.ts'
import { consistsOf, isDigit } from './letters.ts'

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** RFC 3339 `full-date`: a day that there is. */
export function checkDate(text: string): FormatFault | undefined {
  return isDate(text) ? undefined : fault('format/date', 'no date of the form YYYY-MM-DD')
}

function isDate(text: string): boolean {
  if (text.length !== 10 || text.charAt(4) !== '-' || text.charAt(7) !== '-') return false
  const year = readNumber(text, 0, 4)
  const month = readNumber(text, 5, 7)
  const day = readNumber(text, 8, 10)
  if (year === undefined || month === undefined || day === undefined) return false
  const days = month === 2 && isLeap(year) ? 29 : (MONTH_DAYS[month - 1] ?? 0)
  return day >= 1 && day <= days
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

function readNumber(text: string, from: number, to: number): number | undefined {
  const digits = text.slice(from, to)
  return digits.length === to - from && consistsOf(digits, isDigit) ? Number(digits) : undefined
}

/** RFC 3339 `date-time`: with its zone; a second of 60 only where a leap second can be, at the end of a day of UTC. */
export function checkDateTime(text: string): FormatFault | undefined {
  return isDateTime(text) ? undefined : fault('format/date-time', 'no time of the form YYYY-MM-DDThh:mm:ssZ')
}

function isDateTime(text: string): boolean {
  if (text.length > 64 || !isDate(text.slice(0, 10)) || !/^[Tt ]$/.test(text.charAt(10))) return false
  if (text.charAt(13) !== ':' || text.charAt(16) !== ':') return false
  const hour = readNumber(text, 11, 13)
  const minute = readNumber(text, 14, 16)
  const second = readNumber(text, 17, 19)
  if (hour === undefined || minute === undefined || second === undefined) return false
  if (hour > 23 || minute > 59 || second > 60) return false
  let at = 19
  if (text.charAt(at) === '.') {
    at++
    const from = at
    while (isDigit(text.charAt(at))) at++
    if (at === from) return false
  }
  const offset = readOffset(text.slice(at))
  if (offset === undefined) return false
  if (second < 60) return true
  const utc = (((hour * 60 + minute - offset) % 1440) + 1440) % 1440
  return utc === 1439
}

/** Minutes east of UTC. */
function readOffset(text: string): number | undefined {
  if (text === 'Z' || text === 'z') return 0
  if (text.length !== 6 || text.charAt(3) !== ':') return undefined
  const sign = text.charAt(0) === '+' ? 1 : text.charAt(0) === '-' ? -1 : 0
  const hours = readNumber(text, 1, 3)
  const minutes = readNumber(text, 4, 6)
  if (sign === 0 || hours === undefined || minutes === undefined || hours > 23 || minutes > 59)
    return undefined
  return sign * (hours * 60 + minutes)
}
