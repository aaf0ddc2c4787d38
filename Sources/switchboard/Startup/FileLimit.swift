//! How many files and connections the process may hold open.
import Glibc

/// Each customer's connection, channel and file costs a descriptor; the usual soft limit of 1,024 is soon met.
enum FileLimit {
  /// Raises the soft limit to the hard one.
  static func raise() {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(resource, &limit)
  }
}
