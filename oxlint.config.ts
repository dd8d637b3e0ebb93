import { defineConfig, type OxlintOverride } from 'oxlint'

/** The rooms of src/, lowest first: a room imports only from itself and from rooms before it. */
const rooms = [
  'core',
  'tensor',
  'data',
  'onnx',
  'nn',
  'trees',
  'images',
  'preprocess',
  'metrics',
  'storage',
  'model',
  'tracking',
  'search',
  'report',
  'flow',
  'serve',
  'monitor',
  'sagemaker',
  'backend',
  'app',
  'container',
  'cli',
]

export default defineConfig({
  plugins: ['typescript', 'import', 'unicorn', 'promise', 'node'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  rules: {
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'typescript/explicit-module-boundary-types': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-unsafe-type-assertion': 'off',
    'import/no-cycle': 'error',
    'typescript/consistent-return': 'off', // noImplicitReturns of the compiler sees more
    'no-await-in-loop': 'off',
    'unicorn/no-array-sort': 'off',
    'unicorn/no-array-reverse': 'off',
    'no-shadow': 'off',
    'unicorn/require-post-message-target-origin': 'off', // of windows; threads have no origin
  },
  ignorePatterns: ['dist', 'node_modules', 'assembly/csv', 'assembly/trees'],
  overrides: [
    // Style sheets are imported for what they do.
    { files: ['web/src/**/*.tsx'], rules: { 'import/no-unassigned-import': ['error', { allow: ['**/*.css'] }] } },
    // A module that defines a custom element is imported for that.
    {
      files: ['systems/fashion-mnist/app/*.js'],
      rules: { 'import/no-unassigned-import': ['error', { allow: ['**/drawing-pad.js'] }] },
    },
    ...rooms.map(importLeftOnly),
  ],
})

function importLeftOnly(room: string, position: number): OxlintOverride {
  return {
    files: [`src/${room}/**`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: rooms.slice(position + 1).map((later) => `**/${later}/**`),
              message: `src/${room} comes before that room: imports point left only (see ARCHITECTURE.md).`,
            },
            {
              group: ['millrace', 'millrace/*'],
              message: 'Inside src/ import by relative path; the package name is for outside users.',
            },
          ],
        },
      ],
    },
  }
}
