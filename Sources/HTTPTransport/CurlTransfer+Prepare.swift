//! A request put into a libcurl handle.
internal import CCurl
internal import SwitchboardSDK

extension CurlTransfer {
  /// The handle keeps a reference that is not counted: the loop holds the transfer until the handle is reset.
  func prepare(_ easy: UnsafeMutableRawPointer, limits: TransportLimits) -> CURLcode {
    let request = submission.request
    guard makeHeaderList() else { return CURLE_OUT_OF_MEMORY }
    return request.url.withCString { url in
      request.method.withCString { method in
        (request.proxy ?? "").withCString { proxy in
          request.body.withUnsafeBytes { body in
            var parameters = switchboard_curl_request(
              url: url, method: method, body: body.baseAddress, body_bytes: Int64(body.count), headers: headerList,
              timeout_ms: Self.clamped(request.timeoutMilliseconds),
              connect_timeout_ms: Self.clamped(request.connectTimeoutMilliseconds),
              idle_connection_age_s: Int64(limits.idleConnectionSeconds), proxy: proxy,
              context: Unmanaged.passUnretained(self).toOpaque())
            let code = switchboard_curl_prepare(easy, &parameters, onHeader, onBody, onRequest)
            // Through a proxy the only connection is the proxy's, which the operator chose.
            guard code == CURLE_OK, request.refusesPrivateAddresses, request.proxy == nil else { return code }
            return switchboard_curl_guard(easy, onSocket, parameters.context)
          }
        }
      }
    }
  }

  /// To libcurl 0 means "no limit" (time-out) or "300 s" (connecting); to us it means at once.
  static func clamped(_ milliseconds: Int64) -> Int64 { min(max(milliseconds, 1), Int64(Int32.max)) }

  private func makeHeaderList() -> Bool {
    var lines = submission.request.headers.map { header in
      // "Name:" would take a header away; "Name;" sends it empty.
      header.value.allSatisfy { $0 == " " || $0 == "\t" } ? "\(header.name);" : "\(header.name): \(header.value)"
    }
    // Without this a large body waits a second for a "100 Continue" that few servers send.
    lines.append("Expect:")
    // libcurl would call every body a form.
    if !submission.request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
      lines.append("Content-Type:")
    }
    for line in lines {
      guard let longer = curl_slist_append(headerList, line) else { return false }
      headerList = longer
    }
    return true
  }
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
  context.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
}

/// Any other number than `size * count` stops the transfer; for an empty part there is no such number to fear.
private let onHeader: switchboard_curl_data = { bytes, size, count, context in
  let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
  return transfer(context)?.receive(headerLine: line) == true ? line.count : 0
}

private let onBody: switchboard_curl_data = { bytes, size, count, context in
  let part = UnsafeRawBufferPointer(start: bytes, count: size * count)
  return transfer(context)?.receive(bodyPart: part) == true ? part.count : 0
}

private let onRequest: switchboard_curl_prereq = { context, _, _, _, _ in
  transfer(context)?.isAboutToSend() == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

private let onSocket: switchboard_curl_socket = { context, _, address in
  guard let address, transfer(context)?.mayConnect(to: address) == true else { return CURL_SOCKET_BAD }
  return switchboard_curl_open(address)
}
