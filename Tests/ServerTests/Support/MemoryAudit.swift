import PoseCore
import Synchronization

/// Entries in memory, never sealed; the memory storage has no transaction to write them in.
final class MemoryAudit: AuditTrail {
  private let lines = Mutex<[AuditLine]>([])

  var entries: [AuditEntry] { lines.withLock { $0.map(\.entry) } }

  func append(_ entries: [AuditEntry]) async throws {
    lines.withLock { lines in
      for entry in entries { lines.append(AuditLine(id: lines.count + 1, entry: entry, seal: nil)) }
    }
  }

  func seal(_ server: String, _ hash: @escaping @Sendable ([UInt8]) -> String) async throws -> Int { 0 }
  func chains() async throws -> [AuditChain] { [] }

  func entries(of filter: AuditFilter, before: Int?, limit: Int) async throws -> [AuditLine] {
    lines.withLock { Array($0.filter { $0.id < before ?? .max }.reversed().prefix(limit)) }
  }

  func sealed(of server: String, after number: Int, limit: Int) async throws -> [AuditLine] { [] }
  func servers() async throws -> [String] { Set(entries.map(\.server)).sorted() }
  func countSealed(of server: String, through number: Int) async throws -> Int { 0 }
  func removeEntries(before time: Int64) async throws -> Int { 0 }
}
