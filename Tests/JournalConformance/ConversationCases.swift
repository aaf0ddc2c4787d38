//! Conversations change in part, threads lead to one conversation.
import JournalCore
import SwitchboardSDK

extension ConformanceCase {
  static let conversations: [ConformanceCase] = [
    ConformanceCase("a conversation is made by its first change and then changed in part") { journal in
      let run = try await Sample.run(in: journal)
      try expectEqual(try await journal.conversation("k"), nil)
      var change = ConversationChange(key: "k", project: "shop", connection: "avito", chat: "c1")
      try await journal.commit(Sample.change(run, conversation: change))
      var wanted = ConversationRecord(
        key: "k", project: "shop", connection: "avito", chat: "c1", createdAt: Sample.moment(3_000))
      try expectEqual(try await journal.conversation("k"), wanted)
      change.name = "Анна"
      change.facts = ["item": ["price": 5]]
      change.answeredAt = Sample.moment(77)
      try await journal.commit(Sample.change(run, conversation: change))
      change = ConversationChange(
        key: "k", project: "shop", connection: "avito", chat: "c1", state: ["seen": true],
        autoRepliedAt: Sample.moment(78))
      try await journal.commit(Sample.change(run, conversation: change))
      wanted.name = "Анна"
      wanted.facts = ["item": ["price": 5]]
      wanted.answeredAt = Sample.moment(77)
      wanted.state = ["seen": true]
      wanted.autoRepliedAt = Sample.moment(78)
      try expectEqual(try await journal.conversation("k"), wanted)
      change = ConversationChange(key: "k", project: "shop", connection: "avito", chat: "c1", name: "", state: .null)
      try await journal.commit(Sample.change(run, conversation: change))
      wanted.name = ""
      wanted.state = .null
      try expectEqual(try await journal.conversation("k"), wanted)
    },
    ConformanceCase("a thread leads to its conversation until it is bound anew or undone") { journal in
      let run = try await Sample.run(in: journal)
      let holder = { (thread: String) in
        try await journal.conversation(ofThread: thread, chat: "-100", connection: "desk")
      }
      try await journal.commit(
        Sample.change(
          run, threads: [.bind(Sample.thread("a", "7")), .bind(Sample.thread("a", "7", connection: "vip"))]))
      try expectEqual(try await holder("7"), "a")
      try expectEqual(try await journal.threads(of: "a").map(\.connection), ["desk", "vip"])
      try expectEqual(try await journal.conversation(ofThread: "7", chat: "-200", connection: "desk"), nil)
      try expectEqual(try await journal.conversation(ofThread: "7", chat: "-100", connection: "none"), nil)
      // The topic was deleted by hand and made anew.
      try await journal.commit(Sample.change(run, threads: [.bind(Sample.thread("a", "8"))]))
      try expectEqual(try await holder("7"), nil)
      try expectEqual(try await holder("8"), "a")
      try expectEqual(
        try await journal.threads(of: "a"), [Sample.thread("a", "8"), Sample.thread("a", "7", connection: "vip")])
      // Another conversation takes the thread over.
      try await journal.commit(Sample.change(run, threads: [.bind(Sample.thread("b", "8"))]))
      try expectEqual(try await holder("8"), "b")
      try expectEqual(try await journal.threads(of: "a").map(\.connection), ["vip"])
      try await journal.commit(
        Sample.change(
          run, threads: [.unbind(conversation: "b", connection: "desk"), .unbind(conversation: "x", connection: "y")]))
      try expectEqual(try await holder("8"), nil)
      try expectEqual(try await journal.threads(of: "b"), [])
    },
    ConformanceCase("binding the same thread again changes nothing") { journal in
      let run = try await Sample.run(in: journal)
      for _ in 0..<2 { try await journal.commit(Sample.change(run, threads: [.bind(Sample.thread("a", "7"))])) }
      try expectEqual(try await journal.threads(of: "a"), [Sample.thread("a", "7")])
    },
  ]
}
