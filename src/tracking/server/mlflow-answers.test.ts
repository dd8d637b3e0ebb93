/** The requests of test/reference/tracking-server.py and webhooks-server.py, which MLflow's own server answered; the same answers here. */
import { answersLikeMlflow, type Difference } from '../../../test/recorded-answers.ts'

const WORDING = { why: 'the message says more, or says it shorter' }

/** Where ours differs, and why. */
const different: Readonly<Record<string, Difference>> = {
  'a time with a fraction': { why: 'MLflow drops it without a word', status: 400, code: 'INVALID_PARAMETER_VALUE' },
  'an unknown status': { why: 'MLflow ignores it', status: 400, code: 'INVALID_PARAMETER_VALUE' },
  'it came out again': { why: 'a client that repeats a request is answered as before', status: 200 },
  'it came out at another step': { why: 'says what is wrong', code: 'INVALID_PARAMETER_VALUE' },
  'twice in one request': { why: 'says what is wrong', code: 'INVALID_PARAMETER_VALUE' },
  "logged models: experiment_id > '1'": WORDING,
  "logged models: artifact_location = '{place}'": {
    why: 'the database has the real place, clients see one of served artifacts',
  },
  'a metric about no logged model': { why: 'says what is wrong', status: 404, code: 'RESOURCE_DOES_NOT_EXIST' },
  'archive where nothing is to be': {
    why: 'clients repeat a 500 for minutes',
    status: 400,
    code: 'INVALID_PARAMETER_VALUE',
  },
  'data set names': { why: 'a list of the page, which comes later', status: 404, code: 'ENDPOINT_NOT_FOUND' },
  'server info': { why: 'no presigned URLs, no gateway' },
  'the model with its alias': { why: 'newest versions have their aliases as well' },
  'too many runs': WORDING,
  'search models, too many': WORDING,
  'search with a broken token': WORDING,
  'a broken token': WORDING,
  'search with a broken filter': WORDING,
  'a broken filter': WORDING,
  'a broken order': WORDING,
  'search models, broken': WORDING,
  'history, none at all': WORDING,
  'a local source of a run': WORDING,
}

for (const file of ['tracking-server.json', 'webhooks-server.json']) answersLikeMlflow(file, different)
