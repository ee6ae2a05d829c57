import { pointer } from '../../config/document.ts'
import type { ScanRuleId } from '../rules.ts'
import type { Launch } from './launch.ts'
import { programName } from './launch.ts'
import type { Notice } from './notice.ts'
import { dockerRun, type RunOption } from './packages.ts'
import { wideness } from './paths.ts'

const ENGINES = new Set(['docker', 'podman', 'nerdctl'])
const SOCKETS = /(?:docker|podman|containerd|crio)\.sock\b|docker_engine\b/
const GREAT_RIGHTS =
  /^(?:ALL|(?:CAP_)?(?:SYS_ADMIN|SYS_PTRACE|SYS_MODULE|DAC_READ_SEARCH|NET_ADMIN|SYS_RAWIO))$/i

/** Walls that a `docker run` takes down. */
export function checkContainer({ words }: Launch, facts: { readonly homeDir: string }): Notice[] {
  const [program] = words
  if (program === undefined || !ENGINES.has(programName(program.value))) return []
  return (dockerRun(words)?.options ?? []).flatMap((option) => checkOption(option, facts.homeDir))
}

function checkOption({ name, value, spot }: RunOption, homeDir: string): Notice[] {
  const notice = (rule: ScanRuleId, more: Partial<Notice> = {}): Notice[] => [
    {
      rule,
      place: spot.place,
      pointer: pointer(spot.path),
      evidence: spot.value.includes('=') || value === '' ? spot.value : `${spot.value} ${value}`,
      ...more,
    },
  ]
  switch (name) {
    case '--privileged':
      return value === 'false' ? [] : notice('config/privileged')
    case '--cap-add':
      return GREAT_RIGHTS.test(value) ? notice('config/privileged') : []
    case '--security-opt':
      return /unconfined|disable|no-new-privileges[:=]false/i.test(value) ? notice('config/privileged') : []
    case '--device':
      return /^\/dev\/(?:mem|kmem|sd|nvme|vd|xvd|disk|mapper)/.test(value) ? notice('config/privileged') : []
    case '--net':
    case '--network':
    case '--pid':
    case '--ipc':
    case '--uts':
    case '--userns':
      return value === 'host' ? notice('config/host-namespace') : []
    case '-v':
    case '--volume':
      return checkMount(/^(?:[A-Za-z]:[\\/])?[^:]{0,4096}/.exec(value)?.[0] ?? '', homeDir, notice)
    case '--mount': {
      const source = /(?:^|,)(?:source|src)=([^,]{0,4096})/.exec(value)?.[1] ?? ''
      return checkMount(source, homeDir, notice)
    }
    default:
      return []
  }
}

type MakeNotice = (rule: ScanRuleId, more?: Partial<Notice>) => Notice[]

function checkMount(source: string, homeDir: string, notice: MakeNotice): Notice[] {
  if (SOCKETS.test(source)) return notice('config/container-socket')
  const wide = wideness(source, homeDir)
  return wide === undefined ? [] : notice('config/wide-path', wide)
}
