#ifndef CJPEG_H
#define CJPEG_H

#include <stddef.h>
#include <stdint.h>

// libjpeg-turbo's own interface, wrapped: it reports errors by longjmp, which must not pass through Swift, and tells of
// each warning by its code, of each scan as it comes, and of memory before it is taken. The simpler TurboJPEG interface
// tells none of these. None of these functions jumps out; all of them may be called on any thread, one at a time for one
// decoder.

/// The name of the file that libjpeg-turbo was loaded from, such as libjpeg.so.62.3.0, and the version of its header
/// that this was built with: the library cannot be asked for its version.
const char *cjpeg_library(void);

typedef struct cjpeg_decoder cjpeg_decoder;

typedef enum {
  CJPEG_OK,
  /// Pixels are missing, or would be guessed.
  CJPEG_DAMAGED,
  /// A coding process that libjpeg-turbo doesn't support, or colours that can't be displayed.
  CJPEG_UNSUPPORTED,
  /// More scans than allowed.
  CJPEG_TOO_MANY_SCANS,
  CJPEG_STOPPED,
  CJPEG_NO_MEMORY,
} cjpeg_status;

typedef struct {
  uint32_t width;
  uint32_t height;
  /// CMYK or YCCK.
  uint8_t has_inks;
  /// Luma with chroma at half the width and height (4:2:0).
  uint8_t is_half_chroma;
  /// All coefficients are kept until the last scan: progressive, or one scan per component.
  uint8_t has_scans;
  /// The size of these coefficients in bytes; 0 if there are no such scans.
  size_t coefficient_bytes;
} cjpeg_header;

/// Called between parts of the work; anything but 0 ends it with CJPEG_STOPPED.
typedef int (*cjpeg_stop)(const void *context);

/// The `count` bytes at `file` must outlive the decoder. Null if there is not enough memory.
cjpeg_decoder *cjpeg_open(const uint8_t *file, size_t count);
void cjpeg_close(cjpeg_decoder *decoder);

/// libjpeg-turbo's message for the first error, or the first warning that counts; empty if there is none.
const char *cjpeg_message(const cjpeg_decoder *decoder);

/// Call it once, before any decoding.
cjpeg_status cjpeg_read_header(cjpeg_decoder *decoder, cjpeg_header *header);

/// Decodes to three bytes per pixel, red first, rows from the top without padding, at 1/`divisor` (1, 2, 4 or 8) of the
/// size, rounded up.
cjpeg_status cjpeg_decode_rgb(
    cjpeg_decoder *decoder, uint32_t divisor, uint32_t max_scans, cjpeg_stop stop, const void *context, uint8_t *pixels);

/// Decodes the planes of a 4:2:0 picture as they are: luma in rows of `2 * chroma_stride` bytes, blue and red difference in
/// rows of `chroma_stride` bytes. `chroma_stride` is a multiple of 8, at least half the width; there are as many rows as
/// the height, rounded up to a multiple of 16, or half of that.
cjpeg_status cjpeg_decode_planes(
    cjpeg_decoder *decoder, uint32_t max_scans, cjpeg_stop stop, const void *context, uint8_t *luma, uint8_t *blue,
    uint8_t *red, size_t chroma_stride);

/// Encodes three bytes per pixel, red first, with full colour resolution. Free `*bytes`; it is null after a failure.
cjpeg_status cjpeg_encode_rgb(
    const uint8_t *pixels, uint32_t width, uint32_t height, int quality, uint8_t **bytes, unsigned long *count);

#endif
