import { expect, it } from 'vitest'
import { shownText, shownUri, shownValue } from './shown-uri.ts'

it.each([
  ['postgresql://ada:secret@db.example.com:5432/mlflow', 'postgresql://ada@db.example.com:5432/mlflow'],
  ['postgresql+psycopg2://ada:se:cr@t@db/mlflow', 'postgresql+psycopg2://ada@db/mlflow'],
  ['postgresql://ada:se/cr?e#t@db/mlflow', 'postgresql://ada@db/mlflow'],
  ['postgresql://ada:12/34@db/mlflow', 'postgresql://ada@db/mlflow'],
  ['postgresql:ada:secret@db/mlflow', 'postgresql:ada@db/mlflow'],
  ['postgresql:/ada:secret@db/mlflow', 'postgresql:/ada@db/mlflow'],
  ['postgresql://db/mlflow?user=ada&password=secret&ssl=1', 'postgresql://db/mlflow?user=ada&password=…&ssl=1'],
  ['postgresql://ada@db:5432/mlflow', 'postgresql://ada@db:5432/mlflow'],
  ['https://ada:secret@mlflow.example.com/x', 'https://ada@mlflow.example.com/x'],
  ['https://ada:se/cret@mlflow.example.com/x', 'https://ada@mlflow.example.com/x'],
  ['https://:secret@mlflow.example.com', 'https://@mlflow.example.com'],
  ['http://127.0.0.1:5000', 'http://127.0.0.1:5000'],
  ['http://127.0.0.1:5000/a@b', 'http://127.0.0.1:5000/a@b'],
  ['sqlite:////srv/a:b@c/mlflow.db', 'sqlite:////srv/a:b@c/mlflow.db'],
  ['mlflow.db', 'mlflow.db'],
  ['note: see x: ada@example.com', 'note: see x: ada@example.com'],
])('%s is shown as %s', (uri, shown) => {
  expect(shownUri(uri)).toBe(shown)
})

it('finds URIs in text, and text in values', () => {
  const text = 'Copied "postgresql://ada:secret@db/x" to http://127.0.0.1:5000, said ada@example.com.'
  const shown = 'Copied "postgresql://ada@db/x" to http://127.0.0.1:5000, said ada@example.com.'
  const date = new Date(0)
  expect(shownText(text)).toBe(shown)
  expect(shownValue({ n: 1, list: [text, null], date })).toEqual({ n: 1, list: [shown, null], date })
})
