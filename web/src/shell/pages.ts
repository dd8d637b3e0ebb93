/** The pages that can be gone to from everywhere. */
import { IconActivityHeartbeat, IconBox, IconFlask, IconRoute, IconServer } from '@tabler/icons-react'
import { strings } from '../strings.ts'

export const pages = [
  { to: '/experiments', label: strings.pages.experiments, Icon: IconFlask },
  { to: '/models', label: strings.pages.models, Icon: IconBox },
  { to: '/flows', label: strings.pages.flows, Icon: IconRoute },
  { to: '/serving', label: strings.pages.serving, Icon: IconServer },
  { to: '/monitoring', label: strings.pages.monitoring, Icon: IconActivityHeartbeat },
] as const
