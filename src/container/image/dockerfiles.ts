/** Dockerfiles, one a stage. */
import { contract } from '../contract.ts'
import type { Stage } from '../program.ts'

/** What is in a build context, as far as its files have to know. */
export interface ContextFacts {
  readonly model: { readonly name: string; readonly version: string }
  /** The file of the program of each stage that has one, relative to the context. */
  readonly programs: Readonly<Partial<Record<Stage, string>>>
  /** Whether there are packages that come from no registry. */
  readonly hasPackages: boolean
}

const BASE = 'node:24-bookworm-slim'
const HOME = '/opt/program'
const COMMAND = ['node', `${HOME}/node_modules/millrace/bin/millrace.js`, 'container', 'run']

/** The file for `stage`. Each installs the same dependencies, so that builders do it once. */
export function dockerfile(stage: Stage, facts: ContextFacts): string {
  const { model, programs, hasPackages } = facts
  const program = programs[stage]
  const lines = [
    `FROM ${BASE} AS dependencies`,
    `WORKDIR ${HOME}`,
    'COPY package.json package-lock.json ./',
    ...(hasPackages ? ['COPY packages ./packages'] : []),
    '# What is for other systems, and the Node.js that the base image has already, would only make the image larger.',
    String.raw`RUN npm ci --omit=dev --ignore-scripts \
  && rm -rf packages node_modules/node-linux-* node_modules/onnxruntime-node/bin/napi-v*/darwin \
    node_modules/onnxruntime-node/bin/napi-v*/win32`,
    '',
    `FROM ${BASE}`,
    `LABEL org.opencontainers.image.title=${JSON.stringify(model.name)} org.opencontainers.image.version=${JSON.stringify(model.version)}`,
    '# Some platforms mount folders that only root may write to: --build-arg RUN_AS=root.',
    'ARG RUN_AS=node',
    `ENV NODE_ENV=production`,
    `WORKDIR ${HOME}`,
    `COPY --from=dependencies ${HOME} ./`,
    ...(program === undefined ? [] : ['COPY program ./program', `ENV MILLRACE_CONTAINER_PROGRAM=${HOME}/${program}`]),
    ...(stage === 'serve' ? ['COPY model ./model', `ENV MILLRACE_CONTAINER_MODEL=${HOME}/model`] : []),
    `RUN install -d -o "$RUN_AS" /opt/ml`,
    'USER $RUN_AS',
    ...startOf(stage, program),
  ]
  return `${lines.join('\n')}\n`
}

function startOf(stage: Stage, program: string | undefined): readonly string[] {
  if (stage === 'serve') {
    const url = `'http://127.0.0.1:' + (process.env.SAGEMAKER_BIND_TO_PORT || ${contract.port}) + '/ping'`
    const look = `fetch(${url}).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))`
    return [
      `EXPOSE ${contract.port}`,
      `HEALTHCHECK --interval=30s --timeout=2s --start-period=60s CMD ${execForm(['node', '-e', look])}`,
      `ENTRYPOINT ${execForm(COMMAND)}`,
      `CMD ${execForm(['serve'])}`,
    ]
  }
  // The platform starts training with the word train, and processing with arguments of the job or none.
  return stage === 'train'
    ? ['HEALTHCHECK NONE', `ENTRYPOINT ${execForm(COMMAND)}`, `CMD ${execForm(['train'])}`]
    : ['HEALTHCHECK NONE', `ENTRYPOINT ${execForm([...COMMAND, 'preprocess', `${HOME}/${program}`, '--'])}`]
}

function execForm(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(', ')}]`
}
