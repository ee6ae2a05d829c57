/** Every rule a path is refused by. Ids are stable: people put them in exceptions and alerts. */
export const PATH_RULES = {
  'path/absolute': 'The path is absolute and leads outside the allowed folders.',
  'path/denied': 'The path is inside an allowed folder, but matches a pattern that is denied there.',
  'path/device':
    'The path names a device or the device namespace of Windows (`CON`, `COM1`, `\\\\.\\`, `\\\\?\\GLOBALROOT`).',
  'path/drive': 'The path names another drive, or depends on where a drive happens to stand (`C:name`).',
  'path/encoded':
    'The path stays inside as it is written, and leads outside for a server that decodes it once more.',
  'path/hardlink':
    'The file has a second name, which may lie outside the allowed folders: text and links cannot tell.',
  'path/home': 'The path begins with `~`, which many programs replace by a home folder.',
  'path/length': 'The path is longer than any file system takes.',
  'path/link': 'A link on the way leads outside the allowed folders.',
  'path/nul': 'The path has a NUL, where some programs end a name and others go on.',
  'path/outside': 'The path leads outside the allowed folders.',
  'path/parent': 'The path climbs out of the allowed folders with `..`.',
  'path/short-name':
    'The path has a short name of Windows (`NAME~1`), which may stand for a name that is denied.',
  'path/sibling':
    'The path leads to a neighbour whose name only begins like an allowed folder (CVE-2025-53110).',
  'path/stream': 'The path names a stream of a file (`name:stream`), not the file.',
  'path/unc': 'The path names a share of another machine.',
  'path/unreadable': 'What the path leads to could not be looked at, so it cannot be said where it is.',
  'path/url': 'The path is a `file:` URL that leads outside the allowed folders.',
  'path/variable': 'The path begins with a variable that many programs replace (`$HOME`, `%APPDATA%`).',
} as const satisfies Readonly<Record<string, string>>

export type PathRule = keyof typeof PATH_RULES
