// swift-tools-version: 6.2
import PackageDescription

// Warnings stay warnings for a user's newer toolchain; `.ci/run` turns them into errors.
let strict: [SwiftSetting] =
  Context.environment["POSEVAULT_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)]

let swift: [SwiftSetting] =
  strict + [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]

// OpenVINO is found relative to the program: `lib` beside an installed one, `.runtime/lib` in this checkout.
let runtimeSearchPath: [LinkerSetting] = [
  .unsafeFlags([
    "-Xlinker", "-rpath", "-Xlinker", "$ORIGIN/lib",
    "-Xlinker", "-rpath", "-Xlinker", "$ORIGIN/../../../.runtime/lib",
  ])
]

let package = Package(
  name: "posevault",
  products: [.executable(name: "posevault", targets: ["posevault"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    // What these depend on, at the version that was tested: see Tests/PinnedPackages.
    .package(url: "https://github.com/swift-server/async-http-client.git", exact: "1.37.0"),
    .package(url: "https://github.com/apple/swift-algorithms.git", exact: "1.2.1"),
    .package(url: "https://github.com/apple/swift-asn1.git", exact: "1.7.4"),
    .package(url: "https://github.com/apple/swift-async-algorithms.git", exact: "1.1.4"),
    .package(url: "https://github.com/apple/swift-atomics.git", exact: "1.3.0"),
    .package(url: "https://github.com/apple/swift-certificates.git", exact: "1.21.1"),
    .package(url: "https://github.com/apple/swift-collections.git", exact: "1.6.0"),
    .package(url: "https://github.com/apple/swift-distributed-tracing.git", exact: "1.7.3"),
    .package(url: "https://github.com/apple/swift-http-structured-headers.git", exact: "1.7.0"),
    .package(url: "https://github.com/apple/swift-nio-http2.git", exact: "1.46.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl.git", exact: "2.37.6"),
    .package(url: "https://github.com/apple/swift-nio-transport-services.git", exact: "1.28.0"),
    .package(url: "https://github.com/apple/swift-numerics.git", exact: "1.1.1"),
    .package(url: "https://github.com/apple/swift-service-context.git", exact: "1.5.1"),
    .package(url: "https://github.com/apple/swift-system.git", exact: "1.8.1"),
  ],
  targets: [
    .systemLibrary(name: "COpenVINO", path: "Sources/CLibraries/COpenVINO", pkgConfig: "openvino"),
    // More than a header: libjpeg-turbo's errors are jumps, which must not pass through Swift.
    .target(name: "CJPEG", path: "Sources/CLibraries/CJPEG", linkerSettings: [.linkedLibrary("jpeg")]),
    .systemLibrary(
      name: "CSpng", path: "Sources/CLibraries/CSpng", pkgConfig: "spng",
      providers: [.apt(["libspng-dev"])]),
    .systemLibrary(
      name: "CWebP", path: "Sources/CLibraries/CWebP", pkgConfig: "libwebp",
      providers: [.apt(["libwebp-dev"])]),
    .systemLibrary(
      name: "CMariaDB", path: "Sources/CLibraries/CMariaDB", pkgConfig: "libmariadb",
      providers: [.apt(["libmariadb-dev"])]),
    .systemLibrary(
      name: "CMongoC", path: "Sources/CLibraries/CMongoC", pkgConfig: "libmongoc-1.0",
      providers: [.apt(["libmongoc-dev"])]),
    .systemLibrary(
      name: "CCurl", path: "Sources/CLibraries/CCurl", pkgConfig: "libcurl",
      providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(
      name: "CLibArchive", path: "Sources/CLibraries/CLibArchive", pkgConfig: "libarchive",
      providers: [.apt(["libarchive-dev"])]),

    .target(
      name: "PoseCore",
      dependencies: [
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: swift),
    .target(
      name: "Imaging",
      dependencies: ["PoseCore", "CJPEG", "CSpng", "CWebP"],
      swiftSettings: swift),
    .target(
      name: "Decoding",
      dependencies: ["PoseCore"],
      swiftSettings: swift),
    .target(
      name: "Landmarker",
      dependencies: [
        "PoseCore", "Imaging", "COpenVINO",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: swift,
      linkerSettings: runtimeSearchPath),
    .target(
      name: "EmbeddedStorage",
      dependencies: [
        "PoseCore",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: swift),
    .target(
      name: "MySQLStorage",
      dependencies: ["PoseCore", "CMariaDB"],
      swiftSettings: swift),
    .target(
      name: "GridFSStorage",
      dependencies: [
        "PoseCore", "CMongoC",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: swift),
    // The web page, put into the program by C's #embed.
    .target(name: "WebFiles", exclude: ["README.md", "page"]),
    .target(
      name: "Backup",
      dependencies: [
        "Access", "PoseCore", "CLibArchive",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: swift),
    .target(
      name: "Curl",
      dependencies: ["PoseCore", "CCurl"],
      swiftSettings: swift),
    .target(
      name: "Mail",
      dependencies: ["Curl", "PoseCore"],
      swiftSettings: swift),
    .target(
      name: "S3",
      dependencies: [
        "Curl", "PoseCore",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: swift),
    .target(
      name: "S3Storage",
      dependencies: [
        "Curl", "PoseCore", "S3",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: swift),
    .target(
      name: "Access",
      dependencies: [
        "PoseCore",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: swift),
    .target(
      name: "Server",
      dependencies: [
        "Access", "PoseCore", "WebFiles",
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: swift),
    .executableTarget(
      name: "posevault",
      dependencies: [
        "Access", "Backup", "Curl", "Decoding", "EmbeddedStorage", "GridFSStorage", "Imaging", "Landmarker", "Mail",
        "MySQLStorage", "PoseCore", "S3", "S3Storage", "Server",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: swift),

    // Nothing uses it: SwiftPM warns of a pinned package that no target names.
    .target(
      name: "PinnedPackages",
      dependencies: [
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Algorithms", package: "swift-algorithms"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
        .product(name: "Atomics", package: "swift-atomics"),
        .product(name: "X509", package: "swift-certificates"),
        .product(name: "Collections", package: "swift-collections"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
        .product(name: "StructuredFieldValues", package: "swift-http-structured-headers"),
        .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOTransportServices", package: "swift-nio-transport-services"),
        .product(name: "Numerics", package: "swift-numerics"),
        .product(name: "ServiceContextModule", package: "swift-service-context"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      path: "Tests/PinnedPackages",
      swiftSettings: swift),
    // What every storage must do, run through by each storage's tests.
    .target(
      name: "StorageContract",
      dependencies: ["PoseCore", .product(name: "NIOCore", package: "swift-nio")],
      path: "Tests/StorageContract",
      swiftSettings: swift),
    // Real servers for databases and mail, each in a folder of its own.
    .target(
      name: "TestServers",
      path: "Tests/TestServers",
      swiftSettings: swift),
    .testTarget(
      name: "TestServersTests",
      dependencies: ["TestServers"],
      swiftSettings: swift),
    .testTarget(
      name: "PoseCoreTests",
      dependencies: [
        "PoseCore",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: swift),
    .testTarget(
      name: "ImagingTests",
      dependencies: [
        "Decoding", "Imaging", "PoseCore",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: swift),
    .testTarget(
      name: "DecodingTests",
      dependencies: ["Decoding", "PoseCore"],
      swiftSettings: swift),
    .testTarget(
      name: "LandmarkerTests",
      dependencies: [
        "Imaging", "Landmarker", "PoseCore",
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: swift),
    .testTarget(
      name: "EmbeddedStorageTests",
      dependencies: [
        "EmbeddedStorage", "PoseCore", "StorageContract",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: swift),
    .testTarget(
      name: "MySQLStorageTests",
      dependencies: [
        "CMariaDB", "MySQLStorage", "PoseCore", "StorageContract", "TestServers",
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: swift),
    .testTarget(
      name: "GridFSStorageTests",
      dependencies: [
        "CMongoC", "GridFSStorage", "PoseCore", "StorageContract", "TestServers",
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: swift),
    .testTarget(
      name: "BackupTests",
      dependencies: [
        "Backup", "EmbeddedStorage", "GridFSStorage", "MySQLStorage", "PoseCore", "StorageContract", "TestServers",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      exclude: ["Support/break_archive.py", "Support/read_archive.py", "Support/read_repository.py"],
      swiftSettings: swift),
    .testTarget(
      name: "MailTests",
      dependencies: [
        "Curl", "EmbeddedStorage", "Mail", "PoseCore", "TestServers",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: swift),
    .testTarget(
      name: "CurlTests",
      dependencies: ["Curl", "PoseCore", "TestServers"],
      swiftSettings: swift),
    .testTarget(
      name: "S3Tests",
      dependencies: [
        "Curl", "PoseCore", "S3", "TestServers",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: swift),
    .testTarget(
      name: "S3StorageTests",
      dependencies: [
        "PoseCore", "S3", "S3Storage", "StorageContract", "TestServers",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: swift),
    .testTarget(
      name: "AccessTests",
      dependencies: [
        "Access", "EmbeddedStorage", "PoseCore",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: swift),
    .testTarget(
      name: "ServerTests",
      dependencies: [
        "Access", "Backup", "EmbeddedStorage", "PoseCore", "Server", "TestServers",
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdTesting", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: swift),
    .testTarget(
      name: "posevaultTests",
      dependencies: [
        "Backup", "EmbeddedStorage", "Imaging", "Mail", "PoseCore", "Server", "posevault",
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: swift),
    // Real processes, real sockets, real signals.
    .testTarget(
      name: "IntegrationTests",
      dependencies: [
        "Backup", "EmbeddedStorage", "GridFSStorage", "MySQLStorage", "PoseCore", "TestServers", "posevault",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: swift),
  ],
  swiftLanguageModes: [.v6],
  // #embed is C23's
  cLanguageStandard: .c2x
)
