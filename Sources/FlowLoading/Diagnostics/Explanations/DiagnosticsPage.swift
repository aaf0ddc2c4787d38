//! `docs/reference/diagnostics.md`, made from the codes themselves; a test holds the page against it.

package enum DiagnosticsPage {
  package static var text: String {
    """
    # Diagnostics

    Every code that `switchboard check`, a reload or the start may print, with a file that brings it and the same
    file mended. `switchboard explain CODE` says the same on the terminal. A code keeps its meaning for ever.

    This page is made by `switchboard explain --markdown`; do not edit it.

    \(Explanation.all.map(\.markdown).joined(separator: "\n\n"))

    """
  }
}
