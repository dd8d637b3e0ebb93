/** The test a build context brings: the model in it is served as its image does, and asked. */

/** A program for `node --test`. */
export function serveTest(program: string | undefined): string {
  const file = program === undefined ? '' : `, '${program}'`
  return `/** Starts the server of the image from this folder, and asks the model about its own example. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

const root = fileURLToPath(new URL('..', import.meta.url))

test('the server answers', { timeout: 60_000 }, async () => {
  const command = ['node_modules/millrace/bin/millrace.js', 'container', 'run', 'serve', '--dir', 'opt-ml'${file}]
  const environment = { ...process.env, SAGEMAKER_BIND_TO_PORT: '0', MILLRACE_CONTAINER_MODEL: root + 'model' }
  const server = spawn(process.execPath, command, { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => server.once('exit', resolve))
  try {
    let printed = ''
    for await (const piece of server.stdout.iterator({ destroyOnReturn: false })) {
      printed += piece
      if (/http:\\S+\\s/.test(printed)) break
    }
    const [url] = /http:\\S+/.exec(printed) ?? []
    assert.ok(url, 'The server has ended: ' + printed)
    assert.equal((await fetch(url + '/ping')).status, 200)
${program === undefined ? ASK : ''}  } finally {
    server.kill('SIGTERM')
  }
  assert.equal(await ended, 0)
})
`
}

const ASK = `    const body = await readFile(root + 'model/serving_input_example.json', 'utf8')
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(url + '/invocations', { method: 'POST', headers, body })
    assert.equal(answer.status, 200, await answer.text())
`
