import Foundation
import Logging
import PoseCore
import S3

/// The buckets in addresses, each opened when it is first needed, with the server and keys from the settings.
actor S3Buckets {
  private let region: String
  private let endpoint: String?
  private let isPathStyle: Bool
  private let authority: String?
  private let credentials: S3Credentials
  private var open: [String: S3Bucket] = [:]

  /// Throws `configuration`, or ``SettingsMistakes``.
  init(_ source: SettingsSource) throws {
    var form = SettingsForm(source)
    region = form.text(.s3Region) ?? "us-east-1"
    endpoint = form.text(.s3Endpoint)
    isPathStyle = form.flag(.s3PathStyle)
    authority = form.text(.s3Authority)
    if !form.mistakes.isEmpty { throw SettingsMistakes(source, form.mistakes) }
    let file = form.text(.s3SecretAccessKeyFile)
    guard let id = form.text(.s3AccessKeyID), form.text(.s3SecretAccessKey) != nil || file != nil else {
      throw PoseVaultError(
        .configuration, "s3:// needs S3_ACCESS_KEY_ID, and S3_SECRET_ACCESS_KEY or S3_SECRET_ACCESS_KEY_FILE.")
    }
    let secret = try form.text(.s3SecretAccessKey) ?? S3Credentials.secret(inFile: file ?? "")
    credentials = try S3Credentials(accessKeyID: id, secret: secret)
  }

  func bucket(_ name: String) throws -> S3Bucket {
    if let bucket = open[name] { return bucket }
    let location = try S3Location(
      bucket: name, region: region, endpoint: endpoint, isPathStyle: isPathStyle, certificates: authority)
    let bucket = S3Bucket(
      location, credentials: credentials, waitLimit: .seconds(3600), log: Logger(label: "posevault.s3"))
    open[name] = bucket
    return bucket
  }

  func shutDown() async throws {
    for bucket in open.values { try await bucket.shutDown() }
  }
}
