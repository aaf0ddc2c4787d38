import FlowEngine
import FlowModel
import PluginHost
import RuleEngine
import SwitchboardSDK

struct FlowFolders: FlowSourcePort {
  init(plan: InstallationPlan, plugins: PluginRegistry, rules: RuleEngine) {}
  func flow(project: String, file: String, source: String) -> Flow? { nil }
  func publish(_ project: String, into engine: Engine) async throws {}
}
