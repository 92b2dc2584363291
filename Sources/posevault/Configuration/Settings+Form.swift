import Foundation

// Settings whose feature reads them elsewhere, or that the system reads: here only their form is checked, so that
// a mistake shows at the start and not at night.
extension Settings {
  static func checkTimeZone(_ form: inout SettingsForm) {
    _ = form.value(.timeZone, allowed: "a time zone such as Europe/Vienna or UTC") { text in
      // POSIX writes the path of a zone's file with a colon before it
      text.hasPrefix(":") || TimeZone(identifier: text) != nil ? text : nil
    }
  }

  static func checkMailAndBackup(_ form: inout SettingsForm) {
    let addresses = "an e-mail address, or several with commas between them"
    _ = form.list(.fromEmail, allowed: "an e-mail address", isAddress)
    _ = form.list(.toEmail, allowed: addresses, isAddress)
    _ = form.integer(.smtpPort, 1...65_535, default: 587)
  }

  /// `name@host`, or `Name <name@host>`.
  private static func isAddress(_ text: String) -> Bool {
    var address = Substring(text)
    if text.hasSuffix(">"), let open = text.lastIndex(of: "<") {
      address = text[text.index(after: open)...].dropLast()
    }
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && !$0.contains(where: \.isWhitespace) }
  }
}
