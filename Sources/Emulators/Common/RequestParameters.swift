//! The parameters of a request, wherever the client put them: query, urlencoded, JSON or multipart.

package import SwitchboardSDK

package struct RequestParameters: Sendable {
  /// By name. Form fields and query are `.text`, members of a JSON body keep their type. The last one wins.
  package var values: [String: Value]
  /// In the order of the request.
  package var files: [UploadedFile]

  package init(values: [String: Value] = [:], files: [UploadedFile] = []) {
    self.values = values
    self.files = files
  }

  package func file(_ field: String) -> UploadedFile? { files.first { $0.field == field } }

  /// Reads query and body. An unknown or absent Content-Type with a body counts as no parameters, as it does
  /// for the real servers.
  package static func read(_ request: EmulatorRequest) throws(RequestError) -> RequestParameters {
    var parameters = RequestParameters()
    if !request.rawQuery.isEmpty { try parameters.add(form: request.rawQuery.utf8) }
    guard !request.body.isEmpty else { return parameters }
    switch request.mediaType {
    case "application/x-www-form-urlencoded": try parameters.add(form: request.body)
    case "application/json": try parameters.add(json: request.body)
    case "multipart/form-data":
      let form = try MultipartForm.read(request.body, contentType: request.headers["content-type"] ?? "")
      for (name, text) in form.fields { parameters.values[name] = .text(text) }
      parameters.files = form.files
    default: break
    }
    return parameters
  }

  private mutating func add(form: some Collection<UInt8>) throws(RequestError) {
    guard let pairs = PercentCoding.pairs(form) else { throw RequestError("strings must be encoded in UTF-8") }
    for (name, value) in pairs { values[name] = .text(value) }
  }

  private mutating func add(json: [UInt8]) throws(RequestError) {
    let document: Value
    do { document = try JSON.parse(json) } catch { throw RequestError("can't parse JSON object: \(error.detail)") }
    guard case .map(let members) = document else { throw RequestError("the JSON body must be an object") }
    values.merge(members) { _, last in last }
  }
}

package struct UploadedFile: Sendable, Hashable {
  /// The name of the form field that carried it.
  package var field: String
  package var fileName: String
  /// As the client declared it; may be empty.
  package var mimeType: String
  package var bytes: [UInt8]

  package init(field: String, fileName: String, mimeType: String, bytes: [UInt8]) {
    self.field = field
    self.fileName = fileName
    self.mimeType = mimeType
    self.bytes = bytes
  }
}

/// A request that cannot be read at all.
package struct RequestError: Error, Sendable, Hashable {
  package var detail: String
  package init(_ detail: String) { self.detail = detail }
}
