import type { PathRule } from './rules.ts'

/** What shells and many libraries replace at the start of a path before anything looks at the rest of it. */
export function expandedStart(text: string): PathRule | undefined {
  const first = text.charCodeAt(0)
  if (first === 0x7e) return HOME.test(text) ? 'path/home' : undefined
  if (first === 0x24 || first === 0x25) return VARIABLE.test(text) ? 'path/variable' : undefined
  return undefined
}

/** `~`, `~/x`, `~name`, `~name/x`, `~+/x`; not `~$letter.docx` or `~WRL0001.tmp`. */
const HOME = /^~(?:[+-]|[a-z_][a-z0-9_-]{0,31})?(?:[\\/]|$)/
/** Names that are set almost everywhere. Others (`$id.tsx`) are names of files more often than variables. */
const VARIABLE =
  /^(?:\$\{?|%)(?:home|homepath|homedrive|userprofile|appdata|localappdata|programdata|programfiles|systemroot|systemdrive|windir|public|pwd|oldpwd|temp|tmp|tmpdir|xdg_[a-z_]{1,32})(?:[}%\\/]|$)/i
