/// Every key that PoseVault reads, from the environment or the `.env` file.
///
/// Each is documented in `.env.example` and `docs/configuration.md`; a test compares the three.
enum SettingKey: String, Sendable, Hashable, CaseIterable {
  case host = "HOST"
  case port = "PORT"
  case apiKey = "API_KEY"
  case apiKeyFile = "API_KEY_FILE"
  case allowAnonymous = "ALLOW_ANONYMOUS"
  case auditLog = "AUDIT_LOG"
  case auditReads = "AUDIT_READS"
  case auditKeepDays = "AUDIT_KEEP_DAYS"
  case sessionDays = "SESSION_DAYS"
  case sessionRest = "SESSION_REST_HOURS"
  case publicURL = "PUBLIC_URL"
  case allowedHosts = "ALLOWED_HOSTS"
  case corsOrigin = "CORS_ORIGIN"
  case trustedProxies = "TRUSTED_PROXIES"
  case metricsPublic = "METRICS_PUBLIC"

  case dataDirectory = "DATA_DIR"
  case diskReserve = "DISK_RESERVE_MB"
  case timeZone = "TZ"
  case logLevel = "LOG_LEVEL"

  case poseModel = "POSE_MODEL"
  case workers = "WORKERS"
  case maxMegapixels = "MAX_MEGAPIXELS"
  case maxMegapixelsInFlight = "MAX_MEGAPIXELS_IN_FLIGHT"
  case maxQueue = "MAX_QUEUE"
  case queueTimeout = "QUEUE_TIMEOUT_SECONDS"

  case maxUpload = "MAX_UPLOAD_MB"
  case maxUploadInFlight = "MAX_UPLOAD_MB_IN_FLIGHT"
  case maxUploadsPerMinute = "MAX_UPLOADS_PER_MINUTE"
  case maxDrawingsPerMinute = "MAX_DRAWINGS_PER_MINUTE"
  case maxExportsPerMinute = "MAX_EXPORTS_PER_MINUTE"
  case maxConnections = "MAX_CONNECTIONS"
  case headerTimeout = "HEADER_TIMEOUT_SECONDS"
  case bodyTimeout = "BODY_TIMEOUT_SECONDS"
  case minUploadRate = "MIN_UPLOAD_BYTES_PER_SECOND"
  case stallTimeout = "STALL_TIMEOUT_SECONDS"
  case idleTimeout = "IDLE_TIMEOUT_SECONDS"
  case shutdownGrace = "SHUTDOWN_GRACE_SECONDS"

  case mysqlHost = "MYSQL_HOST"
  case mysqlPort = "MYSQL_PORT"
  case mysqlUser = "MYSQL_USER"
  case mysqlPassword = "MYSQL_PASSWORD"
  case mysqlDatabase = "MYSQL_DATABASE"
  case mysqlAuthority = "MYSQL_SSL_CA"
  case mysqlConnections = "MYSQL_CONNECTIONS"
  case mongoURI = "MONGODB_URI"
  case pictures = "PICTURES"
  case s3Bucket = "S3_BUCKET"
  case s3Prefix = "S3_PREFIX"
  case s3Endpoint = "S3_ENDPOINT"
  case s3Region = "S3_REGION"
  case s3AccessKeyID = "S3_ACCESS_KEY_ID"
  case s3SecretAccessKey = "S3_SECRET_ACCESS_KEY"
  case s3SecretAccessKeyFile = "S3_SECRET_ACCESS_KEY_FILE"
  case s3PathStyle = "S3_PATH_STYLE"
  case s3Authority = "S3_CA"

  case backupDirectory = "BACKUP_DIR"
  case backupRepository = "BACKUP_REPOSITORY"
  case backupReproofDays = "BACKUP_REPROOF_DAYS"
  case backupGraceDays = "BACKUP_GRACE_DAYS"
  case cronSchedule = "CRON_SCHEDULE"
  case backupKeepDays = "BACKUP_KEEP_DAYS"
  case backupKeepWeekly = "BACKUP_KEEP_WEEKLY"
  case backupKeepMonthly = "BACKUP_KEEP_MONTHLY"
  case backupKeepGB = "BACKUP_KEEP_GB"
  case backupKeep = "BACKUP_KEEP"
  case backupMaxAge = "BACKUP_MAX_AGE_DAYS"
  case backupPause = "BACKUP_PAUSE_SECONDS"
  case trashDays = "TRASH_DAYS"
  case backupCopyDirectory = "BACKUP_COPY_DIR"
  case backupPingURL = "BACKUP_PING_URL"
  case backupPassphrase = "BACKUP_PASSPHRASE"
  case backupIncludeChunks = "BACKUP_INCLUDE_CHUNKS"

  case fromEmail = "FROM_EMAIL"
  case toEmail = "TO_EMAIL"
  case backupMailLimit = "BACKUP_MAIL_LIMIT_MB"
  case sendGridKey = "SENDGRID_API_KEY"
  case sendGridBase = "SENDGRID_BASE_URL"
  case smtpHost = "SMTP_HOST"
  case smtpPort = "SMTP_PORT"
  case smtpUser = "SMTP_USER"
  case smtpPassword = "SMTP_PASSWORD"
  case smtpSecurity = "SMTP_SECURITY"
  case smtpAuthority = "SMTP_SSL_CA"
  case smtpGreeting = "SMTP_EHLO_NAME"

  case nodeEnvironment = "NODE_ENV"
  case pythonScriptPath = "PYTHON_SCRIPT_PATH"

  /// Its value is never shown.
  var isSecret: Bool {
    switch self {
    case .apiKey, .mysqlPassword, .mongoURI, .sendGridKey, .smtpPassword, .backupPingURL, .backupPassphrase,
      .s3SecretAccessKey:
      true
    default: false
    }
  }

  /// Secret as its value is, it begins with a scheme: quotes and spaces around it are no part of it.
  var isAddress: Bool { self == .mongoURI || self == .backupPingURL }

  /// Its value is a path, relative to the `.env` file's folder where it is in that file.
  var isPath: Bool {
    switch self {
    case .dataDirectory, .poseModel, .mysqlAuthority, .backupDirectory, .backupRepository, .backupCopyDirectory,
      .smtpAuthority, .s3Authority, .s3SecretAccessKeyFile, .apiKeyFile:
      true
    default: false
    }
  }

  static let mysql: [SettingKey] = [
    .mysqlHost, .mysqlPort, .mysqlUser, .mysqlPassword, .mysqlDatabase, .mysqlAuthority, .mysqlConnections,
  ]

  /// Those that are set by somebody who wants mail.
  static let mail: [SettingKey] = [
    .fromEmail, .toEmail, .sendGridKey, .smtpHost, .smtpUser, .smtpPassword,
  ]

  /// Keys that the Node.js version needed and this one doesn't.
  static let ignored: [SettingKey] = [.nodeEnvironment, .pythonScriptPath]
}
