/** What a name means on Windows beside a file, wherever it stands (Microsoft, "Naming Files, Paths, and Namespaces"). */
export type WindowsName = 'device' | 'stream' | 'short-name'

const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])$/i
/** `PROGRA~1`: at most eight characters and three, which the file system makes up for a longer name. */
const SHORT_NAME = /^[^~.]{1,6}~[0-9]{1,6}(?:\.[^.]{0,3})?$/

export function windowsNameOf(name: string): WindowsName | undefined {
  // `nul.txt`, `nul .txt` and `nul:` open the device as well.
  const stem = (/^[^.:]*/.exec(name)?.[0] ?? '').trimEnd()
  if (DEVICE.test(stem)) return 'device'
  if (name.includes(':')) return 'stream'
  return SHORT_NAME.test(name) ? 'short-name' : undefined
}
