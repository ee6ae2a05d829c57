const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/))

/** Variables that choose programs, libraries or code, or what a shell reads at its start. */
export const DANGEROUS_VARIABLES: ReadonlySet<string> = set(`
  PATH IFS ENV BASH_ENV SHELL SHELLOPTS BASHOPTS PS4 PROMPT_COMMAND CDPATH LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT
  DYLD_INSERT_LIBRARIES DYLD_LIBRARY_PATH NODE_OPTIONS NODE_PATH PYTHONPATH PYTHONSTARTUP PYTHONHOME PYTHONINSPECT PERL5LIB
  PERL5OPT PERL5DB RUBYOPT RUBYLIB JAVA_TOOL_OPTIONS _JAVA_OPTIONS CLASSPATH PHP_INI_SCAN_DIR PHPRC GIT_SSH GIT_SSH_COMMAND
  GIT_EDITOR GIT_PAGER GIT_EXTERNAL_DIFF GIT_ASKPASS GIT_PROXY_COMMAND GIT_EXEC_PATH GIT_CONFIG GIT_CONFIG_COUNT
  GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM GIT_TEMPLATE_DIR SSH_ASKPASS EDITOR VISUAL PAGER MANPAGER BROWSER LESSOPEN LESSCLOSE
  TAR_OPTIONS RSYNC_RSH GCONV_PATH HOSTALIASES TMPDIR HOME PSModulePath COMSPEC PATHEXT npm_config_script_shell`)

/** Programs that run the text or file they are given. The file must be named in the policy itself. */
export const INTERPRETERS: ReadonlySet<string> = set(`
  sh bash dash zsh ksh csh tcsh fish ash rbash cmd cmd.exe powershell powershell.exe pwsh python python2 python3 pypy pypy3
  node nodejs deno bun tsx ts-node perl ruby php lua luajit tclsh wish expect osascript java jshell groovy scala awk gawk mawk
  nawk jq gdb lldb sqlite3 psql mysql mongo mongosh redis-cli ed ex vi vim nvim emacs nano less more man irb erl elixir
  julia Rscript R octave gnuplot make gmake cmake ninja rake ant gradle mvn wscript cscript mshta rundll32 regsvr32`)

/** Programs that run the program named in their arguments. Allowed only word for word. */
export const WRAPPERS: ReadonlySet<string> = set(`
  env sudo su doas pkexec xargs parallel nohup nice ionice timeout time watch setsid stdbuf script unshare nsenter chroot
  strace ltrace gdbserver valgrind flock exec command builtin eval source . trap ssh-agent busybox toybox start run-parts at
  batch crontab screen tmux systemd-run dbus-launch xvfb-run npx pnpx bunx uvx pipx entr`)

/** Programs whose first argument says what they do: it must be named in the policy itself. */
export const MULTIPLEXERS: ReadonlySet<string> = set(`
  git hg svn npm pnpm yarn pip pip3 uv cargo go docker podman kubectl helm terraform aws gcloud az gh apt apt-get yum dnf brew
  systemctl service launchctl ip nmcli openssl gpg conda poetry bundle gem composer dotnet ansible vagrant`)

/** Options that run, write, send or read elsewhere, and how a program writes its options. */
export interface OptionTable {
  /** `--name`, matched with every abbreviation of it, and with `=value`. */
  readonly long?: readonly string[]
  /** Letters after one dash. */
  readonly short?: string
  /** Letters that take what follows them as their value: no further letters after one. */
  readonly valued?: string
  /** Words after one dash, as find has them. */
  readonly words?: readonly string[]
}

