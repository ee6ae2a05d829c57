/** The yardstick: nginx from Debian as a reverse proxy, one worker, keep-alive on both sides, no access log. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { freePort } from '../../tests/programs/freePort.ts'
import { startChild } from '../measure/child.ts'
import { childrenOf } from '../measure/cpu.ts'
import type { HttpTarget } from './target.ts'

/**
 * The nginx program, or `undefined` where there is none. `install`: as root on Debian, try to install it first, without
 * letting it start as a service.
 */
export function findNginx(options: { readonly install: boolean }): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  const find = () => folders.map((folder) => join(folder, 'nginx')).find((path) => existsSync(path))
  if (find() === undefined && options.install && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    // RUNLEVEL=1 makes Debian's invoke-rc.d leave the new service stopped.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
    process.stderr.write('nginx is missing: installing nginx-light with apt-get\n')
    const apt = (...args: string[]) =>
      spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env })
    apt('update', '-qq')
    apt('install', '-y', '-qq', '--no-install-recommends', 'nginx-light')
  }
  return find()
}

/** Starts nginx in front of `upstream`, with everything it writes in a temporary folder. */
export async function startNginx(program: string, upstream: URL): Promise<HttpTarget> {
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-bench-nginx-'))
  const port = await freePort()
  await writeFile(join(dir, 'nginx.conf'), configuration(dir, port, upstream))
  const child = startChild([program, '-p', dir, '-c', join(dir, 'nginx.conf'), '-g', 'daemon off;'])
  const stop = async () => {
    await child.stop()
    await rm(dir, { recursive: true, force: true })
  }
  try {
    await child.until(async () => childrenOf(child.pid).length > 0, 10_000)
  } catch (error) {
    await stop()
    throw error
  }
  const pids = [child.pid, ...childrenOf(child.pid)]
  return { name: 'nginx', url: `http://127.0.0.1:${port}${upstream.pathname}`, pids, stop }
}

function configuration(dir: string, port: number, upstream: URL): string {
  return `
worker_processes 1;
pid ${dir}/nginx.pid;
error_log ${dir}/error.log warn;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${dir}/body;
  proxy_temp_path ${dir}/proxy;
  fastcgi_temp_path ${dir}/fastcgi;
  uwsgi_temp_path ${dir}/uwsgi;
  scgi_temp_path ${dir}/scgi;
  keepalive_timeout 300s;
  keepalive_requests 1000000000;
  upstream mcp {
    server ${upstream.host};
    keepalive 128;
    keepalive_requests 1000000000;
    keepalive_timeout 300s;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://mcp;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_max_temp_file_size 0;
    }
  }
}
`
}
