/** The Python that compares Millrace with the real thing, where there is one: MILLRACE_PYTHON, by default python3. */
import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'

export const python: string = process.env['MILLRACE_PYTHON'] ?? 'python3'

/** Whether that Python can import `module`. */
export function pythonHas(module: string): boolean {
  const look = `import importlib.util, sys; sys.exit(importlib.util.find_spec("${module}") is None)`
  try {
    execFileSync(python, ['-c', look], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Runs `script` in `folder`, where it may leave files behind, and reads the JSON that it prints as its last line. */
export function runPython(folder: string, script: string, ...args: readonly string[]): unknown {
  const output = execFileSync(python, [script, ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return JSON.parse(output.trim().split('\n').at(-1) ?? '')
}

/** The same while this process goes on, because the script talks to it. It ends with the test, at the latest. */
export async function runPythonBeside(folder: string, script: string, ...args: readonly string[]): Promise<unknown> {
  const running = promisify(execFile)(python, [script, ...args], { cwd: folder, encoding: 'utf8' })
  // A test that takes too long fails without waiting for what it has started.
  onTestFinished(() => void running.child.kill('SIGKILL'))
  const { stdout } = await running
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}
