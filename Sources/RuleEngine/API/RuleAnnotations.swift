//! The API as annotations for lua-language-server (LuaCATS): an editor then completes names, shows what they do and
//! underlines what does not exist. Made from the same table as the check.

package enum RuleAnnotations {
  /// Files by name, for a folder that the editor is told of: `rules.lua`, `text.lua`, `time.lua`.
  package static var files: [(name: String, text: String)] {
    [("rules.lua", rules)] + RuleAPI.libraries.map { ("\($0.name).lua", library($0.name, $0.functions)) }
  }

  /// `.luarc.json` beside the rules; `library` is the folder of the files above, as the editor finds it.
  package static func configuration(library: String) -> String {
    """
    {
      "$schema": "https://raw.githubusercontent.com/LuaLS/vscode-lua/master/setting/schema.json",
      "runtime.version": "Lua 5.4",
      "runtime.builtin": {
        "debug": "disable", "ffi": "disable", "io": "disable", "jit": "disable", "os": "disable",
        "package": "disable", "bit": "disable", "bit32": "disable", "table.clear": "disable", "table.new": "disable"
      },
      "workspace.library": ["\(library)"],
      "workspace.checkThirdParty": false,
      "diagnostics.globals": [],
      "diagnostics.severity": { "lowercase-global": "Error", "undefined-global": "Error", "undefined-field": "Error" },
      "telemetry.enable": false
    }

    """
  }

  private static let head = """
    ---@meta
    --- What rules of Switchboard may use. Made by `switchboard schema --lua`; do not edit it.


    """

  private static var rules: String {
    var text = head
    text += "---@alias sb.Handler fun(msg: sb.Message, conv: sb.Conversation, ctx: sb.Context): sb.Decision\n\n"
    for object in RuleAPI.objects {
      text += "---@class \(object.className)\n" + object.fields.map(field).joined()
      if object.isOpen { text += "---@field [string] any\n" }
      text += "\n"
    }
    text += "---@class sb.Time\n" + RuleAPI.timeFields.map(field).joined() + "\n"
    text += "---@class sb.Rule\n---@field description? string what the rule is for\n"
    text += RuleAPI.handlers.map { "---@field \($0.name)? \($0.type) \($0.english)\n" }.joined() + "\n"
    text += "---@class sb.Decision\nlocal Decision = {}\n\n"
    for method in RuleAPI.decisionMethods { text += function(method, as: "Decision:\(method.name)") }
    for function in RuleAPI.globals + RuleAPI.decisions { text += self.function(function, as: function.name) }
    return text
  }

  private static func library(_ name: String, _ functions: [RuleSignature]) -> String {
    head + "---@class \(name)lib\n\(name) = {}\n\n"
      + functions.map { function($0, as: "\(name).\($0.name)") }.joined()
  }

  private static func field(_ field: RuleField) -> String {
    let comment = field.english.isEmpty ? "" : " \(field.english)"
    // `price: number?` is a field that may be absent.
    guard field.type.hasSuffix("?") else { return "---@field \(field.name) \(field.type)\(comment)\n" }
    return "---@field \(field.name)? \(field.type.dropLast())\(comment)\n"
  }

  private static func function(_ signature: RuleSignature, as name: String) -> String {
    var text = "--- \(signature.english)\n"
    for parameter in signature.parameters {
      let mark = parameter.isOptional && parameter.name != "..." ? "?" : ""
      text += "---@param \(parameter.name)\(mark) \(parameter.type)\n"
    }
    if signature.returns != "nil" { text += "---@return \(signature.returns)\n" }
    let arguments = signature.parameters.map(\.name).joined(separator: ", ")
    return text + "function \(name)(\(arguments)) end\n\n"
  }
}
