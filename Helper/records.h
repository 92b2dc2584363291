#ifndef POSEVAULT_RECORDS_H
#define POSEVAULT_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#include "turn.h"

/// Raised whenever a record changes. README.md has them all.
enum { protocol_version = 1 };

/// The longest content of a record, unless one row of pixels is longer.
enum { longest_record = 1 << 20 };

/// Why nothing, or nothing more, comes. The numbers are part of the protocol.
enum failure {
  failure_unsupported = 1,
  failure_damaged = 2,
  failure_too_large = 3,
  failure_too_long = 4,
  failure_empty = 5,
  failure_memory = 6,
  failure_input = 7,
  failure_sandbox = 8,
  failure_internal = 9,
};

enum { clip_is_cut = 1, clip_ended_at_to = 2 };

struct ending {
  uint64_t given;   ///< frames written
  uint64_t decoded; ///< frames that came out of the decoder
  uint64_t damaged; ///< packets and frames that did not decode whole
  int64_t last;     ///< nanoseconds of the last frame given
  uint32_t flags;
};

struct picture_head {
  uint32_t width, height;               ///< upright
  uint32_t stored_width, stored_height; ///< before crop and turn
  uint8_t bits;
  uint8_t format; ///< 1 HEIC, 2 AVIF
  uint16_t flags; ///< 1: it has transparency, which was ignored
};

struct clip_head {
  uint32_t width, height;               ///< upright
  uint32_t stored_width, stored_height; ///< as the frames are stored
  uint8_t orientation;                  ///< as EXIF numbers what was turned: 1…8
  uint8_t bits;
  uint8_t primaries, transfer, matrix; ///< as ISO 23091-2 numbers them, as the first frame declares
  uint8_t is_full_range;
  uint8_t matrix_used; ///< 1 BT.709, 6 BT.601, 7 SMPTE 240M, 9 BT.2020
  uint8_t mapping;     ///< 0 none, 1 from HLG, 2 from PQ, 3 from BT.2020
  int64_t duration;    ///< nanoseconds, -1 where it is not declared
  int64_t frames;      ///< -1 where it is not declared
  uint32_t rate_numerator, rate_denominator;
  uint32_t aspect_numerator, aspect_denominator; ///< of a pixel; 0/1 unknown
  const char *codec, *container;                 ///< up to 15 letters
};

enum { frame_is_damaged = 1, frame_time_is_guessed = 2 };

struct frame_head {
  uint64_t index;
  int64_t time; ///< nanoseconds from the first frame
  uint32_t flags;
};

/// Where rows come from: `row` writes 3 × `width` bytes of upright RGB.
struct pixels {
  uint32_t width, height;
  void (*row)(const void *context, uint32_t y, uint8_t *rgb);
  const void *context;
};

void record_picture(const struct picture_head *head);
void record_clip(const struct clip_head *head);
void record_frame(const struct frame_head *head);

/// Writes `pixels` as records of whole rows. 0, or -1 without memory for them.
int record_pixels(const struct pixels *pixels);

void record_ending(const struct ending *ending);

/// Writes the last record of a run that failed, and returns the exit status. `words` come from this program's source,
/// and never hold anything of the input.
int record_failure(enum failure failure, const char *words);

#endif
