import Foundation
import Logging
import PoseCore
import S3
import S3Storage

/// Pictures in a bucket of S3.
struct S3Pictures: PictureStore {
  static let word = "s3"
  static let name = "S3"
  static let healthKey: String? = "s3"
  static let mailLine = "List of the pictures in S3, as a MongoDB collections export"
  static let needs: [SettingKey] = [.s3Bucket, .s3AccessKeyID]

  let bucket: String
  let prefix: String
  let endpoint: String
  let isEncrypted: Bool
  private let location: S3Location?
  private let credentials: S3Credentials?

  init(_ form: inout SettingsForm) {
    let region = form.text(.s3Region) ?? "us-east-1"
    bucket = form.text(.s3Bucket) ?? ""
    prefix = form.text(.s3Prefix) ?? ""
    endpoint = form.text(.s3Endpoint) ?? "https://s3.\(region).amazonaws.com"
    isEncrypted = endpoint.lowercased().hasPrefix("https:")
    let isPathStyle = form.flag(.s3PathStyle)
    let name = bucket
    let address = endpoint
    let authority = form.text(.s3Authority)
    location =
      form.isSet(.s3Bucket)
      ? form.noting {
        try S3Location(
          bucket: name, region: region, endpoint: address, isPathStyle: isPathStyle, certificates: authority)
      } : nil
    credentials = Self.credentials(&form)
  }

  private static func credentials(_ form: inout SettingsForm) -> S3Credentials? {
    guard let id = form.text(.s3AccessKeyID) else { return nil }
    let secret = form.text(.s3SecretAccessKey)
    let file = form.text(.s3SecretAccessKeyFile)
    guard secret != nil || file != nil else {
      form.note("PICTURES is s3, but neither S3_SECRET_ACCESS_KEY nor S3_SECRET_ACCESS_KEY_FILE is set.")
      return nil
    }
    return form.noting {
      try S3Credentials(accessKeyID: id, secret: try secret ?? S3Credentials.secret(inFile: file ?? ""))
    }
  }

  var place: String { "S3 bucket \(bucket)\(prefix.isEmpty ? "" : "/\(prefix)") on \(host)" }
  var folder: String? { nil }

  var exposures: [String] {
    let name = URLComponents(string: endpoint)?.host?.trimmingCharacters(in: ["[", "]"]) ?? ""
    guard !isEncrypted, !Settings.isThisMachine(name) else { return [] }
    return [
      "S3 is reached on another machine without TLS: anyone in between can read the pictures. Use https in S3_ENDPOINT."
    ]
  }

  /// The endpoint without its scheme.
  private var host: String {
    endpoint.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first.map(String.init) ?? endpoint
  }

  func open(_ folders: DataFolders) async throws -> OpenPictures {
    guard let location, let credentials else {
      throw PoseVaultError(.configuration, "The S3 settings are incomplete.")
    }
    let storage = try S3Storage(
      location, credentials: credentials, prefix: prefix, log: Logger(label: "posevault.s3"))
    return OpenPictures(images: storage.images, upgrade: storage.check, close: storage.close)
  }
}

extension SettingsForm {
  /// The result of `make`; nil if it throws, in which case its message is recorded.
  fileprivate mutating func noting<Value>(_ make: () throws -> Value) -> Value? {
    do {
      return try make()
    } catch {
      note((error as? PoseVaultError)?.message ?? "\(error)")
      return nil
    }
  }
}
