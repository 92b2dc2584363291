import Foundation
import Glibc

/// An nginx of one test, without a service and without the system's configuration.
public final class NginxServer: Sendable {
  private let daemon: Daemon

  /// Checks the configuration as `nginx -t` does, starts the server and waits until it listens.
  ///
  /// - Parameter site: what a file in `/etc/nginx/conf.d` would hold.
  public static func start(site: String) async throws -> NginxServer {
    let server = NginxServer(folder: try ServersFolder.make(below: nil))
    try await server.launch(site)
    return server
  }

  private init(folder: String) {
    daemon = Daemon(folder: folder)
  }

  private func launch(_ site: String) async throws {
    let folder = daemon.folder
    try Data(site.utf8).write(to: URL(filePath: folder + "/site.conf"))
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path \(folder)/\($0);" }
    // one process, which the watchdog can end as a whole
    let main = """
      daemon off;
      master_process off;
      user \(NSUserName());
      pid \(folder)/pid;
      error_log stderr notice;
      events {}
      http {
        access_log off;
        \(temporary.joined(separator: "\n  "))
        include \(folder)/site.conf;
      }
      """
    try Data(main.utf8).write(to: URL(filePath: folder + "/nginx.conf"))
    let nginx =
      ServersFolder.has("nginx/usr/sbin/nginx")
      ? [ServersFolder.path + "/nginx/usr/sbin/nginx"] : ["/usr/bin/env", "PATH=/usr/sbin:/usr/bin:/bin", "nginx"]
    let command = nginx + ["-p", folder, "-e", "stderr", "-c", folder + "/nginx.conf"]
    try await Command.run(command + ["-t"])
    try await daemon.launch(command, untilLogHas: "event method")
  }

  /// Ends it in an orderly way.
  public func stop() async throws { try await daemon.end(SIGTERM) }
}
