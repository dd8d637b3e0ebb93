/** The SM_* variables that SageMaker's training toolkit sets, for programs that look for them. */
import { basename, extname, join } from 'node:path'
import type { ContainerPaths } from './contract.ts'
import { hyperparameterArguments } from './hyperparameters.ts'
import type { InputDataConfig, ResourceConfig } from './job-config.ts'
import { pythonJson } from './python-text.ts'

export interface TrainingFacts {
  readonly paths: ContainerPaths
  readonly hyperparameters: Readonly<Record<string, unknown>>
  readonly channels: InputDataConfig
  readonly resources: ResourceConfig
  readonly cpus: number
  /** The file of the program. */
  readonly program: string
  readonly jobName: string | undefined
}

/** The variables by name. JSON is compact, with sorted keys. */
export function sagemakerEnvironment(facts: TrainingFacts): Readonly<Record<string, string>> {
  const { paths, hyperparameters, channels, resources, cpus, program, jobName } = facts
  const channelFolders = Object.fromEntries(Object.keys(channels).map((name) => [name, join(paths.inputData, name)]))
  const groups = Object.fromEntries(resources.instance_groups.map((group) => [group.instance_group_name, group]))
  const shared = {
    current_host: resources.current_host,
    current_instance_group: resources.current_group_name,
    current_instance_group_hosts: groups[resources.current_group_name]?.hosts ?? resources.hosts,
    current_instance_type: resources.current_instance_type,
    distribution_instance_groups: [],
    framework_module: null,
    hosts: resources.hosts,
    input_config_dir: paths.inputConfig,
    input_data_config: channels,
    input_dir: paths.input,
    instance_groups: Object.keys(groups),
    instance_groups_dict: groups,
    is_hetero: resources.instance_groups.length > 1,
    log_level: 20,
    model_dir: paths.model,
    module_dir: paths.code,
    module_name: basename(program, extname(program)),
    network_interface_name: resources.network_interface_name,
    num_cpus: cpus,
    num_gpus: 0,
    num_neurons: 0,
    output_data_dir: paths.outputData,
    output_dir: paths.output,
    output_intermediate_dir: paths.outputIntermediate,
    resource_config: resources,
    user_entry_point: basename(program),
  }
  const master = resources.hosts.toSorted()[0]
  const training = {
    ...shared,
    additional_framework_parameters: {},
    channel_input_dirs: channelFolders,
    distribution_hosts: [],
    hyperparameters,
    is_master: master === resources.current_host,
    job_name: jobName ?? null,
    master_hostname: master,
  }
  return variables({
    ...shared,
    ...withPrefix('channel_', channelFolders),
    channels: Object.keys(channels).toSorted(),
    framework_params: {},
    hps: hyperparameters,
    ...withPrefix('hp_', hyperparameters),
    training_env: training,
    user_args: hyperparameterArguments(hyperparameters),
  })
}

function withPrefix(prefix: string, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]))
}

function variables(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`SM_${name.toUpperCase()}`, variableText(value)]),
  )
}

function variableText(value: unknown): string {
  if (value === null) return ''
  return typeof value === 'string' ? value : pythonJson(value)
}
