/** The parts of the chart library that are used; the page loads this file with the first chart. */
import { BarChart, LineChart } from 'echarts/charts'
import { DataZoomComponent, GridComponent, ToolboxComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

use([BarChart, LineChart, GridComponent, TooltipComponent, DataZoomComponent, ToolboxComponent, CanvasRenderer])

export { init }
