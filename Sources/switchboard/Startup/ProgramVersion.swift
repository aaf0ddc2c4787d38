//! The version that `--version`, `/health` and logs tell. The changelog says what each one brought.

enum ProgramVersion {
  static let text = "0.1.0"
}
