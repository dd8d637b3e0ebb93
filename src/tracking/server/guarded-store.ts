/**
 * A store in the hands of one user. Each of its methods has a rule here, and the table is total over them: a new method
 * without a rule does not compile. Endpoints reach what is kept only through such a store.
 */
import { parseModelUri } from '../model-uri.ts'
import type { Page } from '../entities.ts'
import { parsePageToken, toPageToken } from '../sql/page.ts'
import { traceKeys } from '../trace-entities.ts'
import type { PageRequest, TrackingStore } from '../tracking-store.ts'
import type { Permission, User, UserStore } from '../users/user.ts'
import type { ArtifactUris } from './artifact-uris.ts'
import type { Rights } from './rights.ts'

type Method = Exclude<keyof TrackingStore, symbol>

/** What is asked before a method with these arguments. */
type Rule<M extends Method> = (...args: Parameters<TrackingStore[M]>) => Promise<void> | void

/** Methods that do more than ask beforehand. */
const filtered = [
  'createExperiment',
  'getExperimentByName',
  'searchExperiments',
  'searchRuns',
  'createRegisteredModel',
  'renameRegisteredModel',
  'deleteRegisteredModel',
  'searchRegisteredModels',
  'searchModelVersions',
  'searchLoggedModels',
  'getTraceInfos',
  'getTraces',
  'searchTraces',
] as const satisfies readonly Method[]

type Filtered = (typeof filtered)[number]
type Rules = { readonly [M in Exclude<Method, Filtered>]: Rule<M> }

export interface GuardOptions {
  readonly store: TrackingStore
  readonly rights: Rights
  readonly users: UserStore
  readonly user: User
  readonly uris: Pick<ArtifactUris, 'below'>
}

export function guardedStore(options: GuardOptions): TrackingStore {
  const { store } = options
  const rules = rulesOf(options)
  const guarded = Object.fromEntries(
    Object.entries(rules).map(([name, rule]) => {
      // Which method goes with which rule is checked where the rules are written.
      const [method, ask] = [store[name as keyof Rules], rule] as unknown as [Untyped, Untyped]
      return [
        name,
        async (...args: readonly unknown[]): Promise<unknown> => {
          await ask(...args)
          return await method(...args)
        },
      ]
    }),
  ) as Pick<TrackingStore, keyof Rules>
  return { ...guarded, ...filteredMethods(options), [Symbol.asyncDispose]: async () => {} }
}

type Untyped = (...args: readonly unknown[]) => unknown

