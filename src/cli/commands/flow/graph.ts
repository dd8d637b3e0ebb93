/** `millrace flow show` and `millrace flow check`: a flow as it is written, without running it. */
import type { Command } from 'commander'
import { commandWithExamples, jsonOption, type JsonFlag } from '../../options.ts'
import { bold, printJson, printLine } from '../../output.ts'

export function showCommand(): Command {
  return commandWithExamples('show', 'show the steps of a flow and how they follow each other', [
    'flow show training.ts',
    'flow show training.ts --mermaid',
  ])
    .argument('<file>', 'the module whose default export is the flow')
    .option('--mermaid', 'print a Mermaid flow chart')
    .addOption(jsonOption())
    .action(async (file: string, flags: JsonFlag & { readonly mermaid?: boolean }) => {
      const { describeParameters, graphMermaid, graphText, loadFlow } = await import('../../../flow/index.ts')
      const flow = await loadFlow(file)
      const { name, description, graph } = flow
      if (flags.json === true) return printJson({ name, description, parameters: describeParameters(flow), graph })
      if (flags.mermaid === true) return printLine(graphMermaid(graph))
      printLine(description === undefined ? bold(name) : `${bold(name)}: ${description}`)
      printLine()
      printLine(graphText(graph))
    })
}

export function checkCommand(): Command {
  return commandWithExamples('check', 'look for mistakes in a flow; exits with 2 when there are any', [
    'flow check training.ts',
  ])
    .argument('<file>', 'the module whose default export is the flow')
    .addOption(jsonOption())
    .action(async (file: string, flags: JsonFlag) => {
      const { checkFlow, findProblems, loadFlow, taskNodes } = await import('../../../flow/index.ts')
      const flow = await loadFlow(file)
      if (flags.json === true) {
        const problems = findProblems(flow)
        printJson({ name: flow.name, problems })
        if (problems.length > 0) process.exitCode = 2
        return
      }
      checkFlow(flow, file)
      printLine(`The flow "${flow.name}" can run: ${taskNodes(flow.graph).length} steps, no problems.`)
    })
}
