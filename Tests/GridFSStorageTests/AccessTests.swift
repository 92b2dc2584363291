import GridFSStorage
import PoseCore
import StorageContract
import TestServers
import Testing

@Suite("Access to MongoDB", .serialized)
struct AccessTests {
  private static let secret = "p%40ss%2Fw%C3%B6rd-Geheim"
  private static let secrets = ["p%40ss", "p@ss", "Geheim"]

  /// A server on which every user has to log in.
  private static let server = Task {
    let server = try await MongoDBServer.start(options: ["--auth"])
    try await server.python(
      """
      client.admin.command('createUser', 'root', pwd='rootword', roles=['root'])
      root = pymongo.MongoClient('mongodb://root:rootword@127.0.0.1:\(server.port)/')
      db = root['vault']
      db.command('createUser', 'keeper', pwd='p@ss/wörd-Geheim', roles=['readWrite'])
      db.command('createUser', 'reader', pwd='p@ss/wörd-Geheim', roles=['read'])
      names = ['images.files', 'images.chunks']
      db.command('createRole', 'noIndexes', roles=[], privileges=[
          {'resource': {'db': 'vault', 'collection': name}, 'actions': ['find', 'insert', 'remove', 'listIndexes']}
          for name in names])
      db.command('createUser', 'noIndexes', pwd='p@ss/wörd-Geheim', roles=['noIndexes'])
      """)
    return server
  }

  private static func uri(_ user: String, _ password: String = secret) async throws -> String {
    "mongodb://\(user):\(password)@127.0.0.1:\(try await server.value.port)/vault"
  }

  @Test("goes by the connection string's user; missing rights are named; indexes in place need no right to make them")
  func rights() async throws {
    let limited = GridFSConfiguration(uri: try await Self.uri("noIndexes"))
    let refused = await #expect(throws: PoseVaultError.self) { _ = try await GridFSStorage.open(limited) }
    #expect(refused?.code == .storageUnavailable)
    #expect(refused?.message.contains("createIndexes: \"images.files\"") ?? false)

    let full = try await GridFSStorage.open(GridFSConfiguration(uri: try await Self.uri("keeper")))
    #expect(try await full.warnings() == [])
    try await full.close()

    let storage = try await GridFSStorage.open(limited)
    let id = ImageID.generate(at: 1)
    try await storage.images.put(id, Pieces(bytes: [1]), length: 1, uploadedAt: 1, metadata: .init())
    try await storage.images.ping()
    try await storage.close()

    let reading = try await GridFSStorage.open(GridFSConfiguration(uri: try await Self.uri("reader")))
    #expect(try await reading.images.find(id)?.length == 1)
    let put = await #expect(throws: PoseVaultError.self) {
      try await reading.images.put(
        ImageID.generate(at: 1), Pieces(bytes: [1]), length: 1, uploadedAt: 1, metadata: .init())
    }
    #expect(put?.message.contains("insert: \"images.chunks\"") ?? false)
    let delete = await #expect(throws: PoseVaultError.self) { try await reading.images.delete(id) }
    #expect(delete?.message.contains("delete: \"images.files\"") ?? false)
    try await reading.close()
  }

  @Test("without the right password is refused, and no text holds it")
  func wrongPassword() async throws {
    for uri in [try await Self.uri("keeper", "p%40ssGeheim"), try await Self.uri("nobody")] {
      let error = await #expect(throws: PoseVaultError.self) {
        _ = try await GridFSStorage.open(GridFSConfiguration(uri: uri))
      }
      #expect(error?.code == .storageUnavailable)
      #expect(error?.message.contains("refused the user name or password") ?? false)
      Self.expectNoSecret(error)
    }
  }

  @Test("without a user is told to have one")
  func anonymous() async throws {
    let uri = "mongodb://127.0.0.1:\(try await Self.server.value.port)/vault"
    let error = await #expect(throws: PoseVaultError.self) {
      _ = try await GridFSStorage.open(GridFSConfiguration(uri: uri))
    }
    #expect(error?.message.contains("requires a user name and a password") ?? false)
  }

  @Test(
    "by a string that is none is refused in words that don't quote it",
    arguments: [
      "mongodb://user:p@ss/Geheim@127.0.0.1/vault", "mongodb://user:Geheim/1@127.0.0.1", "user:Geheim@127.0.0.1",
      "mongodb://user:Geheim@:27017", "mongodb://user:Geheim@127.0.0.1:99999/", "",
      "mongodb://user:p%ZZGeheim@127.0.0.1/", "mongodb+srv://user:Geheim@nowhere.invalid/",
      "mongodb://user:Geheim@127.0.0.1/?authMechanism=Geheim",
      "mongodb://user:Geheim@127.0.0.1/?tls=true&tlsCAFile=/no",
    ])
  func wrongStrings(uri: String) async throws {
    let error = await #expect(throws: PoseVaultError.self) {
      _ = try await GridFSStorage.open(GridFSConfiguration(uri: uri))
    }
    Self.expectNoSecret(error)
  }

  @Test("by a host that DNS doesn't tell is no wrong configuration: it is waited for")
  func unknownHost() async throws {
    for uri in ["mongodb+srv://user:Geheim@db.nowhere.invalid/", "mongodb://user:Geheim@db.nowhere.invalid/"] {
      let error = await #expect(throws: PoseVaultError.self) {
        _ = try await GridFSStorage.open(GridFSConfiguration(uri: uri))
      }
      #expect(error?.code == .storageUnavailable)
      #expect(error?.message.contains("nowhere.invalid") ?? false)
      Self.expectNoSecret(error)
    }
  }

  private static func expectNoSecret(_ error: PoseVaultError?) {
    let text = "\(String(describing: error)) \(error?.message ?? "") \(String(describing: error?.cause))"
    for secret in secrets { #expect(!text.contains(secret), "\(text)") }
  }
}
