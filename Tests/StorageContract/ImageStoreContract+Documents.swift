import Foundation
import PoseCore

extension ImageStoreContract {
  static let documents: [Check] = [
    Check("a picture's document, where the store keeps one, is a line of canonical Extended JSON") { fixture in
      let images = try await fixture.openImages()
      let sha256 = String(repeating: "ab", count: 32)
      let id = try await images.putSample(
        SampleBytes.make(300_000), metadata: ImageMetadata(sha256: sha256, fileName: "ü \"\\ \n 🧘"))
      if let document = try await images.document(id) {
        try require(!document.contains(0x0A), "more than one line")
        let fields = try JSONDecoder().decode(Fields.self, from: Data(document))
        try requireEqual(fields._id, ["$oid": "\(id)"], "id")
        try requireEqual(fields.length, ["$numberLong": "300000"], "length")
        try requireEqual(fields.uploadDate["$date"], ["$numberLong": "1765362600000"], "time")
        try requireEqual(fields.metadata.sha256, sha256, "SHA-256")
        try requireEqual(fields.metadata.fileName, "ü \"\\ \n 🧘", "name")
      }
      try await images.delete(id)
      try requireEqual(try await images.document(id), nil, "of a picture that is gone")
    },

    Check("nothing is there beside the pictures") { fixture in
      let images = try await fixture.openImages()
      _ = try await images.putSample([1, 2, 3])
      try requireEqual(try await images.notIncluded(), [], "not included")
    },
  ]
}

private struct Fields: Decodable {
  var _id: [String: String]
  var length: [String: String]
  var uploadDate: [String: [String: String]]
  var metadata: Metadata

  struct Metadata: Decodable {
    var sha256: String
    var fileName: String
  }
}