function rulesOf({ rights, uris }: GuardOptions): Rules {
  const onExperiment = (needed: Permission) => async (experimentId: string) =>
    await rights.experiment(experimentId, needed)
  const onRun = (needed: Permission) => async (runId: string) => await rights.run(runId, needed)
  const onModel = (needed: Permission) => async (name: string) => await rights.model(name, needed)
  const onLoggedModel = (needed: Permission) => async (modelId: string) => await rights.loggedModel(modelId, needed)
  const onTrace = (needed: Permission) => async (traceId: string) => await rights.traces([traceId], needed)
  /** A place of served artifacts that a client names will be read for everybody who sees what names it. */
  const readable = async (uri: string | undefined): Promise<void> => {
    const path = uri === undefined ? undefined : uris.below(uri)
    if (path !== undefined) await rights.artifact(path, 'READ')
  }
  const aboutModels = async (modelIds: readonly (string | undefined)[]): Promise<void> => {
    const known = new Set(modelIds.filter((id) => id !== undefined && id !== ''))
    for (const id of known) await rights.loggedModel(id!, 'EDIT')
  }
  return {
    getExperiment: onExperiment('READ'),
    renameExperiment: onExperiment('EDIT'),
    deleteExperiment: onExperiment('MANAGE'),
    restoreExperiment: onExperiment('MANAGE'),
    setExperimentTag: onExperiment('EDIT'),
    deleteExperimentTag: onExperiment('EDIT'),

    createRun: onExperiment('EDIT'),
    getRun: onRun('READ'),
    updateRun: onRun('EDIT'),
    deleteRun: onRun('MANAGE'),
    restoreRun: onRun('MANAGE'),
    logMetric: async (runId, _key, _value, at) => {
      await rights.run(runId, 'EDIT')
      await aboutModels([at?.modelId])
    },
    logParam: onRun('EDIT'),
    logBatch: async (runId, { metrics = [] }) => {
      await rights.run(runId, 'EDIT')
      await aboutModels(metrics.map(({ modelId }) => modelId))
    },
    setTag: onRun('EDIT'),
    deleteTag: onRun('EDIT'),
    logInputs: onRun('EDIT'),
    getMetricHistory: onRun('READ'),

    getRegisteredModel: onModel('READ'),
    updateRegisteredModel: onModel('EDIT'),
    setRegisteredModelTag: onModel('EDIT'),
    deleteRegisteredModelTag: onModel('MANAGE'),
    setRegisteredModelAlias: onModel('EDIT'),
    deleteRegisteredModelAlias: onModel('MANAGE'),
    createModelVersion: async (name, source, { runId } = {}) => {
      await rights.model(name, 'EDIT')
      if (runId !== undefined) await rights.run(runId, 'READ')
      const uri = parseModelUri(source)
      if (uri.kind === 'run') await rights.run(uri.runId, 'READ')
      else if (uri.kind === 'logged') await rights.loggedModel(uri.modelId, 'READ')
      else if (uri.kind !== 'location') await rights.model(uri.name, 'READ')
      else await readable(source)
    },
    getModelVersion: onModel('READ'),
    getModelVersionByAlias: onModel('READ'),
    getLatestVersions: onModel('READ'),
    updateModelVersion: onModel('EDIT'),
    deleteModelVersion: onModel('MANAGE'),
    transitionModelVersionStage: onModel('EDIT'),
    setModelVersionTag: onModel('EDIT'),
    deleteModelVersionTag: onModel('MANAGE'),
    getRegistryHistory: onModel('READ'),
    getModelVersionDownloadUri: onModel('READ'),

    createLoggedModel: async (experimentId, { sourceRunId } = {}) => {
      await rights.experiment(experimentId, 'EDIT')
      if (sourceRunId !== undefined && sourceRunId !== '') await rights.run(sourceRunId, 'READ')
    },
    getLoggedModel: onLoggedModel('READ'),
    finalizeLoggedModel: onLoggedModel('EDIT'),
    deleteLoggedModel: onLoggedModel('MANAGE'),
    logLoggedModelParams: onLoggedModel('EDIT'),
    setLoggedModelTags: onLoggedModel('EDIT'),
    deleteLoggedModelTag: onLoggedModel('EDIT'),
    logModelInputs: async (runId, modelIds) => {
      await rights.run(runId, 'EDIT')
      for (const id of new Set(modelIds)) await rights.loggedModel(id, 'READ')
    },
    logModelOutputs: async (runId, models) => {
      await rights.run(runId, 'EDIT')
      await aboutModels(models.map(({ modelId }) => modelId))
    },

    startTrace: async ({ experimentId, traceId, tags }) => {
      await rights.experiment(experimentId, 'EDIT')
      if (traceId !== undefined) await rights.traces([traceId], 'EDIT')
      await readable(tags?.[traceKeys.artifactLocation])
    },
    endTrace: async (traceId, { tags }) => {
      await rights.traces([traceId], 'EDIT')
      await readable(tags[traceKeys.artifactLocation])
    },
    logSpans: async (experimentId, spans) => {
      await rights.experiment(experimentId, 'EDIT')
      await rights.traces([...new Set(spans.map(({ traceId }) => traceId))], 'EDIT')
    },
    getTraceInfo: onTrace('READ'),
    getTrace: onTrace('READ'),
    countTraces: async (experimentIds) => {
      for (const id of experimentIds) await rights.experiment(id, 'READ')
    },
    setTraceTag: async (traceId, key, value) => {
      await rights.traces([traceId], 'EDIT')
      if (key === traceKeys.artifactLocation) await readable(value)
    },
    deleteTraceTag: onTrace('EDIT'),
    deleteTraces: onExperiment('MANAGE'),
    linkTracesToRun: async (traceIds, runId) => {
      await rights.run(runId, 'EDIT')
      await rights.traces(traceIds, 'EDIT')
    },
    linkPromptsToTrace: onTrace('EDIT'),
    createAssessment: onTrace('EDIT'),
    getAssessment: onTrace('READ'),
    updateAssessment: onTrace('EDIT'),
    deleteAssessment: onTrace('EDIT'),
  }
}

