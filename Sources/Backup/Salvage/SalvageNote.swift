import Foundation
import PoseCore

/// That the stores were filled by a salvage and lack something: kept in the pose database until a person accepts it.
struct SalvageNote: Codable, Sendable, Hashable {
  /// In seconds since 1970; nil where that is not known.
  var at: Int64?
  /// The archive's file name.
  var archive: String
  /// How many of each are missing; nil where the archive no longer told how many it held.
  var lostPictures: Int?
  var lostRows: Int?
  /// Whether only the poses were restored of an archive that was whole; nil in notes of an older version.
  var isWithoutPictures: Bool?
  /// In seconds since 1970.
  var acceptedAt: Int64?

  /// What a person must know; the same by whatever clock, so that a run that says it can be found.
  var line: String {
    func text(_ number: Int?, _ noun: String) -> String {
      number.map { Count.text($0, noun) } ?? "an unknown number of \(noun)s"
    }
    let time = at.map { " at \(SQLTime.text($0)) UTC" } ?? ""
    let command = isWithoutPictures == true ? "--only-poses" : "--salvage"
    return "The storage was filled by `restore \(command)`\(time) and lacks "
      + "\(text(lostPictures, "picture")) and \(text(lostRows, "row")) of \(archive), or parts of them."
  }

  /// nil where the stores were not salvaged, or lack nothing, or a person has accepted it.
  static func standing(in runs: any SharedFacts) async throws -> SalvageNote? {
    guard let text = try await runs.fact(FactName.salvage) else { return nil }
    guard let note = try? JSONDecoder().decode(SalvageNote.self, from: Data(text.utf8)) else {
      // a newer version's, perhaps: what it says is not known, that it stands is
      return SalvageNote(archive: "an archive")
    }
    return note.acceptedAt == nil ? note : nil
  }

  /// Keeps `note` in place of another one; nil where the stores lack nothing.
  static func keep(_ note: SalvageNote?, in runs: any SharedFacts) async throws {
    let old = try await runs.fact(FactName.salvage)
    let text = try note.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
    guard old != text else { return }
    guard try await runs.replaceFact(FactName.salvage, old, with: text) else {
      throw PoseVaultError(.storageUnavailable, "Another process has changed the record of the salvage. Try again.")
    }
  }
}
