/** The requests of test/reference/trace-server.py about traces, which MLflow's own server answered; the same answers here. */
import { answersLikeMlflow, type Difference } from '../../../test/recorded-answers.ts'

const WORDING = { why: 'the message says more, or says it shorter' }

const different: Readonly<Record<string, Difference>> = {
  'start a trace again': { why: 'MLflow answers without the tags that were there before' },
  'tag nothing': { why: 'a foreign key of the database speaks', status: 404, code: 'RESOURCE_DOES_NOT_EXIST' },
  'send spans to no experiment': { why: 'MLflow adds codes of its cloud' },
  'send to nowhere': WORDING,
  'get a trace without spans': {
    why: 'clients repeat a 500 for minutes',
    status: 400,
    code: 'INVALID_STATE',
  },
  'get no trace': WORDING,
  'get no trace data': WORDING,
  'get an assessment of no trace': WORDING,
  "search name IN ('agent-1', 'agent-2')": { why: 'MLflow lists it and then refuses it', status: 200 },
  "search text ILIKE '%WHY?%'": { why: 'MLflow takes it only after a prefix', status: 200 },
  "search badly: text = 'x'": { why: 'MLflow takes it only after a prefix', status: 200 },
  "search expectation.reply = '43'": { why: 'a number of MLflow has a fraction' },
  "search badly: issue.name = 'x'": {
    why: 'MLflow takes the word name for that of a trace',
    status: 400,
    code: 'INVALID_PARAMETER_VALUE',
  },
  "search badly: nonsense = 'x'": WORDING,
  "search badly: span.nothing = 'x'": WORDING,
  "search badly: feedback.score > 'x'": WORDING,
  'search badly: feedback.score = 5': WORDING,
  "search badly: tags.a > 'x'": WORDING,
  "search badly: status > 'OK'": WORDING,
  "search badly: timestamp_ms LIKE 'x'": WORDING,
  'search badly: name': WORDING,
  "search badly: request_metadata.a > 'x'": WORDING,
  "search badly: timestamp_ms IN ('1')": WORDING,
  'search by nonsense': WORDING,
  'search too many': WORDING,
}

answersLikeMlflow('trace-server.json', different)
