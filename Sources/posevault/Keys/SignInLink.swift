import Access
import PoseCore
import Server

/// A link that signs a browser in once.
enum SignInLink {
  /// In seconds.
  private static let lifetime: Int64 = 600

  /// The page's address.
  struct Place {
    let address: String
    /// Whether other machines can reach it.
    let isOpen: Bool
  }

  /// Throws `validationFailed` if the settings don't say where the page is.
  static func place(_ settings: Settings) throws -> Place {
    if let address = settings.server.publicURL { return Place(address: address, isOpen: true) }
    let port = settings.server.port
    guard port != 0 else {
      throw PoseVaultError(.validationFailed, "With PORT=0, --qr can't know the server's address. Set PUBLIC_URL.")
    }
    if let address = StartLines.elsewhere(settings, port: port).first { return Place(address: address, isOpen: true) }
    return Place(address: StartLines.address(settings, port: port), isOpen: !Settings.isLoopback(settings.server.host))
  }

  /// Creates a link for the key and shows it.
  static func show(at place: Place, for key: AccessKey, _ keys: any AccessKeys) async throws {
    let code = KeyText.makeSession()
    let now = Composition.clock()
    _ = try await keys.addSession(.link(KeyText.digest(code), of: key.id, at: now, endsAt: now + lifetime))
    let link = "\(place.address)/#/sign-in/\(code)"
    if let picture = QRCode(link) {
      // whatever the terminal's colours are: readers want dark on light
      let isTerminal = StandardError.isTerminal
      for line in picture.lines {
        StandardError.writeRaw(isTerminal ? "\u{1B}[40;97m\(line)\u{1B}[0m\n" : line + "\n")
      }
    }
    StandardError.write("This link signs in one browser, within 10 minutes: \(link)")
    if !place.isOpen { StandardError.write("Only this machine can open it. Set PUBLIC_URL or HOST for a phone.") }
  }
}
