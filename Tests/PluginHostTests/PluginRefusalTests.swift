//! What is no fitting plugin is refused with one sentence, and before its code runs.

internal import Foundation
internal import PluginHost
internal import SwitchboardSDK
internal import Testing

@Suite(.timeLimit(.minutes(2)))
struct PluginRefusalTests {
  private let host = PluginHandshake(abi: 1, sdkVersion: "1.4.0", compilerVersion: "6.3.1")
  private static let magic = "switchboard-plugin-handshake:"

  private func reason(_ file: String) -> PluginRefusal.Reason? {
    do throws(PluginRefusal) {
      _ = try PluginLoader(host: host).load(file)
      return nil
    } catch {
      #expect(error.sentence.hasPrefix(file) && !error.sentence.contains("\n"))
      return error.reason
    }
  }

  @Test
  func `Each handshake that does not fit is refused with what was wanted and what was found`() async throws {
    let workshop = try Workshop()
    let cases: [(String, PluginRefusal.Reason)] = [
      ("switchboard-plugin-handshakE:abi=1;sdk=1.0.0;swift=6.3.1;end;", .noHandshake),
      (Self.magic + "abi=2;sdk=1.0.0;swift=6.3.1;end;", .abi(wanted: 1, found: 2)),
      (Self.magic + "abi=0;sdk=1.0.0;swift=6.3.1;end;", .abi(wanted: 1, found: 0)),
      (Self.magic + "abi=1;sdk=1.4.1;swift=6.3.1;end;", .sdkNewer(wanted: "1.4.0", found: "1.4.1")),
      (Self.magic + "abi=1;sdk=1.10.0;swift=6.3.1;end;", .sdkNewer(wanted: "1.4.0", found: "1.10.0")),
      (Self.magic + "abi=1;sdk=1.0.0;swift=6.2;end;", .compiler(wanted: "6.3.1", found: "6.2")),
      (Self.magic + "abi=1;sdk=1.0.0;swift=6.3.1;", .damagedHandshake),
      (Self.magic + "abi=one;sdk=1.0.0;swift=6.3.1;end;", .damagedHandshake),
      (Self.magic + "abi=1;sdk=-1.0;swift=6.3.1;end;", .damagedHandshake),
      (Self.magic + "abi=1;sdk=1.0.0;end;", .damagedHandshake),
      (Self.magic, .damagedHandshake),
      // Fits, with a member of a later day; then lacks what the handshake cannot tell.
      (Self.magic + "abi=1;sdk=1.4.0;swift=6.3.1;colour=blue;end;", .notLinkedToSDK),
      (Self.magic + "abi=1;sdk=1.0.0;swift=6.3.1;end;", .notLinkedToSDK),
    ]
    for (index, (record, wanted)) in cases.enumerated() {
      #expect(reason(try await workshop.forgery("lib\(index).so", record: record)) == wanted, "\(record)")
    }
    let fitting = Self.magic + "abi=1;sdk=1.0.0;swift=6.3.1;end;"
    let two = try await workshop.forgery(
      "two.so", record: fitting,
      extra: "const char *other(void) { return \"\(Self.magic)abi=2;sdk=1.0.0;swift=6.3.1;end;\"; }")
    #expect(reason(two) == .contradictoryHandshake)
  }

  @Test
  func `A refused library has run none of its code`() async throws {
    let workshop = try Workshop()
    let proof = workshop.path("ran")
    let constructor = """
      #include <stdio.h>
      __attribute__((constructor)) static void ran(void) { fclose(fopen("\(proof)", "w")); }
      """
    let refused = try await workshop.forgery(
      "libbad.so", record: Self.magic + "abi=9;sdk=1.0.0;swift=6.3.1;end;", extra: constructor)
    #expect(reason(refused) == .abi(wanted: 1, found: 9))
    #expect(!FileManager.default.fileExists(atPath: proof))
  }

  @Test
  func `Missing symbols, null plugins and unresolved names are refused`() async throws {
    let workshop = try Workshop()
    let record = Self.magic + "abi=1;sdk=1.0.0;swift=6.3.1;end;"
    let handshakeOnly = try await workshop.cc(
      "nomake.so", "const char *switchboard_plugin_handshake(void) { return \"\(record)\"; }")
    #expect(reason(handshakeOnly) == .missingSymbol("switchboard_plugin_make"))
    let neither = try await workshop.cc("neither.so", "const char *text(void) { return \"\(record)\"; }")
    #expect(reason(neither) == .missingSymbol("switchboard_plugin_handshake"))

    let linked = ["-Wl,--no-as-needed", "-L\(try Workshop.sdkFolder())", "-lSwitchboardSDK"]
    #expect(reason(try await workshop.forgery("null.so", record: record, flags: linked)) == .madeNothing)
    let unresolved = try await workshop.forgery(
      "unresolved.so", record: record, extra: "void nowhere(void); void use(void) { nowhere(); }", flags: linked)
    guard case .loading(let detail)? = reason(unresolved) else {
      Issue.record("a library with a missing symbol was loaded")
      return
    }
    #expect(detail.contains("nowhere"))
  }

  @Test
  func `Files that are no libraries are refused`() async throws {
    let workshop = try Workshop()
    try workshop.write("libempty.so", "")
    try workshop.write("libtext.so", "not a library, but \(Self.magic)abi=1;sdk=1.0.0;swift=6.3.1;end;\0")
    try workshop.write("libmagic.so", "\u{7F}ELF")
    try workshop.write("libfolder.so/x", "")
    try await workshop.run(["mkfifo", "libpipe.so"])
    let writable = try await workshop.forgery("libopen.so", record: Self.magic)
    try await workshop.run(["chmod", "o+w", "libopen.so"])
    #expect(reason(workshop.path("libempty.so")) == .empty)
    #expect(reason(workshop.path("libtext.so")) == .notELF)
    #expect(reason(workshop.path("libmagic.so")) == .truncated)
    #expect(reason(workshop.path("libfolder.so")) == .notAFile)
    #expect(reason(workshop.path("libpipe.so")) == .notAFile)
    #expect(reason(writable) == .worldWritable)
    guard case .unreadable? = reason(workshop.path("libmissing.so")) else {
      Issue.record("a missing file was read")
      return
    }
    // A folder full of refusals is a list of sentences; ordinary libraries are passed over.
    _ = try await workshop.cc("libordinary.so", "int answer(void) { return 42; }")
    let registry = PluginRegistry(scanning: [workshop.folder.path, workshop.path("nowhere")])
    #expect(registry.names == [] && registry.refusals.count == 7)
  }
}
