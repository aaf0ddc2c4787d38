//! Cancelling one request, and stopping the whole transport.
import HTTPTransport
import SwitchboardSDK
import Synchronization
import Testing

@Suite struct StoppingTests {
  /// A server that tells when a request has arrived and never answers it.
  private func silentServer() throws -> (RawServer, AsyncStream<Void>) {
    let (arrived, signal) = AsyncStream<Void>.makeStream()
    let server = try RawServer { connection in
      guard connection.request() != nil else { return }
      signal.yield()
      connection.waitForEnd()
    }
    return (server, arrived)
  }

  private func code(of task: Task<HTTPResponse, any Error>) async -> HTTPError? {
    do { _ = try await task.value } catch { return error as? HTTPError }
    return nil
  }

  @Test func `cancelling a task ends its request at once`() async throws {
    let (server, arrived) = try silentServer()
    let transport = try CurlTransport()
    let url = server.url + "/"
    let task = Task { try await transport.send(HTTPRequest(method: "POST", url: url, body: [1])) }
    for await _ in arrived { break }
    task.cancel()
    #expect(await code(of: task) == HTTPError(.cancelled, mayHaveBeenSent: true, "cancelled by the caller"))
    await transport.shutdown()
  }

  @Test func `a request that waits for room at its place can be given up and has sent nothing`() async throws {
    let (server, arrived) = try silentServer()
    let transport = try CurlTransport(limits: TransportLimits(requestsPerPlaceMax: 1))
    let url = server.url + "/api/"
    let first = Task { try await transport.send(HTTPRequest(method: "POST", url: url + "1", body: [1])) }
    for await _ in arrived { break }
    let second = Task { try await transport.send(HTTPRequest(method: "POST", url: url + "2", body: [1])) }
    second.cancel()
    #expect(await code(of: second) == HTTPError(.cancelled, mayHaveBeenSent: false, "cancelled by the caller"))
    first.cancel()
    #expect(await code(of: first)?.mayHaveBeenSent == true)
    #expect(server.counts.requests == 1)
    await transport.shutdown()
  }

  @Test func `requests beyond a place's room take their turns`() async throws {
    let server = try RawServer { connection in while connection.request() != nil { connection.answer("ok") } }
    let transport = try CurlTransport(limits: TransportLimits(requestsPerPlaceMax: 1))
    let url = server.url + "/api/x"
    await withTaskGroup(of: Int?.self) { group in
      for _ in 0..<50 { group.addTask { try? await transport.send(HTTPRequest(url: url)).status } }
      for await status in group { #expect(status == 200) }
    }
    #expect(server.counts.requests == 50)
    await transport.shutdown()
  }

  @Test func `a task cancelled before it begins sends nothing`() async throws {
    let server = try RawServer { connection in while connection.request() != nil { connection.answer("ok") } }
    let transport = try CurlTransport()
    let url = server.url + "/"
    for _ in 0..<100 {
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await transport.send(HTTPRequest(method: "POST", url: url, body: [1]))
      }
      let error = await code(of: task)
      #expect(error?.code == .cancelled)
      #expect(error?.mayHaveBeenSent == false)
    }
    #expect(server.counts.requests == 0)
    await transport.shutdown()
  }

  @Test func `shutdown ends what is under way, refuses what comes later and may be called twice`() async throws {
    let (server, arrived) = try silentServer()
    let transport = try CurlTransport()
    let url = server.url + "/"
    let task = Task { try await transport.send(HTTPRequest(url: url)) }
    for await _ in arrived { break }
    await transport.shutdown()
    let error = await code(of: task)
    #expect(error?.code == .cancelled && error?.mayHaveBeenSent == true)
    let late = await #expect(throws: HTTPError.self) { try await transport.send(HTTPRequest(url: url)) }
    #expect(late?.code == .cancelled && late?.mayHaveBeenSent == false)
    await transport.shutdown()
  }

  @Test func `shutdown with grace lets a request finish`() async throws {
    let (arrived, signal) = AsyncStream<Void>.makeStream()
    let gate = Gate()
    let server = try RawServer { connection in
      guard connection.request() != nil else { return }
      signal.yield()
      gate.wait()
      connection.answer("late")
    }
    let transport = try CurlTransport()
    let url = server.url + "/"
    let task = Task { try await transport.send(HTTPRequest(url: url)) }
    for await _ in arrived { break }
    async let stopped: Void = transport.shutdown(graceMilliseconds: 10_000)
    gate.open()
    await stopped
    #expect(try await task.value.body == Array("late".utf8))
  }

  @Test func `a transport dropped in the middle ends its requests`() async throws {
    let (server, arrived) = try silentServer()
    let url = server.url + "/"
    let holder = Mutex<CurlTransport?>(try CurlTransport())
    let task = Task { [transport = try #require(holder.withLock { $0 })] in
      try await transport.send(HTTPRequest(url: url, timeoutMilliseconds: 5_000))
    }
    for await _ in arrived { break }
    holder.withLock { $0 = nil }
    task.cancel()
    #expect(await code(of: task)?.code == .cancelled)
  }
}
