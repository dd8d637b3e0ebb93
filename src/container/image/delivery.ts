/** Pipelines that test, build and push images: CodeBuild and GitHub Actions. ACCOUNT_ID and AWS_REGION come from outside. */
import { stringify } from 'yaml'
import type { Stage } from '../program.ts'

interface Delivery {
  /** Names of repositories begin with it. */
  readonly name: string
  readonly stages: readonly Stage[]
}

const REGISTRY = '$ACCOUNT_ID.dkr.ecr.$AWS_REGION.amazonaws.com'
const TEST = ['npm ci --omit=dev --ignore-scripts', 'node --test test/*.test.mjs']

/** A build specification for CodeBuild; the test is of the server, so only where that is built. */
export function buildspec({ name, stages }: Delivery): string {
  const image = (stage: Stage): string => `"${REGISTRY}/${name}-${stage}:$IMAGE_TAG"`
  return document({
    version: 0.2,
    phases: {
      install: { 'runtime-versions': { nodejs: 24 } },
      pre_build: {
        commands: [
          `: "\${ACCOUNT_ID:?Set it to the number of the account}" "\${AWS_REGION:?Set it to the region}"`,
          `IMAGE_TAG="$(printf %.12s "\${CODEBUILD_RESOLVED_SOURCE_VERSION:-latest}")"`,
          ...(stages.includes('serve') ? TEST : []),
          `aws ecr get-login-password --region "$AWS_REGION" | docker login --username AWS --password-stdin "${REGISTRY}"`,
        ],
      },
      build: { commands: stages.map((stage) => `docker build --file Dockerfile.${stage} --tag ${image(stage)} .`) },
      post_build: {
        commands: ['test "$CODEBUILD_BUILD_SUCCEEDING" = 1', ...stages.map((stage) => `docker push ${image(stage)}`)],
      },
    },
  })
}

/** `.github/workflows/images.yml`. */
export function workflow({ name, stages }: Delivery): string {
  const image = `"${REGISTRY}/${name}-$STAGE:$GITHUB_SHA"`
  const checkout = { uses: 'actions/checkout@v4' }
  return document({
    name: 'images',
    on: { push: { branches: ['main'] }, workflow_dispatch: {} },
    permissions: { contents: 'read', 'id-token': 'write' },
    jobs: {
      test: {
        'runs-on': 'ubuntu-latest',
        steps: [
          checkout,
          { uses: 'actions/setup-node@v4', with: { 'node-version': 24 } },
          ...TEST.map((run) => ({ run })),
        ],
      },
      push: {
        needs: 'test',
        'runs-on': 'ubuntu-latest',
        strategy: { matrix: { stage: [...stages] } },
        env: {
          ACCOUNT_ID: expression('vars.ACCOUNT_ID'),
          AWS_REGION: expression('vars.AWS_REGION'),
          STAGE: expression('matrix.stage'),
        },
        steps: [
          checkout,
          {
            uses: 'aws-actions/configure-aws-credentials@v4',
            with: {
              'role-to-assume': `arn:aws:iam::${expression('vars.ACCOUNT_ID')}:role/${name}-images`,
              'aws-region': expression('vars.AWS_REGION'),
            },
          },
          { uses: 'aws-actions/amazon-ecr-login@v2' },
          { run: `docker build --file "Dockerfile.$STAGE" --tag ${image} .` },
          { run: `docker push ${image}` },
        ],
      },
    },
  })
}

function document(content: object): string {
  return stringify(content, { lineWidth: 0, aliasDuplicateObjects: false })
}

/** What GitHub puts a value in place of. */
function expression(text: string): string {
  return `\${{ ${text} }}`
}
