#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Keypoints as JSON, in one format for the API, the storage and the command line.
public enum KeypointsJSON {
  /// Writes the 33 as `[{"x":…,"y":…,"z":…,"visibility":…,"name":"nose"}, …]`, with `presence` before the name if
  /// requested.
  ///
  /// - Parameter corrections: each keypoint's `corrected`, if it is to be included.
  public static func write(
    _ keypoints: [Keypoint], presence: Bool = false, corrections: [Bool]? = nil, into json: inout JSONWriter
  ) {
    json.array { json in
      for (landmark, keypoint) in zip(Landmark.allCases, keypoints) {
        json.object { json in
          json.field("x", keypoint.x)
          json.field("y", keypoint.y)
          json.field("z", keypoint.z)
          json.field("visibility", keypoint.visibility)
          if presence {
            json.field("presence", keypoint.presence)
          }
          json.field("name", landmark.name)
          if let corrections {
            json.field("corrected", corrections[landmark.rawValue])
          }
        }
      }
    }
  }

  /// The 33 as stored and as shown by the API.
  public static func bytes(of keypoints: [Keypoint]) -> [UInt8] {
    var json = JSONWriter(capacity: 3000)
    write(keypoints, into: &json)
    return json.bytes
  }
}

extension Keypoint {
  /// Equal in everything that is stored, which is all but presence.
  public func isSame(as other: Keypoint) -> Bool {
    (x, y, z, visibility) == (other.x, other.y, other.z, other.visibility)
  }
}

extension KeypointsJSON {
  /// Reads `{"keypoints":[…]}` with exactly the 33 names once each, in any order; other fields are ignored.
  ///
  /// The result is in ``Landmark``'s order, each value rounded to single precision, presence 0. Throws
  /// ``PoseVaultError`` with `validationFailed` that names the first error.
  public static func parse(body: [UInt8]) throws -> [Keypoint] {
    let body = JSONSyntax.withoutMark(body)
    if let fault = JSONSyntax.fault(ofBody: body) {
      throw PoseVaultError(.validationFailed, "The body \(fault).")
    }
    do {
      return try JSONDecoder().decode(Body.self, from: Data(body)).keypoints
    } catch let error as DecodingError {
      throw PoseVaultError(.validationFailed, "The body is not well-formed JSON.", cause: error)
    }
  }

  /// The 33 of a stored array, in ``Landmark``'s order; nil for anything else, which adopted rows may contain.
  public static func read(_ stored: [UInt8]) -> [Keypoint]? {
    var scanner = KeypointsScanner(stored)
    return scanner.keypoints() ?? (try? JSONDecoder().decode(Stored.self, from: Data(stored)).keypoints)
  }

  private struct Stored: Decodable {
    var keypoints: [Keypoint]

    init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      keypoints = try Body.keypoints(in: &list)
    }
  }

  private struct Body: Decodable {
    var keypoints: [Keypoint]

    private enum Key: String, CodingKey { case keypoints }

    init(from decoder: any Decoder) throws {
      guard let body = try? decoder.container(keyedBy: Key.self) else {
        throw fault("the body", "must be a JSON object")
      }
      guard body.contains(.keypoints) else { throw fault("keypoints", "is missing") }
      guard var list = try? body.nestedUnkeyedContainer(forKey: .keypoints) else {
        throw fault("keypoints", "must be an array")
      }
      keypoints = try Self.keypoints(in: &list)
    }

    static func keypoints(in list: inout any UnkeyedDecodingContainer) throws -> [Keypoint] {
      guard list.count == Landmark.count else {
        throw fault("keypoints", "must have \(Landmark.count) elements, not \(list.count ?? 0)")
      }
      var found: [Landmark: Keypoint] = [:]
      while !list.isAtEnd {
        let path = "keypoints[\(list.currentIndex)]"
        guard let fields = try? list.nestedContainer(keyedBy: Field.self) else {
          throw fault(path, "must be an object")
        }
        let landmark = try Field.landmark(in: fields, path)
        guard found[landmark] == nil else { throw fault("\(path).name", "repeats \"\(landmark.name)\"") }
        found[landmark] = try Field.keypoint(in: fields, path)
      }
      // 33 different names out of 33
      return Landmark.allCases.compactMap { found[$0] }
    }
  }

  private enum Field: String, CodingKey {
    case x, y, z, visibility, name

    static func landmark(in fields: KeyedDecodingContainer<Field>, _ path: String) throws -> Landmark {
      guard fields.contains(.name) else { throw fault("\(path).name", "is missing") }
      guard let name = try? fields.decode(String.self, forKey: .name) else {
        throw fault("\(path).name", "must be a string")
      }
      guard let landmark = Landmark(name: name) else {
        throw fault("\(path).name", "must be one of the \(Landmark.count) landmark names")
      }
      return landmark
    }

    static func keypoint(in fields: KeyedDecodingContainer<Field>, _ path: String) throws -> Keypoint {
      let (x, y, z) = (
        try number(.x, in: fields, path), try number(.y, in: fields, path), try number(.z, in: fields, path)
      )
      let visibility = try number(.visibility, in: fields, path)
      guard (0...1).contains(visibility) else { throw fault("\(path).visibility", "must be between 0 and 1") }
      return Keypoint(x: x, y: y, z: z, visibility: visibility, presence: 0)
    }

    private static func number(
      _ field: Field, in fields: KeyedDecodingContainer<Field>, _ path: String
    ) throws -> Float {
      guard fields.contains(field) else { throw fault("\(path).\(field.rawValue)", "is missing") }
      guard let value = try? fields.decode(Double.self, forKey: field), Float(value).isFinite else {
        throw fault("\(path).\(field.rawValue)", "must be a finite number")
      }
      return Float(value)
    }
  }

  private static func fault(_ field: String, _ what: String) -> PoseVaultError {
    PoseVaultError(.validationFailed, "\(field) \(what)", details: ["field": field])
  }
}
