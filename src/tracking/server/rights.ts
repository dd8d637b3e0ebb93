/** What whoever asks may do. A method returns where it may be done, and throws where not. */
import { hasCode } from '../../core/index.ts'
import type { TrackingStore } from '../tracking-store.ts'
import { type Grant, isEnough, type Permission, type ResourceType, type User, type UserStore } from '../users/user.ts'
import { HttpError } from './http.ts'

export interface Rights {
  readonly isAdmin: boolean
  /** The permission for one thing, its own or the default. */
  permission(type: ResourceType, resource: string): Promise<Permission>
  experiment(experimentId: string, needed: Permission): Promise<void>
  /** By the experiment of the run. */
  run(runId: string, needed: Permission): Promise<void>
  /** By the experiment of the logged model. */
  loggedModel(modelId: string, needed: Permission): Promise<void>
  /** By the experiments of those traces that there are. */
  traces(traceIds: readonly string[], needed: Permission): Promise<void>
  /** A registered model or a prompt. */
  model(name: string, needed: Permission): Promise<void>
  /** A path below the place of served artifacts, which begins with the id of an experiment. */
  artifact(path: string, needed: Permission): Promise<void>
  /** What no grant can name, such as flows: by the default. */
  other(needed: Permission): void
  admin(): void
}

const MOST_RUNS = 100_000

export interface RightsOptions {
  readonly user: User
  readonly users: Pick<UserStore, 'grantsOf'>
  /** What is allowed where nothing was granted. */
  readonly defaultPermission: Permission
  /** The experiments of runs, which never change; kept from request to request. */
  readonly experimentOfRun: Map<string, string>
  readonly store: Pick<TrackingStore, 'getRun' | 'getLoggedModel' | 'getTraceInfos' | 'getExperiment'>
}

export function rightsOf({ user, users, defaultPermission, store, experimentOfRun }: RightsOptions): Rights {
  let grants: Promise<readonly Grant[]> | undefined
  const permission = async (type: ResourceType, resource: string): Promise<Permission> => {
    if (user.isAdmin) return 'MANAGE'
    // A request asks for a few things at most; all of them are answered from one look.
    grants ??= users.grantsOf(user.username)
    const own = (await grants).find((grant) => grant.type === type && grant.resource === resource)
    return own?.permission ?? defaultPermission
  }
  const need = async (type: ResourceType, resource: string, needed: Permission): Promise<void> => {
    if (!isEnough(await permission(type, resource), needed)) throw denied()
  }
  const experiment: Rights['experiment'] = async (experimentId, needed) =>
    await need('experiment', experimentKey(experimentId), needed)
  const admin = (): void => {
    if (!user.isAdmin) throw denied()
  }
  return {
    isAdmin: user.isAdmin,
    permission,
    experiment,
    run: async (runId, needed) => {
      const experimentId = experimentOfRun.get(runId) ?? (await store.getRun(runId)).info.experimentId
      if (experimentOfRun.size >= MOST_RUNS) experimentOfRun.clear()
      experimentOfRun.set(runId, experimentId)
      await experiment(experimentId, needed)
    },
    loggedModel: async (modelId, needed) =>
      await experiment((await store.getLoggedModel(modelId, { allowDeleted: true })).experimentId, needed),
    traces: async (traceIds, needed) => {
      const infos = traceIds.length === 0 ? [] : await store.getTraceInfos(traceIds)
      for (const id of new Set(infos.map(({ experimentId }) => experimentId))) await experiment(id, needed)
    },
    model: async (name, needed) => await need('registered_model', name, needed),
    artifact: async (path, needed) => {
      if (user.isAdmin) return
      const segments = path.split('/')
      const [id = ''] = segments
      if (segments.includes('..') || !/^\d+$/.test(id) || !(await isExperiment(store, id))) throw denied()
      await experiment(id, needed)
    },
    other: (needed) => {
      if (!user.isAdmin && !isEnough(defaultPermission, needed)) throw denied()
    },
    admin,
  }
}

/** Of a server without users: everybody may do everything. */
export const allRights: Rights = {
  isAdmin: true,
  permission: async () => await Promise.resolve('MANAGE'),
  experiment: async () => {},
  run: async () => {},
  loggedModel: async () => {},
  traces: async () => {},
  model: async () => {},
  artifact: async () => {},
  other: () => {},
  admin: () => {},
}

/** The same text for the same experiment, however its number is written. */
function experimentKey(experimentId: string): string {
  return /^\s*-?\d+\s*$/.test(experimentId) ? String(Number(experimentId)) : experimentId
}

async function isExperiment({ getExperiment }: RightsOptions['store'], id: string): Promise<boolean> {
  try {
    await getExperiment(id)
    return true
  } catch (error) {
    if (hasCode(error, 'RESOURCE_DOES_NOT_EXIST')) return false
    throw error
  }
}

function denied(): HttpError {
  return new HttpError(403, 'PERMISSION_DENIED', 'Permission denied')
}
