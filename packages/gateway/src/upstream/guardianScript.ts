/**
 * What the guardian process runs: a constant POSIX shell text. Nothing is ever put into it; the marker is its `$1`, and
 * the ids of process groups come line by line on its input (`+ 4711`, `- 4711`, `q` before an orderly end).
 *
 * It sleeps in `read` until the gateway's end of the pipe closes, for whatever reason. Then it looks for what is left
 * every fifth of a second: two looks for servers to end by themselves, SIGTERM, after a second SIGKILL, until
 * nothing is left. A process belongs to the gateway when it is in a registered group, descends from one that is (found
 * at a look, known from then on), or has the marker as one whole entry of its environment.
 *
 * Where /proc exists it needs a `grep` that knows `-z`; else it ends with status 3 and the gateway uses
 * `guardianProcess.ts`. Without /proc (macOS) it uses `ps`; that half is UNVERIFIED.
 */
export const GUARDIAN_SCRIPT = `
trap '' INT TERM HUP QUIT PIPE ALRM USR1 USR2 TSTP TTIN TTOU
entry="SALLYPORT_GUARD=$1"
proc=''
if [ -r /proc/self/environ ]; then
  proc=1
  printf 'A=1\\000' | grep -qzFx 'A=1' || exit 3
fi
echo ready
exec > /dev/null

groups=' '
orderly=''
while read -r action group; do
  case $action in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="\${groups%%" $group "*} \${groups#*" $group "}" ;; esac ;;
    q) orderly=1 ;;
  esac
done

# "pid parent group" of every process that is not a zombie. A program's name may hold anything, brackets included.
list_processes() {
  if [ -z "$proc" ]; then
    ps -axo pid=,ppid=,pgid=,stat= | while read -r pid parent group state; do
      case $state in Z*) ;; *) echo "$pid $parent $group" ;; esac
    done
    return
  fi
  for stat in /proc/[0-9]*/stat; do
    line=''
    read -r line < "$stat" || continue
    pid=\${stat#/proc/}
    set -- \${line##*") "}
    case $1 in Z | X) ;; *) echo "\${pid%/stat} $2 $3" ;; esac
  done
}

found=' '
# Looks, signals what it finds with $1 (0: only looks), and leaves the ids of the living in $found.
sweep() {
  list=$(list_processes)
  if [ "$proc" ]; then
    for file in $(grep -lzFxs -- "$entry" /proc/[0-9]*/environ); do
      file=\${file#/proc/}
      found="$found\${file%/environ} "
    done
  fi
  grew=1
  while [ "$grew" ]; do
    grew=''
    while read -r pid parent group; do
      case $found in *" $pid "*) continue ;; esac
      case $groups in
        *" $group "*) ;;
        *) case $found in *" $parent "*) ;; *) continue ;; esac ;;
      esac
      found="$found$pid "
      grew=1
    done <<LIST
$list
LIST
  done
  alive=' '
  signalled=' '
  while read -r pid parent group; do
    case $found in *" $pid "*) ;; *) continue ;; esac
    alive="$alive$pid "
    [ "$1" = 0 ] && continue
    case $groups in
      *" $group "*)
        case $signalled in *" $group "*) continue ;; esac
        signalled="$signalled$group "
        kill -s "$1" -- "-$group"
        ;;
      *) kill -s "$1" -- "$pid" ;;
    esac
  done <<LIST
$list
LIST
  found=$alive
}

look=0
while [ "$look" -lt 100 ]; do
  case $look in
    0 | 1) sweep 0 ;;
    2 | 3 | 4 | 5 | 6) sweep TERM ;;
    *) sweep KILL ;;
  esac
  if [ "$found" = ' ' ]; then
    # A server that was being started when the gateway died may carry the marker only after the first look.
    [ "$orderly" ] && exit 0
    [ "$look" -ge 2 ] && exit 0
  fi
  look=$((look + 1))
  sleep 0.2 || sleep 1
done
`
