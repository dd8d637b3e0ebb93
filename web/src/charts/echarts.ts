/** The parts of the chart library that are used. */
import { BarChart, LineChart, ParallelChart } from 'echarts/charts'
import {
  DataZoomComponent,
  GridComponent,
  ParallelComponent,
  ToolboxComponent,
  TooltipComponent,
} from 'echarts/components'
import { init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

use([
  BarChart,
  LineChart,
  ParallelChart,
  GridComponent,
  ParallelComponent,
  TooltipComponent,
  DataZoomComponent,
  ToolboxComponent,
  CanvasRenderer,
])

export { init }