/** Programs that are known. Of all others, a `*` of a policy stands for no option at all. */
export const OPTIONS: Readonly<Record<string, OptionTable>> = {
  // Reading only, whatever the option.
  ...Object.fromEntries(
    `ls cat head wc pwd echo printf true false basename dirname realpath readlink stat file du df id whoami groups uname
     hostname uptime nproc free ps cut paste tr nl tac rev comm join fold expand unexpand md5sum sha1sum sha256sum sha512sum cksum
     seq expr test which whereis cal locale tty arch dir vdir ping ping6 dig host nslookup getent`
      .split(/\s+/)
      .map((name) => [name, {}] as const),
  ),
  grep: {},
  egrep: {},
  fgrep: {},
  tail: {},
  diff: { long: ['output'] },
  rg: { long: ['pre', 'hostname-bin', 'search-zip'], short: 'z', valued: 'ABCEefgjMmrtT' },
  ag: { long: ['pager'] },
  fd: { long: ['exec', 'exec-batch', 'list-details'], short: 'xXl', valued: 'cdeEjotS' },
  tree: { long: ['output'], short: 'oR', valued: 'LPI' },
  date: { long: ['set', 'file'], short: 'sf', valued: 'dIr' },
  uniq: {},
  sort: {
    long: ['output', 'compress-program', 'temporary-directory', 'files0-from'],
    short: 'oT',
    valued: 'kStT',
  },
  find: {
    words: ['exec', 'execdir', 'ok', 'okdir', 'delete', 'fprint', 'fprint0', 'fprintf', 'fls', 'files0-from'],
  },
  sed: { long: ['in-place', 'file', 'expression'], short: 'ife', valued: 'l' },
  tar: {
    long: [
      'checkpoint-action',
      'to-command',
      'use-compress-program',
      'info-script',
      'new-volume-script',
      'rsh-command',
      'rmt-command',
      'absolute-names',
      'files-from',
      'remove-files',
      'overwrite',
      'unlink-first',
    ],
    short: 'IFPT',
    valued: 'fCbHKLNVX',
  },
  zip: { long: ['unzip-command', 'test', 'temp-path', 'move'], short: 'Tbm' },
  unzip: { short: 'o' },
  rsync: {
    long: [
      'rsh',
      'rsync-path',
      'files-from',
      'include-from',
      'remove-source-files',
      'delete',
      'log-file',
      'daemon',
      'write-batch',
    ],
    short: 'e',
  },
  scp: { short: 'oFSJD' },
  sftp: { short: 'oFSJDb' },
  ssh: { short: 'oFJLRDWwEIiOSQ' },
  curl: {
    long: [
      'output',
      'output-dir',
      'remote-name',
      'remote-name-all',
      'remote-header-name',
      'config',
      'upload-file',
      'data',
      'data-ascii',
      'data-binary',
      'data-raw',
      'data-urlencode',
      'form',
      'form-string',
      'json',
      'dump-header',
      'cookie-jar',
      'trace',
      'trace-ascii',
      'stderr',
      'proxy',
      'preproxy',
      'socks5',
      'unix-socket',
      'abstract-unix-socket',
      'resolve',
      'connect-to',
      'engine',
      'libcurl',
      'netrc-file',
      'etag-save',
      'hsts',
      'alt-svc',
      'doh-url',
      'write-out',
      'variable',
      'url',
      'request',
      'key',
      'cert',
    ],
    short: 'oOJKTdFDcxwXEn',
    valued: 'AHbemuyYzrtCPQU',
  },
  wget: {
    long: [
      'output-document',
      'output-file',
      'append-output',
      'directory-prefix',
      'execute',
      'config',
      'use-askpass',
      'post-file',
      'post-data',
      'body-file',
      'body-data',
      'input-file',
      'save-cookies',
      'load-cookies',
      'warc-file',
      'rejected-log',
      'method',
    ],
    short: 'OoaPei',
    valued: 'tTwQUlARDI',
  },
  git: {
    long: [
      'output',
      'output-directory',
      'upload-pack',
      'receive-pack',
      'exec',
      'exec-path',
      'config',
      'config-env',
      'ext-diff',
      'textconv',
      'open-files-in-pager',
      'extcmd',
      'tool',
      'template',
      'git-dir',
      'work-tree',
      'no-index',
      'paginate',
      'separate-git-dir',
      'reference',
      'gpg-sign',
      'run',
      'edit',
      'editor',
      'hook',
      'signed',
    ],
    short: 'cOxpuoeC',
    valued: 'SGLnmbBUMF',
  },
  npm: {
    long: [
      'script-shell',
      'prefix',
      'userconfig',
      'globalconfig',
      'registry',
      'node-options',
      'git',
      'editor',
      'call',
      'cache',
      'shell',
      'viewer',
    ],
    short: 'cCg',
  },
}
