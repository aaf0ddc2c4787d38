//! Threads and clocks of the benchmark's ends.
import CLinux
import Dispatch
import Foundation

enum BenchThread {
  /// Runs blocking work on a thread of its own.
  static func run<Answer: Sendable>(_ work: @escaping @Sendable () -> Answer) async -> Answer {
    await withCheckedContinuation { continuation in
      Thread { continuation.resume(returning: work()) }.start()
    }
  }

  /// Nanoseconds of CLOCK_MONOTONIC, by which DispatchTime counts.
  static func now() -> Int64 { Int64(clamping: DispatchTime.now().uptimeNanoseconds) }

  /// Processor time of the calling thread so far.
  static func processorSeconds() -> Double { Double(switchboard_thread_cpu_ns()) / 1e9 }
}
