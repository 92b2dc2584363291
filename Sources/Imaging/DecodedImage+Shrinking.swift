extension DecodedImage {
  /// The upright picture in `size`, which must not be larger.
  ///
  /// Each pixel is the average of the whole pixels that it covers, rounded half up.
  func shrunk(to size: (width: Int, height: Int)) -> RGBImage {
    guard size != (width, height) else { return RGBImage(width: width, height: height, pixels: uprightPixels()) }
    let shrunk =
      switch pixels {
      case .rgb(let source): average(source, width: size.width, height: size.height)
      case .ycc(let source): average(source, width: size.width, height: size.height)
      }
    return RGBImage(width: size.width, height: size.height, pixels: shrunk)
  }

  private func average(_ source: some PixelSource, width newWidth: Int, height newHeight: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 3 * newWidth * newHeight) { bytes, count in
      for row in 0..<newHeight {
        let rows = row * height / newHeight..<(row + 1) * height / newHeight
        for column in 0..<newWidth {
          let columns = column * width / newWidth..<(column + 1) * width / newWidth
          var red = 0
          var green = 0
          var blue = 0
          for y in rows {
            for x in columns {
              let pixel = source.pixel(x, y)
              red += pixel.red
              green += pixel.green
              blue += pixel.blue
            }
          }
          let area = rows.count * columns.count
          bytes[count] = UInt8((2 * red + area) / (2 * area))
          bytes[count + 1] = UInt8((2 * green + area) / (2 * area))
          bytes[count + 2] = UInt8((2 * blue + area) / (2 * area))
          count += 3
        }
      }
    }
  }
}
