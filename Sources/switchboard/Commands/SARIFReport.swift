//! Findings in SARIF 2.1.0 (OASIS), which code scanners and editors read.
import FlowLoading
import SwitchboardSDK

enum SARIFReport {
  static func value(_ findings: [CheckFinding]) -> Value {
    let codes = Set(findings.map(\.code)).sorted()
    let driver: Value = [
      "name": "switchboard", "version": .text(ProgramVersion.text), "rules": .list(codes.map(rule)),
    ]
    let run: Value = [
      "tool": ["driver": driver], "columnKind": "unicodeCodePoints",
      "results": .list(findings.map { result($0, ruleIndex: codes.firstIndex(of: $0.code) ?? 0) }),
    ]
    return [
      "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": .list([run]),
    ]
  }

  private static func rule(_ code: String) -> Value {
    guard let known = DiagnosticCode(rawValue: code) else {
      return ["id": .text(code), "shortDescription": ["text": "a file cannot be read"]]
    }
    return [
      "id": .text(code), "shortDescription": ["text": .text(known.meaning)],
      "fullDescription": ["text": .text(Explanation.of(known)?.cause ?? known.meaning)],
    ]
  }

  private static func result(_ finding: CheckFinding, ruleIndex: Int) -> Value {
    var members: [String: Value] = [
      "ruleId": .text(finding.code), "ruleIndex": .int(Int64(ruleIndex)),
      "level": finding.isError ? "error" : "warning", "message": ["text": .text(finding.sentence)],
    ]
    if !finding.file.isEmpty { members["locations"] = .list([["physicalLocation": location(finding)]]) }
    return .map(members)
  }

  private static func location(_ finding: CheckFinding) -> Value {
    var members: [String: Value] = ["artifactLocation": ["uri": .text(uri(finding.file))]]
    if let place = finding.place {
      var region: [String: Value] = ["startLine": .int(Int64(place.line))]
      if let columns = place.columns {
        region["startColumn"] = .int(Int64(columns.lowerBound))
        region["endColumn"] = .int(Int64(columns.upperBound))
      }
      members["region"] = .map(region)
    }
    return .map(members)
  }

  /// RFC 3986: what is neither unreserved nor a slash is percent-encoded.
  private static func uri(_ path: String) -> String {
    let encoded = path.utf8.map { byte -> String in
      let isPlain =
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || [0x2D, 0x2E, 0x2F, 0x5F, 0x7E].contains(byte)
      let digits = String(byte, radix: 16, uppercase: true)
      return isPlain ? String(UnicodeScalar(byte)) : "%" + (digits.utf8.count < 2 ? "0" : "") + digits
    }
    return (path.hasPrefix("/") ? "file://" : "") + encoded.joined()
  }
}
