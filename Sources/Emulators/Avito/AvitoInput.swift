//! Reads query and body strictly: what the documents do not name is refused, so that a connector's mistake shows here
//! and not in production.
internal import SwitchboardSDK

struct AvitoInput: Sendable {
  private let request: EmulatorRequest

  init(_ request: EmulatorRequest) { self.request = request }

  /// The query's members; unknown and repeated ones are refused.
  func query(_ allowed: Set<String> = []) throws(AvitoError) -> [String: String] {
    try members(of: Array(request.rawQuery.utf8), allowed)
  }

  func form(_ allowed: Set<String>) throws(AvitoError) -> [String: String] {
    guard request.mediaType == "application/x-www-form-urlencoded" else {
      throw .invalid("content-type", "must be application/x-www-form-urlencoded")
    }
    return try members(of: request.body, allowed)
  }

  private func members(of bytes: [UInt8], _ allowed: Set<String>) throws(AvitoError) -> [String: String] {
    guard let pairs = PercentCoding.pairs(bytes) else { throw .invalid("query", "must be UTF-8") }
    var members: [String: String] = [:]
    for (name, value) in pairs {
      guard allowed.contains(name) else { throw .invalid(name, "is unknown") }
      guard members.updateValue(value, forKey: name) == nil else { throw .invalid(name, "is repeated") }
    }
    return members
  }

  /// A whole number of the query within bounds.
  static func number(
    _ name: String, in query: [String: String], standard: Int, range: ClosedRange<Int>
  ) throws(AvitoError) -> Int {
    guard let text = query[name] else { return standard }
    guard let number = Int(text), range.contains(number) else {
      throw .invalid(name, "must be >= \(range.lowerBound) and <= \(range.upperBound)")
    }
    return number
  }

  static func flag(_ name: String, in query: [String: String]) throws(AvitoError) -> Bool {
    switch query[name] {
    case nil, "false": return false
    case "true": return true
    default: throw .invalid(name, "must be true or false")
    }
  }

  /// A JSON object with exactly these members, all required.
  func object(_ required: Set<String>) throws(AvitoError) -> Value {
    guard request.mediaType == "application/json" else { throw .invalid("content-type", "must be application/json") }
    let value: Value
    do { value = try JSON.parse(request.body) } catch { throw .invalid("body", "is not JSON: \(error.detail)") }
    try Self.check(value, "body", required: required)
    return value
  }

  static func check(
    _ value: Value, _ place: String, required: Set<String>, optional: Set<String> = []
  ) throws(AvitoError) {
    guard let members = value.mapValue else { throw .invalid(place, "must be an object") }
    for name in members.keys.sorted() where !required.contains(name) && !optional.contains(name) {
      throw .invalid(name, "is unknown")
    }
    for name in required.sorted() where members[name] == nil { throw .invalid(name, "is required") }
  }

  /// For operations without a body; clients that send `{}` are let through, as by the API.
  func noBody() throws(AvitoError) {
    guard request.body.isEmpty || request.body == Array("{}".utf8) else { throw .invalid("body", "must be empty") }
  }

  /// The one file of an upload.
  func image() throws(AvitoError) -> UploadedFile {
    guard request.mediaType == "multipart/form-data" else {
      throw .invalid("content-type", "must be multipart/form-data")
    }
    let form: MultipartForm
    do { form = try MultipartForm.read(request.body, contentType: request.headers["content-type"] ?? "") } catch {
      throw .invalid("body", error.detail)
    }
    if let field = form.fields.first { throw .invalid(field.name, "is unknown") }
    if let other = form.files.first(where: { $0.field != "uploadfile[]" }) { throw .invalid(other.field, "is unknown") }
    guard let file = form.files.first else { throw .invalid("uploadfile[]", "is required") }
    guard form.files.count == 1 else { throw .invalid("uploadfile[]", "must be one image") }
    return file
  }
}
