//! libcurl's result codes in the words of the SDK. No text of libcurl's error buffer is used: it names addresses.
internal import CCurl
internal import SwitchboardSDK

enum CurlOutcome {
  static func outcome(_ code: CURLcode, of transfer: CurlTransfer, status: Int) -> Result<HTTPResponse, HTTPError> {
    if transfer.isTooLarge { return .failure(error(.tooLarge, transfer, "the answer is larger than allowed")) }
    if transfer.wasRepeatRefused {
      return .failure(error(.interrupted, transfer, "the connection closed before an answer came"))
    }
    if code != CURLE_OK, transfer.wasAddressRefused, !transfer.mayHaveBeenSent {
      return .failure(error(.badURL, transfer, "the address does not lead to the public internet"))
    }
    if code == CURLE_OK {
      guard transfer.hasWholeHead else {
        return .failure(error(.interrupted, transfer, "the answer ended within its headers"))
      }
      return .success(transfer.response(status: status))
    }
    return .failure(error(kind(code, mayHaveBeenSent: transfer.mayHaveBeenSent), transfer, text(code)))
  }

  static func error(_ code: HTTPError.Code, _ transfer: CurlTransfer, _ detail: String) -> HTTPError {
    HTTPError(code, mayHaveBeenSent: transfer.mayHaveBeenSent, detail)
  }

  private static func kind(_ code: CURLcode, mayHaveBeenSent: Bool) -> HTTPError.Code {
    switch code {
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: return .badURL
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: return .resolve
    case CURLE_OPERATION_TIMEDOUT: return .timeout
    case CURLE_FILESIZE_EXCEEDED: return .tooLarge
    case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT: return .other
    default: break
    }
    // From here on the request was under way: whatever broke, the server may have acted on it.
    if mayHaveBeenSent { return .interrupted }
    switch code {
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
      CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
      CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CRL_BADFILE, CURLE_USE_SSL_FAILED, CURLE_SSL_ENGINE_INITFAILED:
      return .tls
    // Refused by host or proxy, or cut while a proxy was being talked to.
    default: return .connect
    }
  }

  /// A fixed phrase of libcurl's for the code.
  private static func text(_ code: CURLcode) -> String {
    guard let phrase = curl_easy_strerror(code) else { return "libcurl error \(code.rawValue)" }
    return "\(String(cString: phrase)) (libcurl \(code.rawValue))"
  }
}
