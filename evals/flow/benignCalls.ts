/** Arguments as honest calls have them: nothing of them comes from what a conversation has seen. Written by hand. */
export const BENIGN_CALLS: readonly Readonly<Record<string, string | number | readonly string[]>>[] = [
  { path: 'src/components/Button/index.tsx' },
  { path: '/home/dev/project/packages/server/src/routes/users.ts' },
  { path: 'README.md' },
  { pattern: '**/*.test.ts', path: 'packages' },
  { query: 'how to configure retries in the http client' },
  { query: 'typescript discriminated union exhaustive check' },
  { query: 'error: cannot find module or its corresponding type declarations' },
  {
    owner: 'acme',
    repo: 'widgets',
    title: 'Fix flaky test in the upload queue',
    body: 'The test waited for a fixed time. It now waits for the event.',
  },
  {
    owner: 'acme',
    repo: 'widgets',
    title: 'Add pagination to the list of projects',
    body: 'Adds a cursor parameter and documents it.',
    head: 'pagination',
    base: 'main',
  },
  {
    owner: 'acme',
    repo: 'widgets',
    issue_number: 214,
    body: 'Thanks for the report. I can reproduce it on Linux with Node 22.',
  },
  { message: 'Refactor the session store and remove an unused dependency' },
  { message: 'feat(api): return 404 instead of 500 when the project does not exist' },
  { branch_name: 'fix/upload-queue-timeout' },
  { command: 'npm run build && npm test' },
  { command: 'git log --oneline -20' },
  { command: 'docker compose up -d postgres redis' },
  {
    sql: "SELECT id, name, created_at FROM users WHERE created_at > now() - interval '7 days' ORDER BY created_at DESC LIMIT 50",
  },
  { query: "select count(*) from orders where status = 'failed'" },
  { url: 'https://docs.python.org/3/library/asyncio-task.html' },
  { url: 'https://developer.mozilla.org/en-US/docs/Web/API/AbortController' },
  { url: 'https://github.com/nodejs/node/issues' },
  { library: 'react', topic: 'server components' },
  { channel: 'C024BE91L', text: 'Deploy is done, please check the dashboard.' },
  { channel: 'general', text: 'Standup in five minutes.' },
  {
    to: 'team@acme.example',
    subject: 'Release notes for this week',
    body: 'Hi all,\n\nattached are the release notes. Please let me know if something is missing.\n\nBest regards',
  },
  {
    summary: 'Design review',
    start: '2026-12-02T10:00:00Z',
    end: '2026-12-02T11:00:00Z',
    attendees: ['lee@acme.example'],
  },
  { name: 'get_user_by_email', language: 'python' },
  { content: 'export function add(a: number, b: number): number {\n  return a + b\n}\n', path: 'src/add.ts' },
  {
    content:
      "import { useState } from 'react'\n\nexport default function Counter() {\n  const [count, setCount] = useState(0)\n  return <button onClick={() => setCount(count + 1)}>{count}</button>\n}\n",
  },
  {
    content:
      '# Getting started\n\nInstall the dependencies and start the development server:\n\n```bash\nnpm install\nnpm run dev\n```\n',
  },
  {
    content:
      'MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction',
  },
  {
    content:
      'name: ci\non: [push, pull_request]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: npm ci\n',
  },
  {
    content:
      'FROM node:22-alpine\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci --omit=dev\nCOPY . .\nCMD ["node", "server.js"]\n',
  },
  {
    content:
      '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Status</title>\n</head>\n<body></body>\n</html>\n',
  },
  { content: '#!/usr/bin/env bash\nset -euo pipefail\ncd "$(dirname "$0")"\nexec node index.js "$@"\n' },
  { edits: ['const timeoutMs = 30_000', 'const timeoutMs = options.timeoutMs ?? 30_000'] },
  { selector: 'button[type="submit"]', text: 'Sign in' },
  {
    thought:
      'First I should look at how the existing handler validates its input, then write a test that fails.',
    thoughtNumber: 1,
    totalThoughts: 4,
  },
  { entities: ['user prefers tabs over spaces'] },
  { title: 'Quarterly planning', properties: 'Status: In progress, Owner: Platform team' },
  { jql: 'project = WEB AND status = "In Progress" ORDER BY updated DESC' },
  { namespace: 'default', labelSelector: 'app=api', container: 'api' },
  { timezone: 'Europe/Zurich' },
  { origin: 'Bern', destination: 'Milano', mode: 'transit' },
  { text: 'Translate this to French: the meeting was moved to Thursday afternoon.', target: 'fr' },
  { customer: 'cus_Q8xT2mLr01ZbNc', amount: 4900, currency: 'chf' },
  { id: '7f3c2a90-5b1d-4e8a-9c44-0d2b6f1e7a35' },
  { database: 'analytics', table: 'events', columns: ['user_id', 'event_name', 'timestamp'] },
  { prompt: 'A watercolour of a lighthouse at dawn, soft light, no people' },
  {
    description:
      'As a user I want to reset my password so that I can log in again. Acceptance criteria: the link expires after one hour.',
  },
]
