//! Own threads for Lua: 200 nested C calls of Lua 5.4 need over 384 KiB of stack (reliability.md §0.5); on 2 MiB, with
//! room for our matcher's frames, no rule reaches the end, whatever stack the host's tasks have.
internal import Glibc

enum LuaThread {
  static let stackBytes = 2 << 20

  /// Starts a detached thread; false when the system has none left.
  static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
    create(body, isDetached: true) != nil
  }

  /// Runs the body on a thread of its own and waits for it; nil when there is no thread to be had.
  static func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) -> Result? {
    let answer = Answer<Result>()
    guard let thread = create({ answer.value = body() }, isDetached: false) else { return nil }
    pthread_join(thread, nil)
    return answer.value
  }

  /// Written by the thread, read after it was joined: never at the same time, hence unchecked.
  private final class Answer<Result: Sendable>: @unchecked Sendable {
    var value: Result?
  }

  private final class Body {
    let call: @Sendable () -> Void
    init(_ call: @escaping @Sendable () -> Void) { self.call = call }
  }

  private static func create(_ body: @escaping @Sendable () -> Void, isDetached: Bool) -> pthread_t? {
    var attributes = pthread_attr_t()
    guard pthread_attr_init(&attributes) == 0 else { return nil }
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, stackBytes)
    let detach = isDetached ? Int32(PTHREAD_CREATE_DETACHED) : Int32(PTHREAD_CREATE_JOINABLE)
    pthread_attr_setdetachstate(&attributes, detach)
    let box = Unmanaged.passRetained(Body(body))
    var thread = pthread_t()
    let status = pthread_create(
      &thread, &attributes,
      { context in
        guard let context else { return nil }
        Unmanaged<Body>.fromOpaque(context).takeRetainedValue().call()
        return nil
      }, box.toOpaque())
    guard status == 0 else {
      box.release()
      return nil
    }
    return thread
  }
}
