/** `millrace users`, and a server that asks them to log in. */
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { outcomeOf, runMillrace, startMillrace, temporaryFolder } from './run-millrace.ts'

const PASSWORD = 'correct horse battery'

it('makes users from standard input or the environment, whom the server then knows', { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder()
  const cwd = folder.path
  const users = async (args: readonly string[], options: { input?: string; env?: Record<string, string> } = {}) =>
    await runMillrace(['users', ...args], { cwd, ...options })
  expect(await users(['list'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^There are no users yet/) })
  expect(await users(['add', 'ada', '--admin'], { input: `${PASSWORD}\n` })).toMatchObject({
    code: 0,
    stdout: 'ada may log in now, as an administrator.\n',
  })
  expect((await users(['add', 'bob'], { env: { MILLRACE_PASSWORD: PASSWORD } })).code).toBe(0)
  expect((await users(['permit', 'bob', 'experiment', '0', 'EDIT'])).code).toBe(0)
  const listed = await users(['list', '--json'])
  expect(JSON.parse(listed.stdout)).toEqual([
    { id: 1, username: 'ada', isAdmin: true, grants: [] },
    { id: 2, username: 'bob', isAdmin: false, grants: [{ type: 'experiment', resource: '0', permission: 'EDIT' }] },
  ])
  const token = (await users(['token', 'bob'])).stdout.trim()

  const server = startMillrace(['server', '--auth', '--port', '0', '--json'], { cwd })
  const ended = outcomeOf(server)
  const { url } = JSON.parse(String(((await once(server.stdout, 'data')) as [Buffer])[0])) as { url: string }
  const runs = async (env: Record<string, string>) =>
    await runMillrace(['runs', 'list', '--tracking-uri', url], { cwd, env })
  expect(await runs({})).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/not authenticated.*MLFLOW_TRACKING_TOKEN/),
  })
  expect(await runs({ MLFLOW_TRACKING_TOKEN: token })).toMatchObject({ code: 0, stderr: '' })
  const known = { MLFLOW_TRACKING_USERNAME: 'ada', MLFLOW_TRACKING_PASSWORD: PASSWORD }
  expect(await runs(known)).toMatchObject({ code: 0, stderr: '' })
  expect((await users(['token', 'bob', '--revoke'])).code).toBe(0)
  expect((await runs({ MLFLOW_TRACKING_TOKEN: token })).code).toBe(1)
  server.kill('SIGTERM')
  await ended
})

it('prints JSON for scripts', { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder()
  const users = async (...args: readonly string[]): Promise<unknown> => {
    const { stdout } = await runMillrace(['users', ...args, '--json'], { cwd: folder.path, input: `${PASSWORD}\n` })
    return JSON.parse(stdout)
  }
  expect(await users('add', 'ada', '--admin')).toEqual({ id: 1, username: 'ada', isAdmin: true })
  expect(await users('add', 'bob')).toEqual({ id: 2, username: 'bob', isAdmin: false })
  expect(await users('password', 'bob')).toEqual({ username: 'bob', passwordChanged: true })
  const grant = { type: 'experiment', resource: '0', permission: 'EDIT' }
  expect(await users('permit', 'bob', ...Object.values(grant))).toEqual({ username: 'bob', ...grant })
  expect(await users('token', 'bob')).toEqual({ username: 'bob', token: expect.stringMatching(/^\S{20,}$/) })
  expect(await users('token', 'bob', '--revoke')).toEqual({ username: 'bob', tokensRevoked: true })
  expect(await users('delete', 'bob')).toEqual({ username: 'bob', deleted: true })
})

it('says what is wrong with a user, and changes nothing', async () => {
  await using folder = await temporaryFolder()
  const users = async (args: readonly string[], input = '') =>
    await runMillrace(['users', ...args], { cwd: folder.path, input })
  expect(await users(['add', 'ada'], 'short\n')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/Password must be at least 12 characters/),
  })
  expect(await users(['add', 'ada'])).toMatchObject({ code: 2, stderr: expect.stringMatching(/There is no password/) })
  expect(await users(['add', 'a:b'], `${PASSWORD}\n`)).toMatchObject({ code: 2, stderr: expect.stringMatching(/':'/) })
  expect(await users(['token', 'nobody'])).toMatchObject({ code: 4, stderr: expect.stringMatching(/nobody not found/) })
  const remote = await users(['list', '--backend-store-uri', 'http://ada:secret@localhost:1'])
  expect(remote).toMatchObject({ code: 2, stderr: expect.not.stringMatching(/secret/) })
})
