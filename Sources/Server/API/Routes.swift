import HTTPTypes
import Hummingbird

extension PoseServer {
  /// Every route and what stands before it.
  func buildRouter() -> Router<APIContext> {
    let router = Router(context: APIContext.self)
    router.add(middleware: FailureMiddleware())
    let extract = ExtractRoute(
      poses: poses, images: images, extractor: extractor, uploads: UploadReader(configuration),
      maxPosesLimit: configuration.maxPosesLimit, clock: clock)
    router.post("api/extract-pose", use: extract.extract)
    return router
  }
}
