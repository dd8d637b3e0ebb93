import { expect, it } from 'vitest'
import { shownUri } from './shown-uri.ts'

it.each([
  ['postgresql://ada:secret@db.example.com:5432/mlflow', 'postgresql://ada@db.example.com:5432/mlflow'],
  ['postgresql+psycopg2://ada:se:cr@t@db/mlflow', 'postgresql+psycopg2://ada@db/mlflow'],
  ['postgresql://db/mlflow?user=ada&password=secret&ssl=1', 'postgresql://db/mlflow?user=ada&password=…&ssl=1'],
  ['https://ada:secret@mlflow.example.com/x', 'https://ada@mlflow.example.com/x'],
  ['https://:secret@mlflow.example.com', 'https://@mlflow.example.com'],
  ['http://127.0.0.1:5000', 'http://127.0.0.1:5000'],
  ['sqlite:////srv/a:b@c/mlflow.db', 'sqlite:////srv/a:b@c/mlflow.db'],
  ['mlflow.db', 'mlflow.db'],
])('%s is shown as %s', (uri, shown) => {
  expect(shownUri(uri)).toBe(shown)
})
