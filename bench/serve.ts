/**
 * Answering /invocations with one row, as whole servers in processes of their own: `millrace serve` beside
 * `mlflow models serve` and beside FastAPI with onnxruntime, of the same ONNX file, under the same load.
 */
import { fileURLToPath } from 'node:url'
import { compareLoads } from './compare-loads.ts'
import type { Comparison } from './pairs.ts'
import { pythonWith, scriptPath } from './processes.ts'
import { load, type Load, type RunningServer, startMillrace, startServer, trainedStore } from './servers.ts'

const ROUNDS = 3
const SECONDS = 3
const CONNECTIONS = [1, 8, 32] as const
const GOALS = { mlflow: 40, fastapi: 4 } as const
const PEERS = { mlflow: '`mlflow models serve`', fastapi: 'FastAPI + onnxruntime' } as const

type Peer = keyof typeof PEERS

/** Each server's loads of one round. */
type Round = Readonly<Record<Peer | 'millrace', Load>>

/** @throws PeerMissing when the Python interpreter lacks one of the peers' packages */
export async function compare(): Promise<Comparison[]> {
  const python = await pythonWith(['mlflow', 'onnxruntime', 'fastapi', 'uvicorn'])
  const store = await trainedStore()
  await using _ = store.client
  const folder = fileURLToPath(await store.client.getModelVersionDownloadUri('penguins', 1))
  await using millrace = await startMillrace(store, 5611)
  const mlflowArgs = ['-m', 'mlflow', 'models', 'serve', '-m', folder, '--env-manager', 'local', '-p', '5612']
  await using mlflow = await startServer(python, mlflowArgs, 5612)
  const fastapiArgs = [scriptPath('serve_fastapi.py'), `${folder}/model.onnx`, '5613']
  await using fastapi = await startServer(python, fastapiArgs, 5613)
  const servers = { millrace, mlflow, fastapi }
  for (const { url } of Object.values(servers)) await load(url, 8, 1) // warms it
  const comparisons: Comparison[] = []
  for (const connections of CONNECTIONS) {
    const rounds: Round[] = []
    for (let round = 0; round < ROUNDS; round++) rounds.push(await measureRound(servers, connections))
    for (const peer of ['mlflow', 'fastapi'] as const) comparisons.push(comparePeer(rounds, peer, connections))
  }
  return [...comparisons, compareMemory(servers)]
}

async function measureRound(
  servers: Readonly<Record<keyof Round, RunningServer>>,
  connections: number,
): Promise<Round> {
  return {
    millrace: await load(servers.millrace.url, connections, SECONDS),
    mlflow: await load(servers.mlflow.url, connections, SECONDS),
    fastapi: await load(servers.fastapi.url, connections, SECONDS),
  }
}

function comparePeer(rounds: readonly Round[], peer: Peer, connections: number): Comparison {
  const loads = rounds.map((round) => [round.millrace, round[peer]] as const)
  // Fewer do not keep the server busy: they measure how long a request takes, not how many the server can take.
  const goal = connections === CONNECTIONS.at(-1) ? GOALS[peer] : undefined
  return compareLoads(loads, { what: '/invocations, one row', peer: PEERS[peer], connections, goal })
}

function compareMemory({ millrace, mlflow, fastapi }: Readonly<Record<keyof Round, RunningServer>>): Comparison {
  const [ours, theirs, other] = [millrace, mlflow, fastapi].map((server) => server.memoryBytes())
  return {
    what: 'memory of the server after that',
    millrace: megabytes(ours!),
    peer: `${PEERS.mlflow}: ${megabytes(theirs!)}; ${PEERS.fastapi}: ${megabytes(other!)}`,
    ratio: `${(ours! / theirs!).toFixed(2)} ×; ${(ours! / other!).toFixed(2)} ×`,
    goal: '—',
    met: true,
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`
}
