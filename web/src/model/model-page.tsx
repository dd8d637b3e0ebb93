/** One registered model: its versions, what it is for, what was done to it. */
import { Breadcrumbs, Stack, Tabs } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { deleteModelTag, describeModel, type RegisteredModel, setModelTag } from '../api/models.ts'
import { HistoryList } from '../models/history-list.tsx'
import { useModel } from '../models/use-versions.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { PageWaiting } from '../shell/failure.tsx'
import { MarkdownField } from '../shell/markdown-field.tsx'
import { PageTitle } from '../shell/page-title.tsx'
import { TagList } from '../shell/tag-list.tsx'
import { strings } from '../strings.ts'
import { Versions } from './versions.tsx'

const text = strings.model
const route = getRouteApi('/models/$name')

export function ModelPage(): ReactNode {
  const { name } = route.useParams()
  const { tab = 'versions' } = route.useSearch()
  const navigate = route.useNavigate()
  const { data, error, refetch } = useModel(name)
  if (data === undefined) return <PageWaiting of={strings.pages.models} error={error} retry={refetch} />
  return (
    <Stack p="md">
      <Breadcrumbs>
        <AnchorLink to="/models">{strings.pages.models}</AnchorLink>
      </Breadcrumbs>
      <PageTitle name={name} of={strings.pages.models} />
      <About model={data} />
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(value) =>
          void navigate({ search: (old) => ({ ...old, tab: value === 'history' ? value : undefined }) })
        }
      >
        <Tabs.List>
          <Tabs.Tab value="versions">{text.versions}</Tabs.Tab>
          <Tabs.Tab value="history">{text.history}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="versions" pt="md">
          <Versions name={name} />
        </Tabs.Panel>
        <Tabs.Panel value="history" pt="md">
          <HistoryList name={name} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  )
}

function About({ model: { name, description, tags } }: { readonly model: RegisteredModel }): ReactNode {
  const queries = useQueryClient()
  const reload = async (): Promise<void> => await queries.invalidateQueries({ queryKey: ['model', name] })
  return (
    <>
      <MarkdownField
        label={text.description}
        hint={text.descriptionHint}
        text={description}
        none={text.noDescription}
        onSave={async (content) => {
          await describeModel(name, content)
          await reload()
        }}
      />
      <TagList
        tags={tags}
        onChange={async (key, value) => {
          await (value === undefined ? deleteModelTag(name, key) : setModelTag(name, key, value))
          await reload()
        }}
      />
    </>
  )
}
