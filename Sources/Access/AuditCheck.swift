public import PoseCore

/// Reads a chain of the audit trail and recomputes its hashes.
public struct AuditCheck: Sendable {
  private let trail: any AuditTrail

  private static let linesAtOnce = 1000

  public init(_ trail: any AuditTrail) { self.trail = trail }

  public struct Finding: Sendable, Hashable {
    /// What is wrong, as a sentence; nil if the chain is intact.
    public var fault: String?
    /// The number of entries read.
    public var count: Int
    /// Whether the hash to look for was found in the chain.
    public var hasHash: Bool
    /// When the first entry that was read was made, in seconds since 1970.
    public var firstAt: Int64?
  }

  /// - Parameter hash: a hash recorded elsewhere; nil to look for none.
  public func check(_ chain: AuditChain, lookingFor hash: String? = nil) async throws -> Finding {
    var last = chain.base ?? AuditSeal(number: 0, hash: "")
    var finding = Finding(fault: nil, count: 0, hasHash: hash != nil && chain.base?.hash == hash)
    while true {
      let lines = try await trail.sealed(of: chain.server, after: last.number, limit: Self.linesAtOnce)
      for line in lines {
        let number = last.number + 1
        let expected = AuditSeal(
          number: number, hash: KeyText.sha256(line.sealedContent(number: number, after: last.hash)))
        guard line.seal?.number == number else {
          finding.fault = "Entry \(number) of \(chain.server) is missing."
          return finding
        }
        guard line.seal == expected else {
          finding.fault = "Entry \(number) of \(chain.server) is not what was written."
          return finding
        }
        finding.count += 1
        if finding.firstAt == nil { finding.firstAt = line.entry.at }
        if number == chain.head?.number, expected != chain.head {
          finding.fault = "The newest hash of \(chain.server) is not that of entry \(number)."
          return finding
        }
        if expected.hash == hash { finding.hasHash = true }
        last = expected
      }
      if lines.count < Self.linesAtOnce { break }
    }
    let base = chain.base?.number ?? 0
    // what was sealed meanwhile lies behind the head that is known
    if let head = chain.head, head.number > last.number {
      finding.fault = "The entries of \(chain.server) behind number \(last.number) are missing."
    } else if chain.head == nil {
      finding.fault = "The newest hash of \(chain.server) is missing."
    } else if try await trail.countSealed(of: chain.server, through: last.number) != last.number - base {
      finding.fault = "The trail of \(chain.server) has entries beside its chain, which begins at \(base + 1)."
    }
    return finding
  }

  /// Servers of which there are sealed entries and no chain.
  public func serversWithoutChain() async throws -> [String] {
    let chained = Set(try await trail.chains().map(\.server))
    var found: [String] = []
    for server in try await trail.servers() where !chained.contains(server) {
      if try await trail.countSealed(of: server, through: .max) > 0 { found.append(server) }
    }
    return found
  }
}
