//! `75s`, `12h`, `500ms`: durations as people write them in flows and settings.

package enum DurationText {
  /// Milliseconds; nil when the text is no duration or does not fit. Units: ms, s, m, h, d.
  package static func milliseconds(_ text: String) -> Int64? {
    let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard let number = Int64(Substring(digits)) else { return nil }
    let unit: Int64
    switch String(Substring(text.utf8.dropFirst(digits.count))) {
    case "ms": unit = 1
    case "s": unit = 1_000
    case "m": unit = 60_000
    case "h": unit = 3_600_000
    case "d": unit = 86_400_000
    default: return nil
    }
    let (product, overflow) = number.multipliedReportingOverflow(by: unit)
    return overflow ? nil : product
  }
}
