import PoseCore
import Server

/// Who may get in.
enum KeyCheck {
  static func run(_ settings: Settings, _ access: any AccessKeys, report: inout DoctorReport) async throws {
    guard let state = try await access.accessState(since: nil) else { return }
    let now = Composition.clock()
    let valid = state.keys.filter { $0.isValid(at: now) }
    if let openness = settings.openness, !state.isClosed { return report.tell(.wrong, openness) }
    if valid.isEmpty, settings.apiKey == nil {
      guard state.isClosed else { return report.tell(.good, "No key is required.") }
      return report.tell(
        settings.server.allowsAnonymous ? .notice : .wrong,
        settings.server.allowsAnonymous
          ? "No valid key is left, and ALLOW_ANONYMOUS lets everybody in."
          : "No valid key is left: create one with `posevault key add --name NAME --role owner`.")
    }
    report.tell(
      .good,
      "\(Count.text(valid.count, "key")) and \(Count.text(state.sessions.count, "session"))"
        + (settings.apiKey == nil ? "." : ", in addition to API_KEY."))
  }
}