/** What is there of a search is cut down to what the user may see; who makes something may manage it. */
function filteredMethods({ store, rights, users, user }: GuardOptions): Pick<TrackingStore, Filtered> {
  const mayRead = async (type: 'experiment' | 'registered_model', resource: string): Promise<boolean> =>
    (await rights.permission(type, resource)) !== 'NO_PERMISSIONS'
  const mayReadModel = async ({ name }: { readonly name: string }): Promise<boolean> =>
    await mayRead('registered_model', name)
  const readableOf = async (experimentIds: readonly string[]): Promise<readonly string[]> => {
    const are = await Promise.all(experimentIds.map(async (id) => await mayRead('experiment', String(Number(id)))))
    return experimentIds.filter((_, i) => are[i])
  }
  /** A search in several experiments, in those that may be read; of none that finds nothing. */
  const within = async <R extends { readonly experimentIds: readonly string[] }, T>(
    request: R,
    search: (request: R) => Promise<Page<T>>,
  ): Promise<Page<T>> => {
    const experimentIds = await readableOf(request.experimentIds)
    return experimentIds.length === 0 && request.experimentIds.length > 0
      ? { items: [] }
      : await search({ ...request, experimentIds })
  }
  return {
    createExperiment: async (name, options) => {
      // Artifacts in a place of one's own choice might be those of others.
      if (options?.artifactLocation !== undefined) rights.admin()
      const resource = await store.createExperiment(name, options)
      // What is left of an erased experiment of that number is nobody's right to this one.
      await users.moveGrants('experiment', resource)
      await users.grant(user.username, { type: 'experiment', resource, permission: 'MANAGE' })
      return resource
    },
    getExperimentByName: async (name) => {
      const found = await store.getExperimentByName(name)
      if (found !== undefined) await rights.experiment(found.experimentId, 'READ')
      return found
    },
    searchExperiments: async (request = {}) =>
      await filteredPage(
        request,
        1000,
        async (page) => await store.searchExperiments({ ...request, ...page }),
        async ({ experimentId }) => await mayRead('experiment', experimentId),
      ),
    searchRuns: async (request) => await within(request, async (asked) => await store.searchRuns(asked)),
    createRegisteredModel: async (name, options) => {
      const made = await store.createRegisteredModel(name, options)
      await users.moveGrants('registered_model', name)
      await users.grant(user.username, { type: 'registered_model', resource: name, permission: 'MANAGE' })
      return made
    },
    renameRegisteredModel: async (name, newName, note) => {
      await rights.model(name, 'EDIT')
      const renamed = await store.renameRegisteredModel(name, newName, note)
      if (name !== newName) await users.moveGrants('registered_model', name, newName)
      return renamed
    },
    deleteRegisteredModel: async (name, note) => {
      await rights.model(name, 'MANAGE')
      await store.deleteRegisteredModel(name, note)
      await users.moveGrants('registered_model', name)
    },
    searchRegisteredModels: async (request = {}) =>
      await filteredPage(
        request,
        100,
        async (page) => await store.searchRegisteredModels({ ...request, ...page }),
        mayReadModel,
      ),
    searchModelVersions: async (request = {}) =>
      await filteredPage(
        request,
        10_000,
        async (page) => await store.searchModelVersions({ ...request, ...page }),
        mayReadModel,
      ),
    searchLoggedModels: async (request) =>
      await within(request, async (asked) => await store.searchLoggedModels(asked)),
    getTraceInfos: async (traceIds) => {
      const infos = await store.getTraceInfos(traceIds)
      const readable = new Set(await readableOf([...new Set(infos.map(({ experimentId }) => experimentId))]))
      return infos.filter(({ experimentId }) => readable.has(experimentId))
    },
    getTraces: async (traceIds) => {
      const infos = await store.getTraceInfos(traceIds)
      const readable = new Set(await readableOf([...new Set(infos.map(({ experimentId }) => experimentId))]))
      const seen = infos.filter(({ experimentId }) => readable.has(experimentId))
      return await store.getTraces(seen.map(({ traceId }) => traceId))
    },
    searchTraces: async (request) => await within(request, async (asked) => await store.searchTraces(asked)),
  }
}

/** A page of those items that may be seen, from as many pages as it takes; it goes on where it has stopped looking. */
async function filteredPage<T>(
  { maxResults, pageToken }: PageRequest,
  byDefault: number,
  search: (page: PageRequest) => Promise<Page<T>>,
  maySee: (item: T) => Promise<boolean>,
): Promise<Page<T>> {
  const most = maxResults ?? byDefault
  const kept: T[] = []
  for (let token = pageToken; ;) {
    const page = await search({ maxResults, pageToken: token })
    const start = parsePageToken(token)
    for (const [i, item] of page.items.entries()) {
      if (!(await maySee(item))) continue
      // One more than fits tells that there is more, and where.
      if (kept.length === most) return { items: kept, nextPageToken: toPageToken(start + i) }
      kept.push(item)
    }
    if (page.nextPageToken === undefined) return { items: kept }
    token = page.nextPageToken
  }
}
